"""The last slot goes to the more urgent request, also when it comes later, as long as the other has not gone yet."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.decisions.answer import Desk, answer
from segue.decisions.asked import Asked
from segue.decisions.cancel import Cancel
from segue.decisions.decision import Action, SendRecord, SendRequest, SendState, record_key
from segue.decisions.ports import Step
from segue.decisions.reasons import Reason
from tests.builders import NOON, a_profile, a_request, a_run
from tests.unit.decisions.cutting import Fragile, Killed
from tests.unit.decisions.desk import EVENING, MORNING, RUN, a_desk

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ONE_A_DAY = {"channels": {"email": {"cap": {"limit": 1, "per": "24h"}, "window": None}}, "total": None}


def ask(desk: Desk, *requests: SendRequest, now: datetime = NOON) -> None:
    for request in requests:
        answer(Asked(request=request), desk=desk, now=now)


def of(desk: Desk, request: SendRequest) -> SendRecord:
    record = desk.sends.get(request.profile_id, record_key(request))
    assert record is not None
    return record


def wake(desk: Desk, now: datetime) -> None:
    woken, desk.requests.asked[:] = list(desk.requests.asked), []
    for asked, _ in woken:
        answer(asked, desk=desk, now=now)


def call(desk: Desk, record: SendRecord) -> None:
    """As `deliver` does, which then is under way."""
    calling = replace(record, state=SendState.CALLING)
    desk.sends.take(Step(record=calling, was=record.state, attempt=record.attempt, holder="u-ada"))


LOW, HIGH = a_request("low", priority=1), a_request("high", priority=7)


def test_the_more_urgent_request_takes_the_place_of_one_that_has_not_gone_yet():
    desk = a_desk(policy=ONE_A_DAY)

    ask(desk, LOW, HIGH)

    high, low = of(desk, HIGH), of(desk, LOW)
    assert (high.state, low.state) == (SendState.SENDING, SendState.DEFERRED)
    assert high.decisions[-1].trace[-1].saw == "it takes the place of a message of priority 1 that has not gone yet"
    assert low.decisions[-1].reason is Reason.MORE_URGENT
    assert list(desk.profiles.head("u-ada").ledger.value.touches) == ["high"]


def test_who_steps_back_is_told_of():
    told: list[SendRecord] = []
    desk = a_desk(policy=ONE_A_DAY, displaced=told.append)

    ask(desk, LOW, HIGH, HIGH)

    assert [(each.request.send_id, each.outcome) for each in told] == [("low", (Action.DEFER, Reason.MORE_URGENT))]


@pytest.mark.parametrize("calls", range(10))
def test_wherever_it_is_cut_off_both_are_followed_when_it_is_asked_again(calls):
    desk = a_desk(policy=ONE_A_DAY)
    ask(desk, LOW)
    left = iter(range(calls))

    def perhaps_killed() -> None:
        if next(left, None) is None:
            raise Killed

    ports = ("sends", "deliveries", "requests", "announcements")
    with suppress(Killed):
        ask(replace(desk, **{name: Fragile(getattr(desk, name), perhaps_killed) for name in ports}), HIGH)
    ask(desk, HIGH)

    assert desk.deliveries.handed[-1] == ("u-ada", record_key(HIGH))
    assert {(asked.request.send_id, asked.attempt) for asked, _ in desk.requests.asked} == {("low", 2)}
    assert {told.id for told in desk.announcements.news} == {"low.2.deferred"}


def test_what_stepped_back_and_has_gone_on_is_left_alone_when_the_other_is_asked_again():
    desk = a_desk(policy=ONE_A_DAY)
    ask(desk, LOW, HIGH)
    wake(desk, NOON)
    told = [each.id for each in desk.announcements.news]

    ask(desk, HIGH)

    assert ([each.id for each in desk.announcements.news], desk.requests.asked) == (told, [])


def test_the_one_that_stepped_back_is_decided_anew_at_once():
    desk = a_desk(policy=ONE_A_DAY)
    ask(desk, LOW, HIGH)

    wake(desk, NOON)

    low = of(desk, LOW)
    assert (low.decisions[-1].reason, low.due) == (Reason.CHANNEL_CAP, NOON + 24 * HOUR)


def test_should_its_waking_get_lost_it_is_found_by_its_due_moment():
    desk = a_desk(policy=ONE_A_DAY)
    ask(desk, LOW, HIGH)

    [waiting] = desk.sends.due(NOON, desk.soon + desk.grace + MINUTE, HOUR)
    assert (waiting.key, waiting.at) == (of(desk, LOW).key, NOON + desk.soon + desk.grace)


def test_on_a_channel_with_a_rate_it_is_woken_by_release():
    channels = {"channels": {"email": {**ONE_A_DAY["channels"]["email"], "rate": "1/s"}}}
    desk = a_desk(policy={**ONE_A_DAY, **channels})
    ask(desk, LOW, HIGH)

    [waiting] = desk.sends.due(NOON, MINUTE, HOUR)
    assert (waiting.key, waiting.at, desk.requests.asked) == (of(desk, LOW).key, NOON, [])


def test_what_is_under_way_keeps_its_place():
    desk = a_desk(policy=ONE_A_DAY)
    ask(desk, LOW)
    call(desk, of(desk, LOW))

    ask(desk, HIGH)

    assert (of(desk, LOW).state, of(desk, HIGH).state) == (SendState.CALLING, SendState.DEFERRED)


def test_who_is_as_urgent_waits():
    desk = a_desk(policy=ONE_A_DAY)

    ask(desk, LOW, replace(HIGH, priority=1))

    assert of(desk, LOW).state is SendState.SENDING


def test_a_run_that_leaves_finds_what_stepped_back():
    desk = a_desk(policy=ONE_A_DAY, runs=(a_run(),))
    low = replace(LOW, run=RUN, token="t")

    ask(desk, low, HIGH)

    [run] = desk.profiles.head("u-ada").runs.value.runs.values()
    assert run.wait is not None
    assert run.wait.record == record_key(low)


def test_it_falls_back_only_when_there_is_no_place_to_take():
    desk = a_desk(policy=ONE_A_DAY)
    falling = replace(HIGH, fallbacks=("in_app",))

    ask(desk, LOW, falling)

    assert of(desk, falling).decisions[-1].channel == "email"


def test_it_takes_a_place_by_whichever_of_its_channels_there_is_one():
    full = {"limit": 1, "per": "24h", "when_full": "stop"}
    desk = a_desk(
        policy={"channels": {"sms": {"window": None, "cap": full}}, "total": None},
        profile=a_profile(traits={"email": "a@b.example", "phone": "+4930123456"}),
    )
    low = replace(LOW, channel="sms", requested_at=EVENING)
    closed, unreachable = (
        replace(HIGH, send_id=other, requested_at=EVENING, channels=(other, "sms"), channel=other, priority=priority)
        for other, priority in (("email", 7), ("push", 8))
    )
    night = EVENING + 3 * HOUR
    ask(desk, low, now=night)

    ask(desk, closed, now=night)
    ask(desk, unreachable, now=night)

    assert [of(desk, each).state for each in (low, closed, unreachable)] == [
        SendState.DEFERRED,
        SendState.DEFERRED,
        SendState.SENDING,
    ]
    assert of(desk, closed).decisions[0].channel == "sms"


def test_it_takes_a_place_however_long_ago_the_other_was_let_go():
    desk = a_desk(policy=ONE_A_DAY)
    ask(desk, LOW)

    ask(desk, HIGH, now=NOON + 5 * HOUR)

    assert (of(desk, HIGH).state, of(desk, LOW).state) == (SendState.SENDING, SendState.DEFERRED)


class Reads:
    """Who counts how often a record is read."""

    def __init__(self, sends) -> None:
        self.sends, self.count = sends, 0

    def __getattr__(self, name: str):
        return getattr(self.sends, name)

    def get(self, profile_id: str, key: str):
        self.count += 1
        return self.sends.get(profile_id, key)


def test_it_looks_past_all_that_are_under_way():
    desk = a_desk(policy={"channels": {"email": {"cap": {"limit": 6, "per": "24h"}, "window": None}}, "total": None})
    six = [a_request(f"low-{n}", at=NOON + n * MINUTE) for n in range(6)]
    for request in six:
        ask(desk, request, now=request.requested_at)
    for request in six[1:]:
        call(desk, of(desk, request))

    ask(desk, HIGH, now=NOON + HOUR)

    assert (of(desk, HIGH).state, of(desk, six[0]).state) == (SendState.SENDING, SendState.DEFERRED)


def test_who_was_found_to_have_gone_is_not_read_again():
    desk = a_desk(policy={"channels": {"email": {"cap": {"limit": 3, "per": "24h"}, "window": None}}, "total": None})
    for request in (a_request(f"low-{n}") for n in range(3)):
        ask(desk, request)
        call(desk, of(desk, request))
    reads = Reads(desk.sends)
    desk = replace(desk, sends=reads)

    ask(desk, HIGH)
    first, reads.count = reads.count, 0
    ask(desk, replace(HIGH, send_id="higher", priority=8))

    assert (first, reads.count) == (3, 0)


def test_who_could_not_go_whoever_made_room_reads_nothing():
    desk = a_desk(policy=ONE_A_DAY)
    ask(desk, LOW)
    desk = replace(desk, sends=Reads(desk.sends))

    ask(desk, replace(HIGH, purpose="ads"))

    assert desk.sends.count == 0


def test_what_is_cancelled_claims_nothing_any_more():
    desk = a_desk(policy=ONE_A_DAY)
    ask(desk, a_request("first"))
    call(desk, of(desk, a_request("first")))
    ask(desk, HIGH)
    claims = dict(desk.profiles.head("u-ada").ledger.value.claims)

    cancel = Cancel(profiles=desk.profiles, sends=desk.sends, outcomes=desk.outcomes, announcements=desk.announcements)
    cancel.cancel("u-ada", record_key(HIGH), NOON, Reason.CANCELLED)

    assert (list(claims), desk.profiles.head("u-ada").ledger.value.claims) == (["high"], {})
    assert list(desk.profiles.head("u-ada").ledger.value.touches) == ["first"]


def test_who_waits_for_a_turn_keeps_their_room_as_long_as_they_may_wait():
    shared = {"limit": 1, "per": "7d"}
    policy = {
        "channels": {"email": {"rate": "1/m", "cap": None}, "push": {"window": None, "cap": None}},
        "total": shared,
    }
    desk = a_desk(policy=policy, profile=a_profile(traits={"email": "a@b.example", "push_token": "t"}))
    high = replace(HIGH, requested_at=EVENING, expires_at=EVENING + 2 * DAY)
    ask(desk, high, now=EVENING)
    low = replace(LOW, requested_at=MORNING + HOUR, channel="push", expires_at=None)

    ask(desk, low, now=MORNING + HOUR)

    assert (of(desk, high).due, of(desk, high).state) == (MORNING, SendState.DEFERRED)
    assert of(desk, low).decisions[-1].reason is Reason.MORE_URGENT
    assert desk.profiles.head("u-ada").ledger.value.claims["high"].until == high.expires_at


class Counter:
    """Requests come, wait, are woken and delivered, whenever a test says so."""

    def __init__(self, limit: int) -> None:
        policy = {"channels": {"email": {"cap": {"limit": limit, "per": "3h"}, "window": None}}, "total": None}
        self.desk, self.limit, self.now = a_desk(policy=policy), limit, NOON
        self.waiting: list[tuple[datetime, Asked]] = []

    def records(self) -> list[SendRecord]:
        values = (row.value for _, _, row in self.desk.sends.rows.everything())
        return [value for value in values if isinstance(value, SendRecord)]

    def move(self, move: str, coming: list[SendRequest]) -> None:
        self.now += HOUR if move == "wait" else MINUTE
        if move == "ask" and coming:
            ask(self.desk, coming.pop(), now=self.now)
        elif move == "wake":
            due = [each for each in self.waiting if each[0] <= self.now]
            self.waiting = [each for each in self.waiting if each[0] > self.now]
            for _, asked in due:
                answer(asked, desk=self.desk, now=self.now)
        elif move == "deliver" and self.desk.deliveries.handed:
            record = self.desk.sends.get(*self.desk.deliveries.handed.pop(0))
            if record and record.state is SendState.SENDING:
                call(self.desk, record)
        self.waiting += [(self.now + delay, asked) for asked, delay in self.desk.requests.asked]
        self.desk.requests.asked.clear()

    def check(self) -> None:
        """What has just been let go left room for everybody more urgent who waits; no cap is exceeded."""
        going = [each for each in self.records() if each.state in (SendState.SENDING, SendState.CALLING)]
        for one in (each for each in going if each.decisions[-1].at == self.now):
            lately = [each for each in going if self.now - 3 * HOUR < each.decisions[-1].at]
            more_urgent = [
                each
                for each in self.records()
                if each.state is SendState.DEFERRED
                and each.request.priority > one.request.priority
                and self.now < each.due + self.desk.soon + self.desk.grace
                and each.due < self.now + 3 * HOUR
            ]
            assert len(lately) + len(more_urgent) <= self.limit


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=8),
    st.lists(st.sampled_from(["ask", "ask", "deliver", "wake", "wait"]), min_size=4, max_size=40),
    st.integers(1, 2),
)
def test_nothing_goes_while_somebody_more_urgent_waits_for_the_same_room(priorities, moves, limit):
    counter = Counter(limit)
    coming = [a_request(f"r-{number}", priority=each, expires_at=None) for number, each in enumerate(priorities)]

    for move in [*moves, *(["ask"] * len(coming))]:
        counter.move(move, coming)
        counter.check()
