"""Whose an event is, told by nothing but the event: so that its row never moves.

Each identifier has a partition of its own. An event belongs to that of its highest-ranked identifier; the others it
claims for the same person.
"""

import base64
import hashlib
from functools import lru_cache

from segue.events.event import Event
from segue.events.identifier import ANONYMOUS, USER, Identifier

_PREFIXES = {USER: "u", ANONYMOUS: "a"}
_MOST_REMEMBERED_CHARACTERS = 128


def profile_id_of(identifier: Identifier) -> str:
    """Says nothing of the person, so it may stand in logs and executions."""
    return f"{_PREFIXES.get(identifier.namespace, 'i')}-{_digest(str(identifier))}"


def user_profile_id(user_id: str) -> str:
    return profile_id_of(Identifier(USER, user_id))


def anonymous_profile_id(anonymous_id: str) -> str:
    return profile_id_of(Identifier(ANONYMOUS, anonymous_id))


def home(event: Event) -> str:
    """The profile id of the partition that the event's row stands in, for good."""
    who = event.who
    if not who:
        message = f"event {event.message_id} says nothing of who it was"
        raise ValueError(message)
    return profile_id_of(who[0])


def _digest(text: str) -> str:
    """Remembered for the short ones, as most are: clients choose them, and so many long ones are more than memory."""
    return _known_digest(text) if len(text) <= _MOST_REMEMBERED_CHARACTERS else _new_digest(text)


def _new_digest(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower()[:26]


_known_digest = lru_cache(maxsize=65536)(_new_digest)
