"""Caps of every kind: what counts, what is held back, and that the first moment with room is exact."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from segue.decisions.decide import decide
from segue.decisions.decision import Action, Decision, SendRequest
from segue.decisions.limits import Cap, Slow
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.room import Room
from segue.profiles.ledger import Claim, Ledger
from segue.profiles.standing import Session, Standing
from tests.builders import NOON, a_head, a_ledger, a_profile, a_request, a_touch

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)


def decided(ledger: Ledger, request: SendRequest | None = None, now: datetime = NOON, **policy: object) -> Decision:
    free = {"channels": {"email": {"window": None, "cap": None}, "push": {"cap": None}}, "total": None}
    return decide(request or a_request(), a_head(ledger=ledger), Policy.model_validate({**free, **policy}), now)


@pytest.mark.parametrize(
    ("cap", "due"),
    [
        ({"limit": 1, "per": "24h"}, NOON + 22 * HOUR),
        ({"limit": 1, "per": "day"}, datetime(2026, 3, 10, 23, 0, tzinfo=UTC)),
        ({"limit": 1, "per": "day", "kind": "calendar(utc)"}, datetime(2026, 3, 11, 0, 0, tzinfo=UTC)),
        ({"limit": 1, "per": "week"}, datetime(2026, 3, 15, 23, 0, tzinfo=UTC)),
        ({"limit": 1, "per": "month"}, datetime(2026, 3, 31, 22, 0, tzinfo=UTC)),
    ],
)
def test_a_span_rolls_and_a_unit_ends_with_the_calendar_of_the_person(cap: dict, due: datetime):
    request = replace(a_request(), expires_at=None)

    decision = decided(a_ledger(a_touch(NOON - 2 * HOUR)), request, caps=[cap])

    assert (decision.action, decision.due) == (Action.DEFER, due)


def test_a_cap_is_for_the_channels_topics_and_categories_that_it_names():
    touched = a_ledger(replace(a_touch(NOON - HOUR), topic="offers"))
    offers = a_request(topic="offers")

    for scope, held in (
        ({"channels": ["email"]}, True),
        ({"channels": ["push"]}, False),
        ({"topics": ["offers"]}, True),
        ({"topics": ["orders"]}, False),
        ({"categories": ["marketing"]}, True),
        ({"categories": ["news"]}, False),
    ):
        decision = decided(touched, offers, caps=[{"limit": 1, "per": "24h", **scope}])
        assert (decision.action is Action.DEFER) is held, scope


def test_a_cap_of_each_topic_counts_every_topic_by_itself():
    each = [{"limit": 1, "per": "24h", "each_topic": True}]
    touched = a_ledger(replace(a_touch(NOON - HOUR), topic="offers"))

    assert decided(touched, a_request(topic="offers"), caps=each).reason is Reason.TOPIC_CAP
    assert decided(touched, a_request(topic="news"), caps=each).action is Action.SEND


def test_between_any_two_touches_lies_the_cool_down():
    decision = decided(a_ledger(a_touch(NOON - HOUR, channel="push")), cool_down="4h")

    assert (decision.reason, decision.due) == (Reason.COOL_DOWN, NOON + 3 * HOUR)


def test_a_cap_that_stops_drops_at_once():
    decision = decided(a_ledger(a_touch(NOON - HOUR)), caps=[{"limit": 1, "per": "24h", "when_full": "stop"}])

    assert (decision.action, decision.reason) == (Action.DROP, Reason.TOTAL_CAP)


def test_near_a_limit_the_less_urgent_keep_a_distance():
    slow = [{"limit": 5, "per": "7d", "slow": {"after": 0.6, "by": "18h"}}]
    three = a_ledger(*(a_touch(NOON - hours * HOUR, send_id=str(hours)) for hours in (50, 30, 2)))

    low, urgent, most = (decided(three, a_request(priority=n), caps=slow) for n in (0, 6, 9))
    few = decided(a_ledger(a_touch(NOON - HOUR)), caps=slow)

    assert (low.reason, low.due) == (Reason.SLOWED, NOON + 16 * HOUR)
    assert urgent.due == NOON + 4 * HOUR
    assert (most.action, few.action) == (Action.SEND, Action.SEND)


def test_the_smallest_share_of_a_limit_is_one_touch():
    slow = [{"limit": 5, "per": "7d", "slow": {"after": 0.0000001, "by": "18h"}}]

    none, one = (decided(ledger, caps=slow) for ledger in (a_ledger(), a_ledger(a_touch(NOON - 2 * HOUR))))

    assert none.action is Action.SEND
    assert (one.reason, one.due) == (Reason.SLOWED, NOON + 16 * HOUR)


def test_a_category_may_count_without_being_held_back():
    counting = {"categories": {"transactional": {"counts": True}}, "caps": [{"limit": 1, "per": "24h"}]}
    receipt = a_ledger(a_touch(NOON - HOUR, category="transactional"))

    assert decided(receipt, **counting).action is Action.DEFER
    assert decided(receipt, a_request(category="transactional", purpose="service"), **counting).action is Action.SEND


def test_a_cap_per_visit_ends_with_the_visit():
    one = {"channels": {"in_app": {"cap": {"limit": 1, "per": "visit"}, "visit": True}}, "total": None}
    there = replace(a_profile(), standing=Standing(session=Session(started=NOON - HOUR, last=NOON)))
    before, during = (a_ledger(a_touch(NOON - hours * HOUR, channel="in_app")) for hours in (2, 0.5))
    policy, request = Policy.model_validate(one), a_request(channel="in_app")

    assert decide(request, a_head(profile=there, ledger=before), policy, NOON).action is Action.SEND
    assert decide(request, a_head(profile=there, ledger=during), policy, NOON).reason is Reason.CHANNEL_CAP


def test_what_came_in_a_visit_fills_no_visit_that_is_over():
    left = Session(started=NOON - 2 * HOUR, last=NOON - HOUR, until=NOON - HOUR / 2)
    visited = a_head(
        profile=replace(a_profile(), standing=Standing(session=left)), ledger=a_ledger(a_touch(NOON - 1.5 * HOUR))
    )
    policy = {"channels": {"email": {"window": None, "cap": {"limit": 1, "per": "visit"}}}, "total": None}

    assert decide(a_request(), visited, Policy.model_validate(policy), NOON).action is Action.SEND


def a_claim(priority: int, due: datetime = NOON + HOUR, until: datetime = NOON + 2 * HOUR) -> Claim:
    return Claim(
        send_id=f"urgent-{priority}", channel="push", category="marketing", due=due, until=until, priority=priority
    )


def test_room_that_a_more_urgent_request_claims_is_not_taken():
    cap, ledger = [{"limit": 2, "per": "24h"}], a_ledger(a_touch(NOON - HOUR)).claim(a_claim(5), NOON - HOUR)

    low, high = decided(ledger, a_request(priority=4), caps=cap), decided(ledger, a_request(priority=5), caps=cap)

    assert (low.reason, low.due) == (Reason.MORE_URGENT, NOON + 23 * HOUR)
    assert high.action is Action.SEND


@pytest.mark.parametrize(
    ("policy", "touched", "claimed"),
    [
        ({"caps": [{"limit": 1, "per": "7d"}]}, (), 8 * DAY),
        ({"caps": [{"limit": 2, "per": "24h"}]}, (-23 * HOUR,), 20 * HOUR),
        ({"cool_down": "1h"}, (), 70 * HOUR),
        ({"caps": [{"limit": 4, "per": "24h", "slow": {"after": 0.25, "by": "2h"}}]}, (), 20 * HOUR),
        ({"caps": [{"limit": 1, "per": "day"}]}, (), 20 * HOUR),
    ],
)
def test_a_claim_of_later_leaves_the_room_that_it_will_not_need(policy: dict, touched: tuple, claimed: timedelta):
    touches = a_ledger(*(a_touch(NOON + offset) for offset in touched))
    ledger = touches.claim(a_claim(5, due=NOON + claimed, until=NOON + claimed + HOUR), NOON - HOUR)

    assert decided(ledger, **policy).action is Action.SEND


def test_what_is_claimed_for_tomorrow_is_not_said_to_fill_today():
    today = a_ledger(*(a_touch(NOON - n * HOUR, send_id=str(n)) for n in (1, 2)))
    ledger = today.claim(a_claim(5, due=NOON + DAY, until=NOON + 2 * DAY), NOON - HOUR)

    decision = decided(ledger, caps=[{"limit": 2, "per": "day"}])

    [cap] = [check.saw for check in decision.trace if check.verdict == "wait"]
    assert (decision.reason, cap) == (Reason.TOTAL_CAP, "2 of 2 this calendar day")


def test_who_waits_for_a_full_cap_waits_for_its_distance_as_well():
    slow = [{"limit": 2, "per": "24h", "slow": {"after": 0.5, "by": "12h"}}]
    two = a_ledger(a_touch(NOON - 23 * HOUR), a_touch(NOON - HOUR))

    assert decided(two, caps=slow).due == NOON + 11 * HOUR


def test_a_share_of_a_limit_is_reckoned_as_it_is_written():
    assert [Slow(after=after, by=HOUR).few(limit) for after, limit in ((0.07, 100), (0.55, 100), (0.6, 4))] == [
        7,
        55,
        3,
    ]


def test_a_claim_that_is_void_holds_nobody_back():
    ledger = a_ledger().claim(a_claim(5, until=NOON), NOON - HOUR)

    assert decided(ledger, caps=[{"limit": 1, "per": "24h"}]).action is Action.SEND


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 1, "per": "24h", "kind": "calendar(utc)"},
        {"limit": 1, "per": "day", "kind": "rolling"},
        {"limit": 1, "per": "visit", "kind": "calendar(profile)"},
        {"limit": 1, "per": "fortnight"},
        {"limit": 1, "per": "0h"},
        {"limit": 1, "per": "24h", "slow": {"after": 1.5, "by": "1h"}},
    ],
)
def test_a_cap_that_contradicts_itself_is_refused(wrong: dict):
    with pytest.raises(ValidationError):
        Cap.model_validate(wrong)


ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca",
    "America/Santiago", "Asia/Beirut", "America/Havana",
]  # fmt: skip
#: Around changes of the clock, of which Beirut's, Havana's and Santiago's come at midnight.
STARTS = [datetime(2026, *day, tzinfo=UTC) for day in [(3, 7), (3, 28), (4, 4), (9, 5), (10, 24), (10, 31), (2, 28)]]


def unit_of(per: str, zone: ZoneInfo, at: datetime) -> tuple[int, ...]:
    local = at.astimezone(zone)
    return {
        "day": (local.year, local.month, local.day),
        "week": tuple(local.isocalendar()[:2]),
        "month": (local.year, local.month),
    }[per]


def counting(cap: Cap, zones: list[ZoneInfo], touches: list[datetime], at: datetime) -> int:
    """Straight from the words of the policy."""
    if isinstance(cap.per, timedelta):
        return sum(touch + cap.per > at for touch in touches)
    return max(sum(unit_of(cap.per, zone, touch) == unit_of(cap.per, zone, at) for touch in touches) for zone in zones)


@settings(max_examples=150, deadline=None)
@given(
    st.builds(Cap, per=st.sampled_from([2 * HOUR, 5 * HOUR, "day", "week", "month"]), limit=st.integers(1, 3)),
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True),
    st.builds(lambda start, minute: start + minute * MINUTE, st.sampled_from(STARTS), st.integers(0, 2000)),
    st.lists(st.integers(-1500, 600), max_size=5),
    st.one_of(st.none(), st.tuples(st.sampled_from([0.3, 0.5, 0.9]), st.integers(1, 600))),
)
def test_no_earlier_minute_has_room(cap, zones, at, offsets, slow):
    """Minute by minute, over three days; the touches lie on minutes too."""
    touches, places = sorted(at + offset * MINUTE for offset in offsets), [ZoneInfo(zone) for zone in zones]
    room = Room(cap.limit, cap.per, touches, zones=tuple(places))

    def suits(moment: datetime) -> bool:
        used = counting(cap, places, touches, moment)
        if slow is None:
            return used < cap.limit
        # touches of the future count for the distance, too
        return not touches or used < -(-slow[0] * cap.limit // 1) or moment >= touches[-1] + slow[1] * MINUTE

    if slow is None:
        found = room.next(at)
    else:
        found = room.slowed(Slow(after=slow[0], by=HOUR).few(cap.limit), slow[1] * MINUTE, at)
    minutes = (at + n * MINUTE for n in range(3 * 1440))
    expected = next((moment for moment in minutes if suits(moment)), None)
    assert found == expected or (expected is None and (found is None or found >= at + 3 * DAY))
