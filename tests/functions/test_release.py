"""Deferred in the evening, released in the morning, decided anew: decide and release, as AWS wakes them."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import boto3
import pytest

from functions.decide import handler as decide
from functions.release import handler as release
from segue.aws.profiles import DynamoProfiles
from segue.aws.sends import DynamoSends
from segue.aws.slots import DynamoSlots
from segue.aws.table import Row
from segue.aws.telemetry import COUNT_DEFERRED
from segue.clock import Clock
from segue.decisions import asked
from segue.decisions.asked import Asked
from segue.decisions.cancel import Cancel
from segue.decisions.decision import SendRecord, SendState
from segue.decisions.rate import Rate, Wanted
from segue.decisions.reasons import Reason
from segue.profiles.head import Versioned
from segue.profiles.ports import Change, Entry
from tests.builders import a_profile, a_request, an_event
from tests.functions.test_messages import CONTEXT, FUNCTIONS, Stack, batch
from tests.unit.decisions.desk import EVENING, MORNING

MINUTE = timedelta(minutes=1)
UNCAPPED = {"email": {"window": "09:00-20:00", "cap": None, "spread": None}}


class Night:
    """The clock stands where it is told to; what is held back in the queue is there at once, with its moment."""

    def __init__(self, stack: Stack, rows: type[Row], monkeypatch: pytest.MonkeyPatch) -> None:
        self.stack, self.rows, self.now, self._patch = stack, rows, EVENING, monkeypatch
        self.coming: list[datetime] = []

    def use(self, channels: dict, **policy) -> None:
        self.stack.use({"channels": channels, "total": None, **policy})
        clock = Clock(wall=lambda: self.now)
        for function in (decide, release):
            function.wiring().__dict__["clock"] = clock
        for wired in (decide.wiring(), release.wiring()):
            self._patch.setattr(wired.requests, "wake", self._hurried(wired.requests.wake))

    def ask(self, *send_ids: str, **said) -> None:
        bodies = [asked.write(Asked(request=a_request(send_id, at=EVENING, **said))) for send_id in send_ids]
        for some in range(0, len(bodies), 10):
            assert batch(decide, *bodies[some : some + 10]) == []

    def release(self, at: datetime, event: dict | None = None, context: object = CONTEXT) -> dict:
        self.now = at
        return release.handler(event or {}, context)

    def decide(self) -> int:
        """All that is in the queue, at this moment."""
        decided = 0
        while bodies := self.stack.take("requests"):
            assert batch(decide, *bodies) == []
            decided += len(bodies)
        return decided

    def meet(self, person: str) -> str:
        profile = a_profile(f"u-{person}", user_id=person)
        entry = Entry(event=an_event(user_id=person))
        self.stack.profiles.commit(Change(entries=(entry,), profiles={profile.profile_id: Versioned(profile)}))
        return profile.profile_id

    def records(self, *people: str) -> list[SendRecord]:
        return [record for person in people or ("u-ada",) for record in self.stack.sends.decided(person)]

    def _hurried(self, wake: Callable) -> Callable:
        def at_once(request, attempt, delay) -> None:
            self.coming.append(self.now + delay)
            wake(request, attempt, timedelta())

        return at_once


@pytest.fixture
def night(profiles_rows, registry_rows, tmp_path, monkeypatch):
    night = Night(Stack(tmp_path, monkeypatch, profiles_rows), profiles_rows, monkeypatch)
    night.use(UNCAPPED)
    yield night
    for function in FUNCTIONS:
        function.wiring.cache_clear()


def states(night: Night, *people: str) -> Counter:
    return Counter((record.state, record.reason or record.decisions[-1].reason) for record in night.records(*people))


def test_what_expired_while_it_waited_is_dropped_as_expired_and_told(night: Night):
    night.use({"email": {**UNCAPPED["email"], "rate": "1/m"}})
    night.ask("stale-1", "stale-2", expires_at=MORNING + MINUTE)
    night.ask("fresh-1", "fresh-2", "fresh-3")

    assert night.release(MORNING + 2 * MINUTE) == {"released": 4}

    assert sorted(night.coming) == [MORNING + minute * MINUTE for minute in (2, 2, 2, 3)]
    assert night.decide() == 4
    assert states(night) == {
        (SendState.DROPPED, Reason.EXPIRED): 2,
        (SendState.SENDING, Reason.ALLOWED): 2,
        (SendState.DEFERRED, Reason.OUTSIDE_WINDOW): 1,
    }
    dropped = [news for news in night.stack.bus.news if news.name == "Message Dropped"]
    assert sorted((news.detail["send_id"], news.detail["reason"]) for news in dropped) == [
        ("stale-1", "expired"),
        ("stale-2", "expired"),
    ]


def test_what_is_deferred_when_the_policy_changes_is_decided_by_the_new_one(night: Night):
    """A hundred; a thousand are in tests/unit/decisions/test_release.py, where a query does not look at each row."""
    people = [night.meet(f"person-{number}") for number in range(5)]
    for person in people:
        night.ask(*(f"{person}-{number}" for number in range(20)), profile_id=person)
    assert states(night, *people) == {(SendState.DEFERRED, Reason.OUTSIDE_WINDOW): 100}

    night.use({"email": {"window": None, "cap": {"limit": 6, "per": "24h"}, "spread": None}})
    assert night.release(MORNING - 10 * MINUTE) == {"released": 100}
    night.now = MORNING
    assert night.decide() == 100

    decided = {(SendState.SENDING, Reason.ALLOWED): 30, (SendState.DEFERRED, Reason.CHANNEL_CAP): 70}
    assert states(night, *people) == decided
    assert {record.due for record in night.records(*people) if record.due} == {MORNING + timedelta(days=1)}
    assert {record.attempt for record in night.records(*people)} == {2}


def test_a_pass_whose_time_runs_out_leaves_the_rest_to_the_next_one(night: Night):
    night.ask(*(f"send-{number}" for number in range(40)))
    left = iter([50_000] * 100 + [5_000] * 1_000)
    hurried = SimpleNamespace(**{**vars(CONTEXT), "get_remaining_time_in_millis": lambda: next(left)})

    first = night.release(MORNING, context=hurried)["released"]
    second = night.release(MORNING)["released"]

    assert 0 < first < 40
    assert first + second == 40
    night.decide()
    assert states(night) == {(SendState.SENDING, Reason.ALLOWED): 40}


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("fails", ["wake", "wake_again"])
def test_a_pass_that_breaks_off_is_made_good_by_the_next_one_and_nothing_is_sent_twice(night: Night, fails: str):
    night.ask(*(f"send-{number}" for number in range(12)))
    port = release.wiring()
    of = port.requests if fails == "wake" else port.sends
    working, calls = getattr(of, fails), iter(range(100))

    def breaks(*given) -> None:
        if next(calls) == 5:
            raise ConnectionError
        working(*given)

    night._patch.setattr(of, fails, breaks)
    with pytest.raises(ConnectionError):
        night.release(MORNING)
    night.release(MORNING + MINUTE)
    night.decide()

    assert states(night) == {(SendState.SENDING, Reason.ALLOWED): 12}
    assert len(night.records()) == 12
    assert {record.attempt for record in night.records()} == {2}
    assert night.release(MORNING + timedelta(hours=1)) == {"released": 0}


def test_what_the_queue_of_deliveries_lost_is_handed_over_again_and_is_not_counted_as_waiting(night: Night):
    night.use({"email": {**UNCAPPED["email"], "window": None}})
    night.ask("send-1")
    (handed,) = night.stack.take("deliveries")

    night.release(EVENING + 20 * MINUTE)
    assert night.stack.take("deliveries") == []
    counted = night.release(EVENING + 21 * MINUTE, COUNT_DEFERRED)
    night.release(EVENING + 21 * MINUTE)

    assert counted == {"released": 0, "deferred": 0}
    assert night.stack.take("deliveries") == [handed]


def test_a_rate_holds_over_passes_and_whoever_else_takes_slots(night: Night):
    night.use({"email": {**UNCAPPED["email"], "rate": "20/m"}})
    night.ask(*(f"send-{number:03}" for number in range(50)))
    slots = DynamoSlots(night.rows)

    released = [night.release(MORNING + minute * MINUTE)["released"] for minute in (-2, -1, 0)]
    other = slots.take("email", [Wanted(MORNING, MORNING + timedelta(hours=1))], Rate.parse("20/m"))
    released += [night.release(MORNING + MINUTE)["released"]]

    assert released == [0, 20, 20, 10]
    every = [MORNING + number * timedelta(seconds=3) for number in range(51)]
    assert sorted([*night.coming, *other]) == every


def test_the_count_tells_each_channel_what_is_overdue_and_for_how_long(night: Night, capsys):
    night.use(
        {
            "email": {**UNCAPPED["email"], "rate": "1/m"},
            "in_app": {"window": "09:00-20:00", "cap": None, "spread": None},
        }
    )
    night.ask(*(f"send-{number}" for number in range(5)))
    night.ask("card", channel="in_app", expires_at=EVENING + timedelta(days=3))

    night.release(MORNING + 45 * MINUTE)
    capsys.readouterr()
    answered = night.release(MORNING + 46 * MINUTE, COUNT_DEFERRED)

    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert answered == {"released": 0, "deferred": 6}
    assert {(line.get("channel"), line["DeferredBacklog"][0]) for line in told if "DeferredBacklog" in line} == {
        (None, 6),
        ("email", 5),
        ("in_app", 1),
    }
    assert {(line.get("channel"), line["DeferredOverdue"][0]) for line in told if "DeferredOverdue" in line} == {
        (None, 3),
        ("email", 3),
        ("in_app", 0),
    }
    assert max(max(line["DeferredOldestSeconds"]) for line in told if "DeferredOldestSeconds" in line) == 46 * 60


def test_how_full_the_caps_were_is_measured_with_each_decision(night: Night, capsys):
    night.use({"email": {"window": None, "cap": {"limit": 4, "per": "24h"}}})

    night.ask("a", "b", "c")
    night.ask("free", category="transactional")

    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"CapPressure"' in line]
    assert [(line["channel"], line["CapPressure"]) for line in told] == [
        ("email", [0.0]),
        ("email", [25.0]),
        ("email", [50.0]),
    ]


def test_what_was_cancelled_for_a_person_is_not_woken_any_more(night: Night, profiles_rows):
    night.ask("a", "b")
    cancel = Cancel(
        profiles=DynamoProfiles(profiles_rows),
        sends=DynamoSends(profiles_rows),
        outcomes=decide.wiring().machines,
        announcements=night.stack.bus,
    )

    assert cancel.cancel_person("u-ada", EVENING) == 2

    assert night.release(MORNING) == {"released": 0}
    assert states(night) == {(SendState.DROPPED, Reason.CANCELLED): 2}
    assert boto3.client("ses").get_send_quota()["SentLast24Hours"] == 0
