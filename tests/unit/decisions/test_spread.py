"""Many who wait for one opening are woken one after the other: the urgent first, none too late, none too early."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segue.decisions.answer import answer
from segue.decisions.asked import Asked
from segue.decisions.decide import decide
from segue.decisions.decision import Action, SendState
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.spread import overdue, share, woken
from tests.builders import NOON, a_head, a_ledger, a_profile, a_request, a_touch
from tests.unit.decisions.desk import EVENING, GRACE, MORNING, SOON, a_desk

MINUTE = timedelta(minutes=1)
SPREAD = 10 * MINUTE
POLICY = Policy()


def wakes(*, policy: Policy = POLICY, at: datetime = EVENING, **said) -> datetime | None:
    request, head = a_request(said.pop("send_id", "send-1"), at=at, **said), a_head()
    return woken(request, head, decide(request, head, policy, at), policy)


@given(st.text(max_size=40), st.integers(0, 9), st.text(max_size=40))
def test_a_higher_priority_has_the_earlier_share_whatever_the_ids(one: str, priority: int, other: str) -> None:
    urgent, less = a_request(one, priority=priority), a_request(other, priority=max(priority - 1, 0))

    assert 0 <= share(urgent) < 1
    assert share(urgent) == share(a_request(one, priority=priority))
    assert priority == 0 or share(urgent) < share(less)


def test_the_most_urgent_go_as_good_as_at_once_and_the_rest_takes_half_of_the_spread():
    shares = {priority: [share(a_request(f"s-{n}", priority=priority)) for n in range(1_000)] for priority in (0, 9)}

    assert max(shares[9]) < 1 / 512
    tenths = [sum(low <= each < low + 0.05 for each in shares[0]) for low in [0.5 + n / 20 for n in range(10)]]
    assert sum(tenths) == 1_000
    assert min(tenths) > 60


def test_a_thousand_who_wait_for_the_morning_are_woken_over_the_spread_and_due_stays_exact():
    desk = a_desk(spread=True, policy={"channels": {"email": {"cap": None}}, "total": None})
    for number in range(1_000):
        priority = (0, 0, 0, 5, 9)[number % 5]
        asked = Asked(request=a_request(f"send-{number}", at=EVENING, priority=priority))
        answer(asked, desk=desk, now=EVENING)

    found = list(desk.sends.due(EVENING, timedelta(days=1), timedelta(days=3)))
    assert {record.due for record in desk.sends.decided("u-ada")} == {MORNING}
    assert {record.decisions[0].due for record in desk.sends.decided("u-ada")} == {MORNING}
    assert all(MORNING <= each.at < MORNING + SPREAD for each in found)
    assert [each.priority for each in found] == sorted((each.priority for each in found), reverse=True)
    a_minute = [sum(MORNING + n * MINUTE <= each.at < MORNING + (n + 1) * MINUTE for each in found) for n in range(10)]
    assert max(a_minute[1:]) <= 200


def test_what_waits_in_the_queue_itself_is_spread_too():
    desk = a_desk(spread=True)

    record = answer(Asked(request=a_request(at=EVENING)), desk=desk, now=MORNING - MINUTE)

    [(_, delay)] = desk.requests.asked
    assert record.due == MORNING
    assert record.wakes_at == MORNING - MINUTE + delay > MORNING
    assert desk.sends.next_wake() == record.wakes_at + SOON + GRACE


def test_of_several_channels_the_one_that_is_waited_for_says_how_it_is_woken():
    channels = {"sms": {"window": "10:00-20:00", "address": "email", "spread": None}, "email": {"spread": "1h"}}
    desk = a_desk(spread=True, policy={"channels": channels})

    record = answer(
        Asked(request=a_request(at=EVENING, channel="sms", channels=("sms", "email"))), desk=desk, now=EVENING
    )

    [waiting] = desk.sends.due(EVENING, timedelta(days=1), timedelta(days=3))
    assert (record.due, waiting.channel) == (MORNING, "email")
    assert MORNING + 30 * MINUTE <= waiting.at == record.wakes_at < MORNING + 60 * MINUTE


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"closed": [{"days": ["03-10", "03-11"]}]}, Reason.HOLIDAY),
        ({"channels": {"email": {"window": None}}}, Reason.QUIET_HOURS),
    ],
)
def test_whoever_waits_for_other_hours_is_spread_too(given: dict, reason: Reason):
    profile = a_profile(traits={"email": "ada@example.com", "quiet_hours": "20:00-09:00"})
    desk = a_desk(spread=True, policy=given, profile=profile)

    record = answer(Asked(request=a_request(at=EVENING)), desk=desk, now=EVENING)

    assert record.decisions[0].reason is reason
    assert record.due < record.wakes_at < record.due + SPREAD


def test_only_those_are_spread_who_wait_for_what_many_wait_for():
    full = a_head(ledger=a_ledger(a_touch(NOON - MINUTE), a_touch(NOON - 2 * MINUTE)))
    capped = decide(a_request(), full, POLICY, NOON)

    assert (capped.reason, woken(a_request(), full, capped, POLICY)) == (Reason.CHANNEL_CAP, None)
    assert wakes(policy=POLICY.without("spread")) is None
    assert wakes() is not None


@given(st.integers(1, 3 * 24 * 60 * 60), st.integers(0, 9), st.uuids())
@example(1, 0, "a")
def test_none_is_woken_before_it_is_due_nor_near_its_expiry(seconds: int, priority: int, send_id: object) -> None:
    expires_at = MORNING + timedelta(seconds=seconds)

    at = woken_at(str(send_id), priority=priority, expires_at=expires_at)

    assert MORNING <= at <= min(MORNING + SPREAD, MORNING + timedelta(seconds=seconds) / 2)


def woken_at(send_id: str, **said) -> datetime:
    request, head = a_request(send_id, at=EVENING, **said), a_head()
    return woken(request, head, decide(request, head, POLICY, EVENING), POLICY) or MORNING


@given(st.integers(1, 30), st.integers(0, 9), st.uuids())
def test_who_has_a_window_shorter_than_the_spread_is_woken_within_it(minutes: int, priority: int, send_id) -> None:
    policy = Policy.model_validate({"channels": {"email": {"window": f"09:00-09:{minutes:02}", "spread": "1h"}}})
    request, head = a_request(str(send_id), at=EVENING, priority=priority), a_head()
    decision = decide(request, head, policy, EVENING)

    at = woken(request, head, decision, policy)

    assert decide(request, head, policy, at).action is Action.SEND


@pytest.mark.parametrize("minutes", [2, 5, 20, 40])
def test_in_a_window_shorter_than_the_spread_the_urgent_are_still_first(minutes: int):
    policy = Policy.model_validate({"channels": {"email": {"window": f"09:00-09:{minutes:02}", "spread": "1h"}}})
    wakes_of = {
        priority: [wakes(policy=policy, send_id=f"s-{number}", priority=priority) for number in range(30)]
        for priority in range(10)
    }

    assert all(max(wakes_of[priority]) < min(wakes_of[priority - 1]) for priority in range(1, 10))


def test_who_is_woken_where_the_zones_leave_a_minute_is_not_put_off_day_after_day():
    """Berlin and Anchorage have one minute of the day in common."""
    policy = {
        "channels": {"email": {"window": "09:00-19:01"}},
        "possible_time_zones": ["Europe/Berlin", "America/Anchorage"],
    }
    desk = a_desk(spread=True, policy=policy, profile=a_profile(time_zone=None))
    now = datetime(2026, 6, 10, 20, 0, tzinfo=UTC)
    asked = Asked(request=a_request(at=now, expires_at=now + timedelta(days=20)))

    record = answer(asked, desk=desk, now=now)
    record = answer(Asked(request=asked.request, attempt=1), desk=desk, now=record.wakes_at)

    assert record.state is SendState.SENDING


def test_what_is_overdue_is_spread_over_no_more_than_can_wait_in_the_queue():
    hour = POLICY.model_copy(
        update={"channels": {"email": POLICY.channels["email"].model_copy(update={"spread": timedelta(hours=1)})}}
    )
    moments = [overdue(a_request(f"s-{n}", priority=n % 10), a_profile(), hour, NOON, SOON) for n in range(500)]

    assert all(NOON <= at < NOON + SOON for at in moments)
    assert max(moments) > NOON + 14 * MINUTE
    assert overdue(a_request(channel="in_app"), a_profile(), POLICY, NOON, SOON) == NOON


@given(st.integers(1, 20 * 60), st.integers(0, 9), st.uuids())
def test_what_is_overdue_shortly_before_the_closing_is_woken_before_it(seconds: int, priority: int, send_id) -> None:
    closing = datetime(2026, 3, 10, 19, 0, tzinfo=UTC)
    now, request = closing - timedelta(seconds=seconds), a_request(str(send_id), at=NOON, priority=priority)

    at = overdue(request, a_profile(), POLICY, now, SOON)

    assert now <= at < closing


def test_what_is_overdue_and_may_not_go_now_is_spread_as_a_whole() -> None:
    moments = [overdue(a_request(f"s-{n}", at=NOON), a_profile(), POLICY, EVENING, SOON) for n in range(100)]

    assert EVENING + SPREAD / 2 <= min(moments) < max(moments) < EVENING + SPREAD


@pytest.mark.parametrize("channel", ["email", "push", "sms"])
def test_what_interrupts_is_spread_unless_the_policy_says_otherwise(channel: str):
    assert POLICY.channels[channel].spread == SPREAD
    assert POLICY.channels["in_app"].spread is None
    assert Policy.model_validate({"channels": {channel: {"spread": None}}}).channels[channel].spread is None
