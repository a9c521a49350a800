"""A rejected event can be replayed once what was wrong has been mended."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.events.event import Event
from segue.events.keys import WriteKey
from segue.events.plan import TrackingPlan, Violation
from segue.events.rejected import Rejected, call_again, counts, fields, once
from segue.events.spec import Reception, read
from segue.profiles.timeline import fingerprint
from tests.builders import NOON

STRICT = TrackingPlan.model_validate({"unknown_events": "reject"})
CALL = {"type": "track", "event": "New", "userId": "ada", "messageId": "m-1", "timestamp": "2026-03-10T12:00:00Z"}


def by(plan: TrackingPlan, at=NOON) -> Reception:
    return Reception(source="shop", received_at=at, plan=plan, digest="d", new_id=lambda: "fresh")


def kept(call: object, at: datetime = NOON) -> Rejected:
    rejected = read(call, 0, by(STRICT, at))
    assert isinstance(rejected, Rejected)
    return rejected


def taken(call: dict | None, at: datetime) -> Event:
    event = read(call, 5, by(TrackingPlan(), at))
    assert isinstance(event, Event)
    return event


def replayed(call: dict, *, received: datetime = NOON, after: timedelta = timedelta(days=3)) -> Event:
    return taken(call_again(kept(call, received), NOON + after), NOON + after)


@pytest.mark.parametrize(
    ("call", "at"),
    [
        (CALL, NOON - timedelta(hours=1)),
        ({**CALL, "sentAt": "2026-03-10T12:00:10Z"}, NOON - timedelta(seconds=10)),
        ({**CALL, "timestamp": None}, NOON),
        ({**CALL, "timestamp": "soon"}, NOON),
    ],
)
def test_a_replay_happened_when_the_call_did(call, at):
    assert replayed(call).timestamp == at


@pytest.mark.parametrize("message_id", ["m-1", None, "x" * 200])
def test_replaying_twice_counts_once(message_id):
    call = {**CALL, "messageId": message_id}

    assert (replayed(call).message_id, replayed(call).client_time) == (
        replayed(call).message_id,
        NOON - timedelta(hours=1),
    )


def test_what_was_not_kept_whole_cannot_be_replayed():
    for call in ({**CALL, "properties": {"x": "\ud800"}}, "no call at all"):
        assert call_again(kept(call), NOON) is None


def test_a_replay_does_not_allow_what_the_key_may_not_send():
    bounce = replace(by(TrackingPlan()), barred=WriteKey(name="web", kind="browser").barred)
    rejected = read({**CALL, "event": "Email Bounced"}, 0, bounce)

    assert isinstance(rejected, Rejected)
    assert call_again(rejected, NOON) is None


def test_a_call_its_repetition_and_the_replay_of_either_count_once():
    sent = {**CALL, "timestamp": "2026-03-10T15:00:00Z", "sentAt": "2026-03-10T15:00:05Z"}
    later = {**sent, "sentAt": "2026-03-11T15:20:00Z"}
    past_midnight = NOON + timedelta(days=1, minutes=21)

    replays = [replayed(sent), replayed(later, received=past_midnight), replayed(sent, after=timedelta(days=9))]

    assert len({fingerprint(event) for event in (*replays, taken(later, past_midnight))}) == 1
    assert [event.timestamp for event in replays[::2]] == [NOON - timedelta(seconds=5)] * 2


@given(
    original=st.datetimes(timezones=st.just(UTC)),
    sent=st.none() | st.datetimes(timezones=st.just(UTC)),
    after=st.timedeltas(timedelta(seconds=1), timedelta(days=30)),
)
@settings(max_examples=200, deadline=None)
def test_a_replay_never_changes_when_and_hardly_ever_the_clients_own_time(original, sent, after):
    call = {**CALL, "timestamp": original.isoformat(), "sentAt": sent.isoformat() if sent else None}
    first = taken(call, NOON)

    again = replayed(call, after=after)

    assert again.timestamp == first.timestamp
    assert again.client_time == first.client_time or original.year > 9000


def test_each_call_is_told_once_as_it_came_first():
    undated = {"type": "track", "event": "New", "userId": "ada", "messageId": "m-2"}
    midnight = NOON.replace(hour=23, minute=59)
    after = midnight + timedelta(minutes=2)
    another = {**undated, "userId": "bob"}

    rows = [kept({**undated, "sentAt": "2026-03-11T00:01:00Z"}, after), kept(another, after), kept(undated, midnight)]

    assert once(rows) == [rows[2], rows[1]]


def test_they_are_counted_by_name_and_violation_whatever_the_position_in_an_array():
    plan = TrackingPlan.model_validate(
        {"events": [{"name": "Seen", "properties": {"products": {"items": {"properties": {"price": "number"}}}}}]}
    )
    prices = [["x"], [1, "x", "y"]]
    calls = [{**CALL, "event": "Seen", "properties": {"products": [{"price": p} for p in each]}} for each in prices]

    assert counts([read(call, 0, by(plan)) for call in calls]) == {
        ("Seen", "properties.products[].price: must be of type number"): 2
    }


def test_what_may_be_logged_of_violations_is_little_and_named_by_us():
    ways = ["", "userId", "properties.ada@example.com", "properties", "traits[0].x", "mapping[1].properties.ada"]

    assert fields([with_wrong(*ways)]) == ["", "mapping[1].properties", "properties", "traits", "userId"]
    assert len(fields([with_wrong(*(f"mapping[{number}].userId" for number in range(50)))])) == 20


def with_wrong(*ways: str) -> Rejected:
    violations = tuple(Violation(way, "is wrong") for way in ways)
    return Rejected(id="m", source="shop", received_at=NOON, violations=violations, payload={})
