"""One thing that happened, in the Segment spec, as it travels on the bus and stands in the timeline."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from segue.events.identifier import ANONYMOUS, USER, Identifier

EventType = Literal["track", "identify", "page", "screen", "group", "alias"]

#: The name under which journeys know the events that the spec gives no name of their own.
NAMES: Mapping[EventType, str] = {
    "identify": "Identified",
    "page": "Page Viewed",
    "screen": "Screen Viewed",
    "group": "Grouped",
    "alias": "Aliased",
}

#: Of a message id.
MOST_ID_CHARACTERS = 100

#: The source of the calls of imported files.
IMPORT_SOURCE = "import"

#: The source of what Segue itself tells of a person, and the names of those events.
OWN_SOURCE = "segue"
OWN_NAMES = (
    *("Session Started", "Session Ended", "Segment Entered", "Segment Left"),
    "Lifecycle Stage Changed",
)


#: What a condition may read of `event`.
WORDS = (
    *("id", "type", "name", "timestamp", "received_at", "source", "user_id", "anonymous_id", "group_id"),
    *("properties", "traits", "context"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`timestamp` is when it happened on the server's clock (skew-corrected, UTC); `received_at` when it reached us.

    `client_time` is the time as the client wrote it, before correction: it is the same in every retry, which
    `timestamp` is not, and so tells an event from its repetition. None when the client gave no time.
    `name` is canonical: a track call's event, else one of `NAMES`. `notes` tells what ingest had to change.
    `identifiers` are all that the event says of who it was, by rank; they are only given where there is more than a
    user id and an anonymous id. There is at least one: see `who`.
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
    identifiers: tuple[Identifier, ...] = ()

    @property
    def who(self) -> tuple[Identifier, ...]:
        """By rank: the first one is whose the event is; the others are claimed for the same person."""
        if self.identifiers:
            return self.identifiers
        said = ((USER, self.user_id), (ANONYMOUS, self.anonymous_id))
        previous = self.previous_id if self.type == "alias" and self.user_id else None
        known = [Identifier(namespace, value) for namespace, value in said if value]
        if previous and previous != self.anonymous_id:
            known.append(Identifier(ANONYMOUS, previous))
        return tuple(known)

    @property
    def order(self) -> tuple[datetime, str]:
        """The order of events of one person: by time, ties by message id."""
        return (self.timestamp, self.message_id)

    def as_call(self) -> dict[str, Any]:
        """The call of the Segment spec that a client would make of it, with its canonical name."""
        call = {
            "type": self.type,
            "event": self.name if self.type == "track" else None,
            "userId": self.user_id,
            "anonymousId": self.anonymous_id,
            "previousId": self.previous_id,
            "groupId": self.group_id,
            "messageId": self.message_id,
            "timestamp": self.timestamp.isoformat(),
            "properties": dict(self.properties),
            "traits": dict(self.traits),
            "context": dict(self.context),
        }
        return {name: value for name, value in call.items() if value not in (None, {})}


def belonging_to(identifier: Identifier, event: Event) -> Event:
    """The event as one that happened to whom this identifier belongs, and says nothing of others."""
    user_id, anonymous_id, others = written(identifier)
    return replace(event, user_id=user_id, anonymous_id=anonymous_id, previous_id=None, identifiers=others)


def written(identifier: Identifier) -> tuple[str | None, str | None, tuple[Identifier, ...]]:
    """The `user_id`, `anonymous_id` and `identifiers` of an event that names nobody else."""
    user_id = identifier.value if identifier.namespace == USER else None
    anonymous_id = identifier.value if identifier.namespace == ANONYMOUS else None
    return user_id, anonymous_id, () if user_id or anonymous_id else (identifier,)
