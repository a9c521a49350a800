"""Room is taken by what goes, and by nothing that waits or has been dropped."""

from dataclasses import replace
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from segue.decisions.answer import Desk, answer
from segue.decisions.asked import Asked
from segue.decisions.cancel import Cancel
from segue.decisions.decision import SendRecord, SendRequest, SendState, record_key
from segue.decisions.ports import Step
from segue.decisions.reasons import Reason
from tests.builders import NOON, a_request, a_touch
from tests.unit.decisions.desk import a_desk
from tests.unit.decisions.test_displace import HOUR, LOW, MINUTE, ONE_A_DAY, ask, call, of, wake

ALERTS = {**ONE_A_DAY, "categories": {"alerts": {"counts": False, "priority": 5}}}
ALERT = a_request("alert", category="alerts", priority=5)


def touches(desk: Desk) -> list[str]:
    return list(desk.profiles.head("u-ada").ledger.value.touches)


def cancel(desk: Desk, request: SendRequest, now: datetime = NOON) -> None:
    using = Cancel(profiles=desk.profiles, sends=desk.sends, outcomes=desk.outcomes, announcements=desk.announcements)
    using.cancel("u-ada", record_key(request), now, Reason.CANCELLED)


def take(desk: Desk, request: SendRequest) -> None:
    """Room that no message of this state should have."""
    head, record = desk.profiles.head("u-ada"), of(desk, request)
    ledger = replace(head.ledger, value=head.ledger.value.reserve(a_touch(send_id=request.send_id)))
    desk.sends.take(Step(record=record, was=record.state, attempt=record.attempt, holder="u-ada", ledger=ledger))


def test_who_takes_no_room_leaves_that_of_the_one_whose_place_it_takes_to_others():
    desk = a_desk(policy=ALERTS)

    ask(desk, LOW, ALERT)

    assert (of(desk, ALERT).state, of(desk, LOW).state) == (SendState.SENDING, SendState.DEFERRED)
    assert touches(desk) == []


def test_after_it_was_cancelled_the_next_message_goes():
    desk = a_desk(policy=ALERTS)
    ask(desk, LOW, ALERT)
    cancel(desk, LOW)

    ask(desk, a_request("next"))

    assert of(desk, a_request("next")).state is SendState.SENDING


def test_what_is_cancelled_gives_back_whatever_room_it_has():
    desk = a_desk(policy=ALERTS)
    low = replace(LOW, priority=0)
    ask(desk, low, ALERT)
    take(desk, low)

    cancel(desk, low)

    assert touches(desk) == []


def test_what_is_dropped_gives_back_whatever_room_it_has():
    desk = a_desk(policy=ALERTS)
    ask(desk, LOW, ALERT)
    take(desk, LOW)

    wake(desk, NOON + 80 * HOUR)

    assert (of(desk, LOW).reason, touches(desk)) == (Reason.EXPIRED, [])


MOVES = ["low", "high", "alert", "wake", "cancel", "send", "wait"]
KINDS = {
    "low": {"priority": 1},
    "high": {"priority": 7},
    "alert": {"category": "alerts", "priority": 5},
}


class Walk:
    """Requests of each kind come, wait, are woken, cancelled and delivered."""

    def __init__(self, limit: int) -> None:
        email = {"cap": {"limit": limit, "per": "3h"}, "window": None}
        self.desk, self.now = a_desk(policy={**ALERTS, "channels": {"email": email}}), NOON
        self.requests: list[SendRequest] = []
        self.waiting: list[tuple[datetime, Asked]] = []

    def move(self, move: str, which: int) -> None:
        self.now += HOUR if move == "wait" else MINUTE
        if move in KINDS:
            self.requests.append(a_request(f"{move}-{len(self.requests)}", at=self.now, **KINDS[move]))
            ask(self.desk, self.requests[-1], now=self.now)
        elif move == "wake":
            due = [each for each in self.waiting if each[0] <= self.now]
            self.waiting = [each for each in self.waiting if each[0] > self.now]
            for _, asked in due:
                answer(asked, desk=self.desk, now=self.now)
        elif move == "cancel" and self.requests:
            cancel(self.desk, self.requests[which % len(self.requests)], self.now)
        elif move == "send" and self.desk.deliveries.handed:
            record = self.desk.sends.get(*self.desk.deliveries.handed.pop(0))
            if record and record.state is SendState.SENDING:
                call(self.desk, record)
        self.waiting += [(self.now + delay, asked) for asked, delay in self.desk.requests.asked]
        self.desk.requests.asked.clear()

    def records(self) -> list[SendRecord]:
        return [of(self.desk, request) for request in self.requests]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 9)), max_size=40), st.integers(1, 2))
def test_what_waits_or_was_dropped_has_no_room_and_what_goes_has_its_own(moves, limit):
    walk = Walk(limit)

    for move, which in moves:
        walk.move(move, which)
        going = {each.request.send_id for each in walk.records() if each.state.on_its_way}
        kept = set(touches(walk.desk))
        lately = {
            each.request.send_id
            for each in walk.records()
            if each.state.on_its_way
            and each.request.category != "alerts"
            and each.decisions[-1].at > walk.now - 3 * HOUR
        }
        assert lately <= kept <= going
