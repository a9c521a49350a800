"""Whose an event is, told by nothing but the event: so that its row never moves.

An event belongs to the partition of its user id if it has one, else to that of its anonymous id. An event with both
claims the anonymous id for the user.
"""

import base64
import hashlib
from collections.abc import Iterator
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


@lru_cache(maxsize=65536)
def _digest(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower()[:26]
