"""Whose an event is, told by nothing but the event: so that its row never moves, and a repetition lands on it.

An event belongs to the partition of its user id if it has one, else to that of its anonymous id. An event with both
claims the anonymous id for the user.
"""

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

from segue.events.event import Event
from segue.profiles.profile import Claim


def user_profile_id(user_id: str) -> str:
    return f"u-{_digest(f'user_id:{user_id}')}"


def anonymous_profile_id(anonymous_id: str) -> str:
    return f"a-{_digest(f'anonymous_id:{anonymous_id}')}"


def home(event: Event) -> str:
    """The profile id of the partition that the event's row stands in, for good."""
    if event.user_id:
        return user_profile_id(event.user_id)
    if event.anonymous_id:
        return anonymous_profile_id(event.anonymous_id)
    message = f"event {event.message_id} has neither a user id nor an anonymous id"
    raise ValueError(message)


def claims(event: Event) -> Iterator[tuple[str, Claim]]:
    """The anonymous ids that the event says are its user's. `alias` says it of its previous id."""
    if not event.user_id or not (event.anonymous_id or event.previous_id):
        return
    claim = Claim(user_profile_id(event.user_id), event.timestamp, event.message_id)
    said = {event.anonymous_id, event.previous_id if event.type == "alias" else None}
    for anonymous_id in sorted(said - {None, ""}, key=str):
        yield str(anonymous_id), claim


def timeline_key(event: Event) -> str:
    """The sort key of the event's row: by the time that the client wrote, the same in every retry."""
    return f"{timeline_moment(event.client_time or event.timestamp)}#{event.message_id}"


def timeline_moment(at: datetime) -> str:
    return f"EVENT#{at.astimezone(UTC).isoformat(timespec='milliseconds')}"


def marker_key(event: Event) -> str | None:
    """The sort key of a second row for an event without a time of its client, whose row a retry would miss."""
    return None if event.client_time else f"SEEN#{event.message_id}"


def fingerprint(event: Event) -> str:
    """Equal for an event and its repetition."""
    return f"{home(event)}/{marker_key(event) or timeline_key(event)}"


@lru_cache(maxsize=65536)
def _digest(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower()[:26]
