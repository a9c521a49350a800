"""A person is left in peace: by their own switch, or because something has happened. What has an end is waited for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from segue.decisions.decide import decide
from segue.decisions.decision import Action, Decision
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.profiles.fold import fold
from segue.profiles.profile import OWN, Part
from segue.profiles.quiet import Quiet
from tests.builders import NOON, a_head, a_profile, a_request, an_event

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPEN = {"channels": {"email": {"window": None}}}
TICKET = {"event": "Support Ticket Opened", "for": "24h", "until_event": "Support Ticket Closed"}


def decided(*events, policy=None, now=NOON, **request) -> Decision:
    part = a_profile().parts[OWN]
    for event in events:
        part = fold(part, event)
    head = a_head(profile=replace(a_profile(), parts={OWN: part}))
    return decide(a_request(at=now, **request), head, Policy.model_validate(OPEN | (policy or {})), now)


def saw(decision: Decision, name: str) -> str:
    return next(check.saw for check in decision.trace if check.name == name)


def dnd(until=None, *, at=NOON - HOUR):
    return an_event("Do Not Disturb Set", at=at, properties={"until": until} if until else {})


def cleared(at=NOON - HOUR / 2):
    return an_event("Do Not Disturb Cleared", at=at)


def opened(at=NOON - HOUR):
    return an_event("Support Ticket Opened", at=at)


def closed(at=NOON - HOUR / 2):
    return an_event("Support Ticket Closed", at=at)


def test_who_does_not_want_to_be_disturbed_gets_no_marketing():
    decision = decided(dnd())

    assert (decision.action, decision.reason) == (Action.DROP, Reason.DO_NOT_DISTURB)
    assert saw(decision, "do not disturb") == "asked for on 2026-03-10, until they say otherwise"


def test_what_ends_is_waited_for():
    decision = decided(dnd("2026-03-11T06:00:00Z"))

    assert (decision.action, decision.reason) == (Action.DEFER, Reason.DO_NOT_DISTURB)
    assert decision.due == datetime(2026, 3, 11, 6, 0, tzinfo=UTC)
    assert saw(decision, "do not disturb") == "asked for on 2026-03-10, until 2026-03-11 06:00 UTC"


def test_what_ends_only_after_the_message_has_expired_drops_it():
    assert decided(dnd("2026-04-11")).reason is Reason.EXPIRED


@pytest.mark.parametrize(
    "events",
    [
        [],
        [dnd(), cleared()],
        [cleared(), dnd()],
        [dnd("2026-03-10T12:59:00Z")],
        [dnd("2026-03-10T13:00:00Z")],
    ],
    ids=["never", "cleared", "cleared, as it came", "over", "over just now"],
)
def test_who_may_be_disturbed_again_is(events):
    decision = decided(*events)

    assert decision.action is Action.SEND
    assert saw(decision, "do not disturb") == "not asked for"


def test_the_last_word_of_the_person_holds():
    longer = [dnd("2026-03-20", at=NOON - 3 * HOUR), dnd("2026-03-11", at=NOON - HOUR)]

    assert decided(*longer).due == decided(*reversed(longer)).due == datetime(2026, 3, 11, tzinfo=UTC)


def test_an_end_that_is_no_time_is_none():
    assert decided(dnd("tomorrow")).action is Action.DROP


def test_a_transactional_message_goes_all_the_same():
    decision = decided(dnd(), opened(), policy={"pauses": [TICKET]}, category="transactional", purpose="service")

    assert decision.action is Action.SEND
    assert {"do not disturb", "profile pause"}.isdisjoint(check.name for check in decision.trace)


def test_after_a_support_ticket_there_is_no_marketing_for_a_day():
    decision = decided(opened(), policy={"pauses": [TICKET]})

    assert (decision.action, decision.reason) == (Action.DEFER, Reason.PROFILE_PAUSED)
    assert decision.due == NOON + 23 * HOUR
    assert saw(decision, "profile pause") == (
        "Support Ticket Opened on 2026-03-10 12:00 UTC: for 1d or until Support Ticket Closed"
    )


def test_a_ticket_that_is_closed_ends_it_early_and_a_new_one_begins_it_anew():
    policy = {"pauses": [TICKET]}

    assert decided(opened(), closed(), policy=policy).action is Action.SEND
    assert decided(opened(NOON), opened(), closed(), policy=policy).due == NOON + DAY
    assert decided(opened(NOON), closed(NOON), policy=policy).due == NOON + DAY


def test_a_day_later_it_is_over():
    assert decided(opened(NOON - DAY), policy={"pauses": [TICKET]}).action is Action.SEND


def test_what_only_another_event_ends_has_no_end_yet():
    policy = {"pauses": [{"event": "Support Ticket Opened", "until_event": "Support Ticket Closed"}]}

    assert decided(opened(NOON - 9 * DAY), policy=policy).reason is Reason.PROFILE_PAUSED
    assert decided(opened(NOON - 9 * DAY), policy=policy).action is Action.DROP
    assert decided(opened(NOON - 9 * DAY), closed(), policy=policy).action is Action.SEND


def test_of_several_pauses_the_longest_holds():
    policy = {"pauses": [TICKET, {"event": "Order Returned", "for": "2d"}]}

    assert decided(opened(), an_event("Order Returned", at=NOON - HOUR), policy=policy).due == NOON + 47 * HOUR


def test_a_pause_is_of_the_categories_that_it_names():
    policy = {"pauses": [TICKET | {"categories": ["news"]}]}

    assert decided(opened(), policy=policy).action is Action.SEND
    assert decided(opened(), policy=policy, category="news").reason is Reason.PROFILE_PAUSED


def test_a_pause_has_an_end():
    with pytest.raises(ValidationError, match="a pause has an end"):
        Policy.model_validate({"pauses": [{"event": "Support Ticket Opened"}]})


def test_a_policy_with_all_its_words_is_read_back_from_its_json():
    policy = Policy.model_validate(
        {
            "purposes": {"ads": {"default": "by_region", "regions": {"US-CA": "denied"}, "categories": ["C0004"]}},
            "topics": {"offers": {"default": "unsubscribed"}},
            "pauses": [TICKET],
            "collection": {"purpose": "analytics", "exempt_events": ["Order Completed"]},
        }
    )

    assert Policy.model_validate_json(policy.model_dump_json()) == policy
    assert Policy.model_validate_json(policy.model_dump_json(exclude_defaults=True)) == policy


def test_the_law_by_region_is_known_for_some_purposes_only():
    with pytest.raises(ValidationError, match="not for service"):
        Policy.model_validate({"purposes": {"service": {"default": "by_region"}}})


SWITCH = st.builds(
    Quiet,
    st.booleans(),
    st.integers(0, 3).map(lambda hours: NOON + hours * HOUR),
    st.sampled_from([None, NOON + DAY, NOON + 2 * DAY]),
)


@given(SWITCH, SWITCH, SWITCH)
def test_switches_merge_to_the_same_in_any_order(one, other, third):
    assert one.merge(other) == other.merge(one)
    assert one.merge(other).merge(third) == one.merge(other.merge(third))
    assert one.merge(one) == one
    if one.at == other.at and one.on:
        assert one.merge(other).on


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 48), max_size=3),
    st.none() | st.integers(0, 48),
    st.integers(1, 40),
    st.none() | st.integers(0, 72),
    st.sampled_from(["08:00-20:00", "22:00-06:00", None]),
)
def test_the_next_moment_is_the_first_hour_at_which_it_would_be_sent(begun, over, hours, until, window):
    """Whole hours only, so that asking at each of them asks at every moment at which anything changes."""
    events = [opened(NOON - hour * HOUR) for hour in set(begun)]
    events += [] if over is None else [closed(NOON - over * HOUR)]
    events += [] if until is None else [dnd((NOON + until * HOUR).isoformat())]
    policy = {"pauses": [TICKET | {"for": f"{hours}h"}], "channels": {"email": {"window": window}}}
    asked = {"policy": policy, "expires_at": NOON + 9 * DAY}

    decision = decided(*events, **asked)

    sent = (NOON + hour * HOUR for hour in range(9 * 24))
    first = next(at for at in sent if decided(*events, now=at, **asked).action is Action.SEND)
    assert (decision.due or NOON) == first


def test_a_part_keeps_nothing_of_a_pause_but_its_events():
    assert fold(Part(), opened()).quiet is None
