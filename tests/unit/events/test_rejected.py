"""A rejected event can be replayed once what was wrong has been mended."""

from datetime import timedelta

import pytest

from segue.events.event import Event
from segue.events.plan import TrackingPlan
from segue.events.rejected import Rejected, call_again
from segue.events.spec import Reception, read
from tests.builders import NOON

STRICT = TrackingPlan.model_validate({"unknown_events": "reject"})
CALL = {"type": "track", "event": "New", "userId": "ada", "messageId": "m-1", "timestamp": "2026-03-10T12:00:00Z"}


def by(plan: TrackingPlan, at=NOON) -> Reception:
    return Reception(source="shop", received_at=at, plan=plan, digest="d", new_id=lambda: "fresh")


def replayed(call: dict) -> Event:
    rejected = read(call, 0, by(STRICT))
    assert isinstance(rejected, Rejected)
    again = call_again(rejected)
    assert again
    event = read(again, 5, by(TrackingPlan(), NOON + timedelta(days=3)))
    assert isinstance(event, Event)
    return event


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
        rejected = read(call, 0, by(STRICT))

        assert call_again(rejected) is None
