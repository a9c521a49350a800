"""Computed traits: the same events in any order, and in any parts, give the same states and values."""

from datetime import timedelta
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from segue.profiles.buckets import Buckets
from segue.profiles.computed import Segments, Traits
from segue.profiles.profile import OWN, Part, Profile
from segue.profiles.rules import Rules
from tests.builders import NOON, an_event

KINDS = ("count", "sum", "average", "min", "max", "first", "last", "most_frequent", "distinct")
ALL_KINDS = Traits.model_validate(
    {
        "computed": {
            f"{kind}{'_30d' if over else ''}": {
                "kind": kind,
                "event": "Order Completed",
                "property": "value",
                **({"over": "30d"} if over else {}),
            }
            for kind in KINDS
            for over in (False, True)
        }
    }
)
MANY = 600
PARTS = TypeAdapter(Part)


def orders(values, *, hours=0):
    return [
        an_event(at=NOON + timedelta(hours=number * hours), message_id=f"m-{number}", properties={"value": value})
        for number, value in enumerate(values)
    ]


def folded(rules: Rules, events) -> Part:
    return reduce(rules.fold, events, Part())


def computed(rules: Rules, part: Part, now=NOON) -> dict:
    return rules.read(Profile(profile_id="u-1", parts={OWN: part}), now, ["computed"])["computed"]


def of(traits: dict, events, now=NOON, troubles=None) -> dict:
    given = Traits.model_validate({"computed": traits})
    rules = Rules(given, tell=troubles.append if troubles is not None else lambda _: None)
    return computed(rules, folded(rules, events), now)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_order_and_any_parts_give_the_same_states(data):
    values = st.one_of(st.integers(-5, 5), st.floats(-1e6, 1e6, allow_nan=False), st.sampled_from(["a", "b"]))
    hours = st.integers(0, 24 * 70)
    drawn = data.draw(st.lists(st.tuples(values, hours), min_size=1, max_size=25))
    events = [
        an_event(at=NOON + timedelta(hours=hour), message_id=f"m-{number}", properties={"value": value})
        for number, (value, hour) in enumerate(drawn)
    ]
    shuffled = data.draw(st.permutations(events))
    cut = data.draw(st.integers(0, len(events)))
    rules = Rules(ALL_KINDS)

    whole = folded(rules, events)
    parts = [folded(rules, shuffled[:cut]), folded(rules, shuffled[cut:])]

    assert folded(rules, shuffled) == parts[0].merge(parts[1]) == parts[1].merge(parts[0]) == whole
    two = Profile(profile_id="u-1", parts={OWN: parts[0], "v1": parts[1]})
    later = NOON + timedelta(days=40)
    assert rules.read(two, later, ["computed"]) == {"computed": computed(rules, whole, later)}


@settings(max_examples=8, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, MANY - 1))
def test_beyond_what_is_kept_exactly_the_order_does_not_matter_either(chosen, cut):
    events = orders([f"sku-{number % 500}" for number in range(MANY)])
    rules = Rules(ALL_KINDS)
    expected = folded(rules, events)

    chosen.shuffle(events)

    assert folded(rules, events[:cut]).merge(folded(rules, events[cut:])) == expected
    assert 400 < computed(rules, expected)["distinct"] < 600


def test_states_are_read_back_as_they_were_kept():
    part = folded(Rules(ALL_KINDS), orders([f"sku-{number}" for number in range(300)] + [1, 2.5], hours=5))

    assert PARTS.validate_json(PARTS.dump_json(part, exclude_defaults=True)) == part


def test_each_kind_gives_what_its_name_says():
    events = orders([3, 1, 1.5, 1])

    found = computed(Rules(ALL_KINDS), folded(Rules(ALL_KINDS), events))

    expected = {"count": 4, "sum": 6.5, "average": 1.625, "min": 1.0, "max": 3.0}
    expected |= {"first": 3, "last": 1, "most_frequent": 1, "distinct": 3}
    assert found == expected | {f"{kind}_30d": value for kind, value in expected.items()}


@pytest.mark.parametrize("window", ["1m", "10m", "1h", "24h", "7d", "30d", "90d", "365d", "3650d"])
def test_a_window_has_between_24_and_100_buckets(window):
    trait = Traits.model_validate({"computed": {"x": {"kind": "count", "event": "X", "over": window}}}).computed["x"]

    assert 24 <= Buckets.of(trait.over).span <= 100


def test_a_sliding_window_forgets_bucket_by_bucket():
    trait = {"x": {"kind": "sum", "event": "Order Completed", "property": "value", "over": "30d"}}
    events = orders([1, 10], hours=24 * 20)

    values = [of(trait, events, NOON + timedelta(days=days)).get("x") for days in (20, 29, 31, 49, 51)]

    assert values == [11.0, 11.0, 10.0, 10.0, None]


def test_a_clock_that_is_fast_pushes_nothing_out_of_a_window():
    trait = {"x": {"kind": "count", "event": "Order Completed", "over": "30d"}}
    ahead = an_event(at=NOON + timedelta(days=365), received_at=NOON, message_id="ahead")

    assert of(trait, [an_event(), ahead])["x"] == 2


def test_a_formula_that_divides_by_zero_is_absent_and_told():
    troubles = []
    traits = {
        "revenue": {"kind": "sum", "event": "Order Completed", "property": "value"},
        "returns": {"kind": "count", "event": "Order Completed", "property": "returned", "over": "1h"},
        "each": {"formula": "computed.revenue / computed.returns"},
        "double": {"formula": "computed.revenue * 2"},
    }
    events = [*orders([4]), an_event(at=NOON, message_id="r", properties={"returned": True})]

    found = of(traits, events, NOON + timedelta(hours=3), troubles)

    assert found == {"revenue": 4.0, "returns": 0, "double": 8.0}
    assert [trouble.why for trouble in troubles] == ["a division by zero, or a number too large"]


@pytest.mark.parametrize("value", ["12", True, None, [1], float("nan"), float("inf"), 1e300])
def test_what_is_no_number_is_left_out_of_a_sum_and_told(value):
    troubles = []

    found = of(
        {"x": {"kind": "sum", "event": "Order Completed", "property": "value"}}, orders([2, value]), NOON, troubles
    )

    assert found == {"x": 2.0}
    assert len(troubles) == (value is not None)


def test_negative_numbers_count_as_they_are():
    trait = {"x": {"kind": "sum", "event": "Order Completed", "property": "value"}}

    assert of(trait, orders([5, -7])) == {"x": -2.0}


def test_where_is_asked_of_the_event():
    trait = {"x": {"kind": "count", "event": "Order Completed", "where": "event.properties.value > 2"}}

    assert of(trait, orders([1, 2, 3, "x"])) == {"x": 1}


def test_the_first_property_that_is_there_counts_and_may_lie_deeper():
    trait = {"x": {"kind": "sum", "event": "Order Completed", "property": ["cart.total", "total"]}}
    events = [
        an_event(message_id="1", properties={"cart": {"total": 5}, "total": 7}),
        an_event(message_id="2", properties={"total": 7}),
    ]

    assert of(trait, events) == {"x": 12.0}


def test_a_definition_that_changes_counts_from_now_on():
    before, after = (
        Rules(Traits.model_validate({"computed": {"x": {"kind": "count", "event": event}}}))
        for event in (["Order Completed"], ["Order Completed", "Page Viewed"])
    )
    part = folded(before, orders([1, 2]))

    assert computed(after, after.fold(part, an_event("Page Viewed"))) == {"x": 1}


def test_a_person_with_many_events_has_no_larger_states():
    rules = Rules(ALL_KINDS)
    few, many = (
        len(PARTS.dump_json(folded(rules, orders([number % 7 for number in range(count)], hours=1))))
        for count in (800, 1600)
    )

    assert many < few * 1.1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"kind": "sum", "event": "X"}, "needs a property"),
        ({"kind": "count"}, "a kind and an event"),
        ({"formula": "computed.a", "event": "X"}, "does not go with a formula"),
        ({"kind": "count", "event": "X", "over": "10s"}, "between a minute"),
        ({"kind": "count", "event": "X", "where": "profile.x"}, "unknown variable"),
        ({"formula": "now"}, "unknown variable"),
    ],
)
def test_a_definition_that_makes_no_sense_says_so(wrong, says):
    with pytest.raises(ValidationError, match=says):
        Traits.model_validate({"computed": {"x": wrong}})


def test_definitions_survive_the_bundle():
    given = {"computed": {"x": {"formula": "computed.y / 2"}}, "sessions": {}, "rfm": {"refund": None}}
    traits = Traits.model_validate(given)
    segments = Segments.model_validate({"segments": {"vip": "profile.rfm.monetary > 5.0"}})

    assert Traits.model_validate_json(traits.model_dump_json(exclude_defaults=True)) == traits
    assert Segments.model_validate_json(segments.model_dump_json(exclude_defaults=True)) == segments
