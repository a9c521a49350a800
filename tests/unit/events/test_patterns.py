"""Event patterns match as EventBridge matches, and one that cannot match is found."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.events.patterns import matches, problems

EVENT = {
    "source": "aws.partner/shopify.com/1/shop",
    "detail-type": "Order",
    "time": "2026-03-10T12:00:00Z",
    "detail": {"topic": "orders/create", "total": 59.5, "paid": True, "ip": "10.1.2.3", "tags": ["a", "b"],
               "none": None, "lines": [{"sku": "x"}, {"sku": "y"}]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("detail", "matched"),
    [
        ({"topic": ["orders/create"]}, True),
        ({"topic": ["orders/paid"]}, False),
        ({"topic": [{"prefix": "orders/"}]}, True),
        ({"topic": [{"suffix": "/paid"}, {"suffix": "/create"}]}, True),
        ({"topic": [{"prefix": {"equals-ignore-case": "ORDERS"}}]}, True),
        ({"topic": [{"equals-ignore-case": "ORDERS/CREATE"}]}, True),
        ({"topic": [{"wildcard": "or*/cr*e"}]}, True),
        ({"topic": [{"anything-but": ["orders/paid"]}]}, True),
        ({"topic": [{"anything-but": {"prefix": ["x", "orders"]}}]}, False),
        ({"gone": [{"anything-but": "x"}]}, False),
        ({"total": [{"numeric": [">", 50, "<=", 59.5]}]}, True),
        ({"total": [{"numeric": ["=", 1]}]}, False),
        ({"total": [59.5]}, True),
        ({"topic": [{"numeric": [">", 1]}]}, False),
        ({"paid": [True]}, True),
        ({"paid": [1]}, False),
        ({"none": [None]}, True),
        ({"gone": [None]}, False),
        ({"gone": [{"exists": False}]}, True),
        ({"topic": [{"exists": True}]}, True),
        ({"ip": [{"cidr": "10.0.0.0/8"}]}, True),
        ({"topic": [{"cidr": "10.0.0.0/8"}]}, False),
        ({"tags": ["b"]}, True),
        ({"lines": {"sku": ["y"]}}, True),
        ({"topic": {"below": ["x"]}}, False),
        ({"$or": [{"topic": ["no"]}, {"paid": [True]}]}, True),
        ({"$or": [{"topic": ["no"]}, {"paid": [False]}]}, False),
    ],
)
def test_a_pattern_matches_as_eventbridge_does(detail: dict[str, Any], matched: bool) -> None:
    assert matches({"source": [{"prefix": "aws.partner/"}], "detail": detail}, EVENT) is matched


NOT_NUMERIC: list[Any] = [
    5,
    [],
    [">"],
    ["<>", 1],
    [">", "1"],
    [">", True],
    ["<", 1, ">", 5],
    [">", 5, "<", 5],
    [5, ">"],
]
NOT_BUT: list[Any] = [[], None, True, ["x", 1], {"prefix": 5}, {"prefix": ""}, {"exists": True}, {}, {"suffix": []}]


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ({}, "asks for nothing"),
        ({"topic": ["orders/create"]}, "no event has 'topic' at its top"),
        ({"source": "aws.ses"}, "'source' in a pattern takes a list of values"),
        ({"source": []}, "'source' allows no value"),
        ({"detail": {"id": [{"begins": "x"}]}}, "'begins' is not a comparison"),
        ({"detail": {"id": [{"prefix": "x", "suffix": "y"}]}}, "'prefix, suffix' is not a comparison"),
        ({"detail": {}}, "asks for nothing"),
        ({"detail": {"$or": [{"id": [1]}]}}, "at least two patterns"),
        ({"$or": [{"source": ["x"]}, {"topic": ["x"]}]}, "no event has 'topic' at its top"),
        ({"$or": [{"source": ["x"]}, "b"]}, "$or takes patterns"),
        ({"source": [["x"]]}, "a list in a list"),
        ({"source": [{}]}, "'nothing' is not a comparison"),
        ({"source": [{"prefix": 5}]}, "'prefix' takes a text"),
        ({"source": [{"suffix": {"begins": "x"}}]}, "'suffix' takes a text"),
        ({"source": [{"equals-ignore-case": ["x"]}]}, "'equals-ignore-case' takes a text"),
        ({"source": [{"wildcard": "a**b"}]}, "no two * side by side"),
        ({"source": [{"exists": "yes"}]}, "'exists' takes true or false"),
        ({"source": [{"cidr": "10.0.0.0/33"}]}, "'cidr' takes a range of IP addresses"),
        *(({"detail": {"n": [{"numeric": bound}]}}, "'numeric' takes a sign and a number") for bound in NOT_NUMERIC),
        *(({"source": [{"anything-but": bound}]}, "'anything-but' takes texts") for bound in NOT_BUT),
    ],
)
def test_a_pattern_that_cannot_match_is_found(pattern: dict[str, Any], told: str) -> None:
    [problem] = problems(pattern)

    assert told in problem.message


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.ses"], "detail": {"$or": [{"a": [1]}, {"b": [{"exists": True}]}]}},
        {"$or": [{"source": ["x"]}, {"detail-type": [{"prefix": {"equals-ignore-case": "x"}}]}]},
        {"detail": {"source": {"topic": [None, True, {"numeric": [">=", 0, "<", 5]}, {"numeric": ["=", 3]}]}}},
        {"source": [{"anything-but": "x"}, {"anything-but": [1, 2]}, {"anything-but": {"wildcard": ["a*", "*b"]}}]},
        {"detail": {"ip": [{"cidr": "10.0.0.1/8"}, {"cidr": "2001:db8::/32"}]}},
    ],
)
def test_a_good_pattern_has_no_problems(pattern: dict[str, Any]) -> None:
    assert list(problems(pattern, ("pattern",))) == []


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "prefix",
                    "suffix",
                    "equals-ignore-case",
                    "wildcard",
                    "anything-but",
                    "numeric",
                    "exists",
                    "cidr",
                    "$or",
                ]
            ),
            below,
            max_size=2,
        )
    ),
    max_leaves=8,
)


@given(wanted=JSON, value=JSON)
@settings(max_examples=300)
def test_whatever_is_written_is_told_and_what_has_no_problem_can_be_matched(wanted: Any, value: Any) -> None:
    pattern = {"detail": {"a": wanted}, "source": [wanted]}

    if not list(problems(pattern)):
        assert matches(pattern, {"detail": {"a": value}, "source": value}) in (True, False)
