"""What every keeper of send records promises, in memory as on DynamoDB."""

from dataclasses import replace
from datetime import timedelta
from zlib import crc32

import pytest

from segue.aws.due import SHARDS, bucket
from segue.aws.profiles import DynamoProfiles
from segue.aws.sends import PAGE, DynamoSends
from segue.decisions.decision import Action, Decision, SendRecord, SendState
from segue.decisions.ports import LOOK_BACK, Backlog, Overtaken, Step
from segue.decisions.reasons import Reason
from segue.decisions.rule import FORESIGHT
from segue.events.identifier import ANONYMOUS, Identifier
from segue.memory.profiles import MemoryProfiles
from segue.memory.sends import MemorySends
from segue.profiles.head import Versioned
from segue.profiles.identity import anonymous_profile_id
from segue.profiles.ports import Change, Conflict, Entry
from segue.profiles.runs import Runs
from tests.builders import NOON, a_ledger, a_profile, a_request, a_run, a_touch, an_event

HOUR = timedelta(hours=1)
#: Nothing is due yet, unless it is said.
NOW = NOON


@pytest.fixture(params=["memory", "aws"])
def keepers(request):
    if request.param == "memory":
        profiles = MemoryProfiles()
        return profiles, MemorySends(profiles.rows)
    rows = request.getfixturevalue("profiles_rows")
    return DynamoProfiles(rows), DynamoSends(rows)


@pytest.fixture
def sends(keepers):
    return keepers[1]


def a_record(send_id="send-1", *, state=SendState.DEFERRED, attempts=1, due=None, **given) -> SendRecord:
    due = due or NOON + HOUR
    request = a_request(send_id, **given)
    decision = Decision(action=Action.DEFER, reason=Reason.CHANNEL_CAP, at=NOON, channel=request.channel, due=due)
    return SendRecord(request=request, state=state, decisions=(decision,) * attempts, due=due)


def first(record, **given) -> Step:
    return Step(record=record, was=None, attempt=0, holder="u-ada", **{"wake": record.due, **given})


def due(sends, before, back=LOOK_BACK) -> list[str]:
    """The ids of what is due before a moment, in order."""
    found = sends.due(NOW, before - NOW, back)
    return [each.key.rpartition("#")[2] for each in found if each.profile_id == "u-ada"]


def waiting(sends, ahead, now=NOON) -> int:
    return sum(backlog.count for backlog in sends.waiting(now, ahead).values())


def test_a_record_is_read_back_as_it_was_kept(sends):
    record = a_record()

    sends.take(first(record))

    assert sends.get("u-ada", record.key) == record
    assert sends.get("u-ada", "DECISION#other") is None


def test_a_first_step_is_taken_once(sends):
    sends.take(first(a_record()))

    with pytest.raises(Overtaken):
        sends.take(first(a_record(), ledger=Versioned(a_ledger(a_touch()), 0)))


def test_a_step_needs_the_state_and_the_attempt_that_it_comes_from(sends):
    record = a_record(attempts=2)
    sends.take(first(a_record()))
    sends.take(Step(record=record, was=SendState.DEFERRED, attempt=1, holder="u-ada"))

    for was, attempt in [(SendState.DEFERRED, 1), (SendState.SENDING, 2)]:
        with pytest.raises(Overtaken):
            sends.take(Step(record=record, was=was, attempt=attempt, holder="u-ada"))


def test_documents_are_written_with_the_record_or_not_at_all(keepers):
    profiles, sends = keepers
    ledger, runs = a_ledger(a_touch()), Runs(runs={"r": a_run("r")})
    sends.take(first(a_record(), ledger=Versioned(ledger, 0), runs=Versioned(runs, 0)))

    with pytest.raises(Conflict):
        sends.take(first(a_record("send-2"), ledger=Versioned(a_ledger(), 0)))

    head = profiles.head("u-ada")
    assert (head.ledger, head.runs) == (Versioned(ledger, 1), Versioned(runs, 1))
    assert sends.get("u-ada", a_record("send-2").key) is None


def test_a_profile_that_has_moved_stops_the_step(keepers):
    profiles, sends = keepers
    visitor = anonymous_profile_id("visitor")
    event = an_event(anonymous_id="visitor", user_id=None)
    profile = a_profile(visitor, identifier=Identifier(ANONYMOUS, "visitor"))
    profiles.commit(Change(entries=(Entry(event=event),), profiles={visitor: Versioned(profile)}))

    with pytest.raises(Conflict):
        sends.take(first(a_record(), unmoved=Versioned(profile, 2)))

    sends.take(first(a_record(), unmoved=Versioned(profile, 1)))
    assert profiles.profile(visitor).version == 1


def test_the_due_are_found_from_their_moment_the_earliest_first(sends):
    late, early = a_record("a", due=NOON + 2 * HOUR), a_record("b", due=NOON + HOUR)
    sends.take(first(late))
    sends.take(first(early))

    assert due(sends, NOON + HOUR) == []
    assert due(sends, NOON + HOUR + timedelta(minutes=1)) == ["b"]
    assert due(sends, NOON + 3 * HOUR) == ["b", "a"]


def test_of_two_due_at_once_the_more_urgent_comes_first(sends):
    sends.take(first(a_record("a", priority=1)))
    sends.take(first(a_record("z", priority=9)))

    assert due(sends, NOON + 2 * HOUR) == ["z", "a"]


def test_over_all_shards_what_can_go_first_comes_first_then_the_most_urgent_then_the_earliest(sends):
    """Some hundred in three channels, half of them overdue: the hashes of their ids lead into every shard."""
    now = NOON + 24 * HOUR
    expected = []
    for number in range(120):
        at = now + timedelta(minutes=(number * 7) % 60 - 30)
        given = {"channel": ("email", "push", "sms")[number % 3], "priority": (number * 3) % 10}
        record = a_record(f"send-{number:03}", due=at, **given)
        sends.take(first(record))
        expected.append((max(at, now), -record.request.priority, at, number % 3, record.key))

    found = list(sends.due(now, HOUR, LOOK_BACK))

    assert len({crc32(f"send-{number:03}".encode()) % SHARDS for number in range(120)}) == SHARDS
    came = [(max(each.at, now), -each.priority, each.at) for each in found]
    assert came == sorted(each[:3] for each in expected)
    assert {(each.channel, each.key) for each in found} == {(("email", "push", "sms")[e[3]], e[4]) for e in expected}


def test_a_channel_that_is_closed_is_not_looked_at_any_more(sends):
    for number in range(6):
        channel = ("email", "sms")[number % 2]
        sends.take(first(a_record(f"send-{number}", channel=channel, due=NOON + number * timedelta(minutes=1))))
    closed = set()

    found = []
    for each in sends.due(NOON, HOUR, LOOK_BACK, closed):
        found.append(each.key.rpartition("#")[2])
        closed.add("email")

    assert found == ["send-0", "send-1", "send-3", "send-5"]


def test_a_lane_is_not_read_on_once_its_channel_is_closed(profiles_rows):
    """All lanes have begun by then. A page of it in each shard, and not the whole of it."""
    sends = DynamoSends(profiles_rows)
    count = 3 * PAGE
    with profiles_rows.batch_write() as batch:
        for number in range(count):
            record = a_record(f"send-{number}", due=NOON + number * timedelta(milliseconds=1))
            row = sends.row(record, record.due)
            row.due_bucket = bucket(NOON.date(), number % 2)
            batch.save(row)
    sends.take(first(a_record("sms", channel="sms", due=NOON + timedelta(minutes=1))))
    read, closed = [], set()
    events = profiles_rows.connection().client.meta.events
    events.register("after-call.dynamodb.Query", lambda parsed, **_: read.extend(parsed["Items"]))

    found = []
    for each in sends.due(NOON, HOUR, LOOK_BACK, closed):
        found.append(each.channel)
        closed.add("email")

    assert found == ["email", "sms"]
    of_email = [item for item in read if item["due"]["S"].startswith("~email#")]
    assert len(of_email) <= 2 * (PAGE + 1) < count


def test_what_waits_is_counted_by_channel_with_what_is_overdue_and_since_when(sends):
    for minutes, channel in ((-90, "email"), (-30, "email"), (30, "email"), (60, "sms"), (9_999_999, "push")):
        sends.take(first(a_record(f"send-{minutes}", channel=channel, due=NOON + timedelta(minutes=minutes))))

    assert sends.waiting(NOON, timedelta(days=35)) == {
        "email": Backlog(count=3, overdue=2, oldest=NOON - timedelta(minutes=90)),
        "sms": Backlog(count=1),
    }


def test_across_midnight_nothing_is_overlooked(sends):
    for hours in (1, 8, 14):
        sends.take(first(a_record(f"send-{hours}", due=NOON + hours * HOUR)))

    assert len(due(sends, NOON + 15 * HOUR)) == 3


def test_after_a_long_outage_a_longer_look_back_finds_what_was_left(sends):
    for days in (1, 20, 34):
        sends.take(first(a_record(f"send-{days}", due=NOON + timedelta(days=days))))

    assert due(sends, NOON + timedelta(days=36), FORESIGHT) == ["send-1", "send-20", "send-34"]


def test_everything_that_waits_is_counted_however_far_ahead(sends):
    for days in (1, 2, 34):
        sends.take(first(a_record(f"send-{days}", due=NOON + timedelta(days=days))))
    sends.take(first(a_record("sending", state=SendState.SENDING)))

    assert [waiting(sends, timedelta(days=days)) for days in (0, 1, 3, 35)] == [0, 0, 2, 3]


def test_what_was_to_be_sent_can_be_put_back_with_its_touch(keepers):
    profiles, sends = keepers
    sending = a_record(state=SendState.SENDING)
    sends.take(first(sending, wake=None, ledger=Versioned(a_ledger(a_touch(send_id="send-1")), 0)))

    back = a_record(attempts=2)
    step = Step(record=back, was=SendState.SENDING, attempt=1, holder="u-ada", wake=back.due)
    sends.take(replace(step, ledger=Versioned(a_ledger(), 1)))

    assert due(sends, NOON + 2 * HOUR) == ["send-1"]
    assert profiles.head("u-ada").ledger == Versioned(a_ledger(), 2)
    with pytest.raises(Overtaken):
        sends.take(replace(step, ledger=Versioned(a_ledger(), 2)))


def test_what_is_not_deferred_any_more_does_not_wait(sends):
    record = a_record()
    sends.take(first(record))
    sends.wake_again(record, NOON + 3 * HOUR)

    assert waiting(sends, 9 * HOUR) == 1
    done = record.finish(SendState.DROPPED, Reason.RUN_ENDED, NOON)
    sends.take(Step(record=done, was=SendState.DEFERRED, attempt=1, holder="u-ada"))

    assert waiting(sends, 9 * HOUR) == 0


def test_what_is_to_wake_again_later_is_found_later(sends):
    record = a_record()
    sends.take(first(record))

    sends.wake_again(record, NOON + 3 * HOUR)

    assert due(sends, NOON + 2 * HOUR) == []
    assert due(sends, NOON + 4 * HOUR) == ["send-1"]


def test_what_is_not_deferred_any_more_is_not_due_and_is_not_woken(sends):
    record = a_record()
    sends.take(first(record))
    done = record.finish(SendState.DROPPED, Reason.RUN_ENDED, NOON)
    sends.take(Step(record=done, was=SendState.DEFERRED, attempt=1, holder="u-ada"))

    sends.wake_again(record, NOON + HOUR)

    assert due(sends, NOON + 9 * HOUR) == []
    assert sends.get("u-ada", record.key) == done


def test_the_decision_log_is_read_from_the_latest_request(sends):
    for hours in range(3):
        sends.take(first(a_record(f"send-{hours}", at=NOON + hours * HOUR)))

    assert [record.request.send_id for record in sends.decided("u-ada")] == ["send-2", "send-1", "send-0"]
    assert [record.request.send_id for record in sends.decided("u-ada", NOON + HOUR)] == ["send-2", "send-1"]


def test_a_record_keeps_everything_through_its_life(sends):
    record = replace(a_record(state=SendState.CALLING, topic="offers", token="t"), repeated=True)
    sends.take(first(record, wake=None))

    assert sends.get("u-ada", record.key) == record


def test_rows_of_before_there_were_lanes_are_found_and_counted(profiles_rows):
    sends = DynamoSends(profiles_rows)
    for number, minutes in enumerate((-5, 10, 120)):
        record = a_record(f"send-{number}", due=NOON + timedelta(minutes=minutes), priority=4)
        sends.take(first(record))
        row = profiles_rows.get("P#u-ada", record.key)
        row.due = f"{record.due.isoformat(timespec='milliseconds')}#5#send-{number}"
        row.save()
    sends.take(first(a_record("new", due=NOON)))
    stands = profiles_rows.get("P#u-ada", a_record("new").key)

    found = list(sends.due(NOON, HOUR, LOOK_BACK))

    assert [(each.key.rpartition("#")[2], each.priority) for each in found] == [
        ("send-0", 4),
        ("new", 0),
        ("send-1", 4),
    ]
    assert waiting(sends, 9 * HOUR) == 4
    assert stands.due_bucket == bucket(NOON.date(), crc32(b"new") % SHARDS)
    assert stands.due.startswith("~email#9#2026-03-10T13:00:00.000")
