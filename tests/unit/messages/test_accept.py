"""Wishes of the API: what they become, and that neither repetition nor number breaks a promise."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from segue.decisions.answer import Desk, answer
from segue.decisions.decision import Action, SendRecord, SendRequest, SendState
from segue.decisions.policy import Policy
from segue.decisions.ports import MOST_TOGETHER, Step
from segue.decisions.release import release
from segue.events.identity import Identity
from segue.memory.accepted import MemoryAccepted
from segue.memory.queues import MemoryRequests
from segue.memory.sends import MemorySends
from segue.messages.accept import Asking, Counter, Taken, accept
from segue.messages.preview import preview
from segue.messages.template import EmailWords, InAppWords, Template
from segue.messages.wish import Preview, Terms, Unfit, Wish, send_id
from segue.profiles.ports import Conflict
from tests.builders import NOON
from tests.unit.decisions.desk import GRACE, SOON, a_desk

HI = Template(template="hi", email=EmailWords(subject="Hi", html="Hi"), in_app=InAppWords(title="Hi", body="Hi"))
TERMS = Terms(policy=Policy(), templates={"hi": HI})


@dataclass
class Office:
    desk: Desk
    counter: Counter
    told: list[Exception]

    def ask(self, *keys: str, **said: object) -> list[Taken | Unfit]:
        wish = Wish.model_validate({"template": "hi", "profile_id": "u-ada", **said})
        asked = [Asking(wish=wish, send_id=send_id(key, "me"), by="me", repeatable=True) for key in keys]
        return accept(asked, counter=self.counter, now=NOON)

    def decide_all(self) -> None:
        while self.desk.requests.asked:
            asked, delay = self.desk.requests.asked.pop(0)
            answer(asked, desk=self.desk, now=NOON + delay)


def an_office(*, terms: Terms = TERMS, **given: object) -> Office:
    desk = a_desk(**given)
    told: list[Exception] = []
    counter = Counter(
        terms=terms,
        identity=Identity(),
        people=desk.profiles,
        accepted=MemoryAccepted(desk.sends),
        requests=desk.requests,
        blocked=lambda _: None,
        late=timedelta(minutes=20),
        tell=told.append,
    )
    return Office(desk, counter, told)


def test_what_is_not_said_is_as_the_template_and_the_policy_have_it():
    (taken,) = an_office().ask("k")

    request = taken.record.request
    assert (request.channel, request.channels) == ("email", ("email", "in_app"))
    assert (request.category, request.purpose, request.priority, request.topic) == ("marketing", "marketing", 0, None)
    assert request.expires_at == NOON + timedelta(days=3)


def test_channels_are_kept_in_the_order_asked_and_one_is_one():
    office = an_office()
    (several,) = office.ask("a", channels=["in_app", "email", "in_app"])
    (one,) = office.ask("b", channels=["email"])

    assert (several.record.request.channel, several.record.request.channels) == ("in_app", ("in_app", "email"))
    assert (one.record.request.channel, one.record.request.channels) == ("email", ())


def test_moments_are_kept_in_utc_however_they_were_written():
    (taken,) = an_office().ask("k", expires_at="2026-03-10T20:00:00+05:30")

    assert taken.record.request.expires_at.isoformat() == "2026-03-10T14:30:00+00:00"


def test_ten_thousand_wishes_for_one_person_are_each_decided_once_and_no_cap_is_exceeded():
    office = an_office()
    for first in range(0, 10_000, 100):
        answers = office.ask(*(f"k-{number}" for number in range(first, first + 100)), channel="email", fallback=False)
        assert all(isinstance(each, Taken) for each in answers)

    office.decide_all()

    states = [record.state for record in office.desk.sends.decided("u-ada")]
    assert len(states) == 10_000
    assert states.count(SendState.SENDING) == 2
    assert states.count(SendState.DEFERRED) + states.count(SendState.DROPPED) == 9_998
    assert all(record.attempt == 1 for record in office.desk.sends.decided("u-ada"))
    assert len(office.desk.profiles.head("u-ada").ledger.value.touches) == 2


@settings(max_examples=60, deadline=None)
@given(some.lists(some.tuples(some.sampled_from("abc"), some.integers(0, 1)), max_size=12), some.integers(1, 4))
def test_a_key_makes_one_message_however_often_it_comes_and_whatever_is_said_with_it(calls, at_once):
    office, first = an_office(), {}
    for number in range(0, len(calls), at_once):
        some_calls = calls[number : number + at_once]
        asked = [
            Asking(
                wish=Wish(template="hi", profile_id="u-ada", priority=priority),
                send_id=send_id(key, "me"),
                by="me",
                repeatable=True,
            )
            for key, priority in some_calls
        ]
        answers = accept(asked, counter=office.counter, now=NOON)
        for (key, priority), answered in zip(some_calls, answers, strict=True):
            same = first.setdefault(key, priority) == priority
            assert isinstance(answered, Taken) is same
            assert same or answered.code == "key_reused"
        office.decide_all()

    assert len(list(office.desk.sends.decided("u-ada"))) == len(first)


@pytest.mark.parametrize("said", [{"fallback": True}, {"channel": None}, {"properties": {}}, {"topic": None}])
def test_saying_what_holds_anyway_does_not_make_the_same_wish_another(said):
    office = an_office()
    office.ask("k")

    (again,) = office.ask("k", **said)

    assert again.again


def test_a_changed_policy_does_not_make_the_same_wish_another():
    office = an_office()
    office.ask("k")
    changed = Terms(policy=Policy.model_validate({"categories": {"marketing": {"priority": 5}}}), templates={"hi": HI})
    office.counter = replace(office.counter, terms=changed)

    (again,) = office.ask("k")

    assert (again.again, again.record.request.priority) == (True, 0)


def test_an_expired_request_is_dropped_by_the_decision_when_it_comes_late():
    office = an_office()
    (taken,) = office.ask("k", expires_after="5m")
    [(asked, _)] = office.desk.requests.asked

    record = answer(asked, desk=office.desk, now=NOON + timedelta(minutes=6))

    assert (record.state, record.reason.value) == (SendState.DROPPED, "expired")
    assert record.request.send_id == taken.record.request.send_id


def released(office: Office, now: datetime) -> None:
    desk = office.desk
    release(sends=desk.sends, requests=desk.requests, deliveries=desk.deliveries, now=now, soon=SOON, grace=GRACE)


def test_what_the_queue_lost_is_found_when_it_is_late_and_decided():
    office, late = an_office(), NOON + timedelta(minutes=6)
    office.ask("k")
    office.desk.requests.asked.clear()

    released(office, NOON)
    assert office.desk.requests.asked == []
    released(office, late)
    [(asked, delay)] = office.desk.requests.asked
    record = answer(asked, desk=office.desk, now=late + delay)

    assert (record.state, record.attempt, delay) == (SendState.SENDING, 1, timedelta())


class Torn(MemoryRequests):
    """A queue that is not there."""

    def ask(self, requests: Sequence[SendRequest]) -> None:
        raise TimeoutError


def test_what_is_kept_is_accepted_when_the_queue_takes_nothing_and_is_found_when_it_is_late():
    office, late = an_office(), NOON + timedelta(minutes=6)
    office.counter = replace(office.counter, requests=Torn())

    (taken,) = office.ask("k")

    assert isinstance(taken, Taken)
    assert [type(each) for each in office.told] == [TimeoutError]
    released(office, late)
    assert [asked.request for asked, _ in office.desk.requests.asked] == [taken.record.request]


class KeepsFirst(MemoryAccepted):
    """Those that come together with `broken` are not kept."""

    def __init__(self, sends: MemorySends, broken: str, why: Exception) -> None:
        super().__init__(sends)
        self._broken, self._why = broken, why

    def keep(self, records: Sequence[SendRecord], wake: datetime) -> Collection[str]:
        if any(record.request.send_id == self._broken for record in records):
            raise self._why
        return super().keep(records, wake)


@pytest.mark.parametrize(("why", "code"), [(Conflict(), "conflict"), (TimeoutError(), "unavailable")])
@pytest.mark.parametrize("broken", [0, 99])
def test_of_many_those_that_could_not_be_kept_are_told_so_and_the_others_are_asked_for(why, code, broken):
    office = an_office()
    kept_first = KeepsFirst(office.desk.sends, send_id(f"k-{broken}", "me"), why)
    office.counter = replace(office.counter, accepted=kept_first)

    answers = office.ask(*(f"k-{number}" for number in range(100)))

    accepted = [each.record.request for each in answers if isinstance(each, Taken)]
    assert [each.code for each in answers if isinstance(each, Unfit)] == [code] * MOST_TOGETHER
    assert isinstance(answers[broken], Unfit)
    assert [asked.request for asked, _ in office.desk.requests.asked] == accepted
    assert office.told == [why]


class Forgetful(MemoryAccepted):
    """What was kept cannot be read."""

    def several(self, send_ids: Collection[str]) -> dict[str, SendRecord]:
        raise TimeoutError


def test_what_is_kept_is_accepted_when_those_that_came_before_cannot_be_looked_up():
    office = an_office()
    office.ask("old")
    office.desk.requests.asked.clear()
    office.counter = replace(office.counter, accepted=Forgetful(office.desk.sends))

    old, new = office.ask("old", "new")

    assert (isinstance(new, Taken), isinstance(old, Unfit) and old.code) == (True, "unavailable")
    assert [asked.request.send_id for asked, _ in office.desk.requests.asked] == [send_id("new", "me")]
    assert [type(each) for each in office.told] == [TimeoutError]
    with pytest.raises(TimeoutError):
        office.ask("old")


def test_what_is_kept_is_accepted_also_when_it_stands_twice_in_one_call_and_cannot_be_looked_up():
    office = an_office()
    office.counter = replace(office.counter, accepted=Forgetful(office.desk.sends))
    fit, unfit = (Wish.model_validate({"template": name, "profile_id": "u-ada"}) for name in ("hi", "no"))
    asked = [Asking(wish=wish, send_id=send_id("k", "me"), by="me", repeatable=True) for wish in (fit, unfit)]

    first, second = accept(asked, counter=office.counter, now=NOON)

    assert (isinstance(first, Taken), isinstance(second, Unfit) and second.code) == (True, "key_reused")


def test_when_nothing_could_be_kept_the_call_fails_and_may_be_repeated_whole():
    office, why = an_office(), TimeoutError()
    office.counter = replace(office.counter, accepted=KeepsFirst(office.desk.sends, send_id("k", "me"), why))

    with pytest.raises(TimeoutError):
        office.ask("k")

    assert office.desk.requests.asked == []


def test_what_is_decided_keeps_the_properties_that_did_not_travel():
    office = an_office()
    office.ask("k", properties={"order": "7"})
    [(asked, _)] = office.desk.requests.asked

    record = answer(replace(asked, request=replace(asked.request, properties={})), desk=office.desk, now=NOON)

    assert record.request.properties == {"order": "7"}


@pytest.mark.parametrize("hours", range(0, 24, 3))
def test_a_preview_is_the_decision_that_the_request_then_gets(hours):
    office, at = an_office(), NOON + timedelta(hours=hours)
    wish = Preview(template="hi", profile_id="u-ada", channel="email", at=at)
    head = office.desk.profiles.head("u-ada")

    _, seen = preview(wish, head, terms=TERMS, sends=office.desk.sends, now=NOON)

    accept([Asking(wish=wish, send_id="m-1", by="me")], counter=office.counter, now=at)
    [(asked, _)] = office.desk.requests.asked
    record = answer(asked, desk=office.desk, now=at)
    assert (seen.action, seen.reason, seen.due) == (
        record.decisions[0].action,
        record.decisions[0].reason,
        record.decisions[0].due,
    )
    assert [line.name for line in seen.trace] == [line.name for line in record.decisions[0].trace]


def test_a_template_without_words_for_any_channel_of_the_policy_cannot_be_asked_for():
    empty = Template(template="hi", category="marketing")
    (answered,) = an_office(terms=Terms(policy=Policy(), templates={"hi": empty})).ask("k")

    assert isinstance(answered, Unfit)
    assert str(answered) == "template: has no words for any channel of the policy"


def test_a_template_that_needs_a_run_is_not_taken_and_not_fallen_back_to():
    needs_it = EmailWords(subject="Hi", html="{{ run.id }}")
    mixed = Template(template="hi", email=needs_it, in_app=InAppWords(title="Hi", body="Hi"))
    office = an_office(terms=Terms(policy=Policy(), templates={"hi": mixed}))

    (refused,) = office.ask("a", channel="email")
    (taken,) = office.ask("b", channel="in_app")

    assert isinstance(refused, Unfit)
    assert str(refused).startswith("template: the words of 'hi' for email read `run`")
    assert "email" not in taken.record.request.fallbacks


@pytest.mark.parametrize(
    ("gone", "at", "action"),
    [
        (False, None, Action.SEND),
        (False, NOON + timedelta(minutes=1), Action.DEFER),
        (True, None, Action.DEFER),
    ],
)
def test_a_preview_of_what_is_more_urgent_counts_on_the_place_of_another_that_has_not_gone(gone, at, action):
    policy = {"channels": {"email": {"cap": {"limit": 1, "per": "24h"}}}}
    office = an_office(policy=policy, terms=replace(TERMS, policy=Policy.model_validate(policy)))
    office.ask("low", channel="email", fallback=False)
    office.decide_all()
    [low] = office.desk.sends.decided("u-ada")
    if gone:
        office.desk.sends.take(
            Step(record=replace(low, state=SendState.CALLING), was=low.state, attempt=1, holder="u-ada")
        )
    before, head = list(office.desk.sends.decided("u-ada")), office.desk.profiles.head("u-ada")
    wish = Preview(template="hi", profile_id="u-ada", channel="email", fallback=False, priority=9, at=at)

    _, seen = preview(wish, head, terms=office.counter.terms, sends=office.desk.sends, now=NOON)

    assert seen.action is action
    assert list(office.desk.sends.decided("u-ada")) == before
    assert office.desk.profiles.head("u-ada").ledger == head.ledger
