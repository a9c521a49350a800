"""How fast a channel may be woken: what people write, and the slots that come of it."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.decisions.policy import Channel, Policy
from segue.decisions.rate import Rate, Wanted, slotted
from tests.builders import NOON

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("text", "every"),
    [("50/s", SECOND / 50), ("600/m", SECOND / 10), ("1/m", 60 * SECOND), ("7/s", timedelta(microseconds=142_858))],
)
def test_a_rate_says_how_far_apart_its_slots_are_and_never_less(text: str, every: timedelta):
    rate = Channel.model_validate({"rate": text}).rate

    assert (str(rate), rate.every) == (text, every)
    assert rate.every * rate.count >= (SECOND if rate.unit == "s" else 60 * SECOND)
    assert Policy.model_validate(Policy.model_validate({"channels": {"email": {"rate": text}}}).model_dump()).channels[
        "email"
    ].rate == Rate.parse(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("50", "'50' is no rate: write a whole number and a unit, such as 50/s or 600/m"),
        (50, "'50' is no rate"),
        ("50/d", "is no rate"),
        ("fast", "is no rate"),
        ("-1/s", "is no rate"),
        ("1.5/s", "is no rate"),
        ("", "is no rate"),
        ("0/s", "'0/s' would let nothing go: leave the rate out, or write at least 1/m"),
        ([50], "is no rate"),
    ],
)
def test_what_is_no_rate_is_refused_with_the_remedy(text: object, told: str):
    with pytest.raises(ValueError, match=told):
        Channel.model_validate({"rate": text})


moments = st.integers(0, 300).map(lambda seconds: NOON + seconds * SECOND / 2)


@given(st.lists(st.tuples(moments, moments)), st.none() | moments, st.integers(1, 20))
def test_slots_are_in_order_as_far_apart_as_the_rate_says_and_each_in_its_time(asked, free, count) -> None:
    every = Rate(count, "s").every
    wanted = [Wanted(since, before) for since, before in asked]

    slots, after = slotted(wanted, free, every)

    given_ = [slot for slot in slots if slot]
    assert len(slots) == len(wanted)
    assert all(each.since <= slot < each.before for each, slot in zip(wanted, slots, strict=True) if slot)
    assert all(later - earlier >= every for earlier, later in itertools.pairwise(given_))
    assert free is None or all(slot >= free for slot in given_)
    assert after == (given_[-1] + every if given_ else free)
