"""What is found once, for another channel, person or moment, is the same as if it were found anew."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from segue.decisions.decide import decide
from segue.decisions.decision import CHOICE, NEXT_MOMENT
from segue.decisions.in_zones import open_in_all, own_in_all
from segue.decisions.policy import Policy
from segue.decisions.windows import all_of, all_of_own, none_of, opening, own_opening
from tests.unit.decisions.test_next_moment import CHANNELS, MINUTE, cases

#: The lines on no channel in particular, and those that sum up.
OF_ALL = ("expiry", "run", "journey", CHOICE, NEXT_MOMENT)


def forget() -> None:
    for found in (open_in_all, own_in_all, opening, own_opening, all_of, all_of_own, none_of):
        found.cache_clear()


@settings(max_examples=60, deadline=None)
@given(cases())
def test_of_several_channels_each_is_told_as_if_it_were_asked_alone(case) -> None:
    request, head, policy, at = case

    trace = decide(replace(request, channels=tuple(CHANNELS)), head, policy, at).trace

    for channel in CHANNELS:
        alone = decide(replace(request, channel=channel, channels=()), head, policy, at).trace
        told = [replace(check, channel=None) for check in trace if check.channel == channel]
        assert told == [check for check in alone if check.name not in OF_ALL]


@settings(max_examples=60, deadline=None)
@given(cases(), st.lists(st.integers(-5000, 5000), max_size=4), st.integers(0, 60_000_000))
def test_what_was_found_at_other_moments_changes_nothing(case, minutes: list[int], microseconds: int) -> None:
    request, head, policy, at = case
    at += timedelta(microseconds=microseconds)
    for other in minutes:
        decide(replace(request, expires_at=None), head, policy, at + other * MINUTE)

    remembered = decide(request, head, policy, at)

    forget()
    assert remembered == decide(request, head, Policy.model_validate_json(policy.model_dump_json()), at)
