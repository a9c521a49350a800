"""One thing that happened, in the Segment spec, as it travels on the bus and stands in the timeline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

EventType = Literal["track", "identify", "page", "screen", "group", "alias"]

#: The name under which journeys know the events that the spec gives no name of their own.
NAMES: Mapping[EventType, str] = {
    "identify": "Identified",
    "page": "Page Viewed",
    "screen": "Screen Viewed",
    "group": "Grouped",
    "alias": "Aliased",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`timestamp` is when it happened on the server's clock (skew-corrected, UTC); `received_at` when it reached us.

    `client_time` is the time as the client wrote it, before correction: it is the same in every retry, which
    `timestamp` is not, and so tells an event from its repetition. None when the client gave no time.
    `name` is canonical: a track call's event, else one of `NAMES`. `notes` tells what ingest had to change.
    At least one of `user_id` and `anonymous_id` is set.
    """

    message_id: str
    type: EventType
    name: str
    timestamp: datetime
    received_at: datetime
    source: str
    user_id: str | None = None
    anonymous_id: str | None = None
    previous_id: str | None = None
    client_time: datetime | None = None
    group_id: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[datetime, str]:
        """The order of events of one person: by time, ties by message id."""
        return (self.timestamp, self.message_id)
