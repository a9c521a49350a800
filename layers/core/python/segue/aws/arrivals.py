"""What the bus brings by way of a queue, in one batch: events, rejected events, people's timers, the unreadable."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from segue.aws.bus import EVENT, REJECTED, decode_event, decode_rejected
from segue.aws.queues import PROFILE_DUE
from segue.events.event import Event
from segue.events.rejected import Rejected
from segue.profiles.identity import home
from segue.profiles.ports import Due


@dataclass(frozen=True, slots=True)
class Arrivals:
    """By the id of the queue's message."""

    events: dict[str, Event] = field(default_factory=dict)
    rejected: dict[str, Rejected] = field(default_factory=dict)
    due: dict[str, Due] = field(default_factory=dict)
    unreadable: dict[str, Exception] = field(default_factory=dict)


def arrivals(batch: Mapping[str, Any]) -> Arrivals:
    """`batch` as Lambda gets it from SQS; each body is what EventBridge writes."""
    came = Arrivals()
    for record in batch["Records"]:
        id_ = record["messageId"]
        try:
            envelope = json.loads(record["body"])
            match envelope["detail-type"]:
                case str(kind) if kind == EVENT:
                    came.events[id_] = _somebody_s(decode_event(envelope["detail"]))
                case str(kind) if kind == REJECTED:
                    came.rejected[id_] = decode_rejected(envelope["detail"])
                case str(kind) if kind == PROFILE_DUE:
                    detail = envelope["detail"]
                    came.due[id_] = Due(str(detail["profile_id"]), datetime.fromisoformat(detail["at"]))
                case kind:
                    came.unreadable[id_] = ValueError(f"detail-type {kind!r} is not ours")
        except (ValueError, KeyError, TypeError) as error:
            came.unreadable[id_] = error
    return came


def _somebody_s(event: Event) -> Event:
    """Raise `ValueError` when it has neither a user id nor an anonymous id: what came past ingest may be so."""
    home(event)
    return event
