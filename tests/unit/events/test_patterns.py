"""Event patterns match as EventBridge matches, and one that cannot match is found."""

from typing import Any

import pytest

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
    ],
)
def test_a_pattern_that_cannot_match_is_found(pattern: dict[str, Any], told: str) -> None:
    [problem] = problems(pattern)

    assert told in problem.message


def test_a_good_pattern_has_no_problems() -> None:
    pattern = {"source": ["aws.ses"], "detail": {"$or": [{"a": [1]}, {"b": [{"exists": True}]}]}}

    assert list(problems(pattern)) == []
