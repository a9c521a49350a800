"""How long what a client says may be, for a profile to keep it: in bytes of its JSON, since that is what is stored."""

import hashlib
import json
from typing import Any

MOST_NAME_BYTES, MOST_TRAIT_BYTES, MOST_WORD_BYTES = 100, 512, 64

#: A character takes at most so many: a control character as an escape, any other at most four bytes of UTF-8.
_WIDEST = 6

#: JSON sets no limit to the digits of a number; so many bits have at most 20.
_WORD_BITS = 64


def fits(value: Any, most: int) -> bool:
    """Whether the JSON of a value, without the quotes of a text, has at most so many bytes."""
    if isinstance(value, str):
        return len(value) * _WIDEST <= most or (len(value) <= most and _size(value) - 2 <= most)
    if value is None or isinstance(value, float) or (isinstance(value, int) and value.bit_length() <= _WORD_BITS):
        return True
    return _size(value) <= most


def is_trait(name: str, value: Any) -> bool:
    """Whether a profile keeps it: what is larger stays in the timeline alone."""
    return fits(name, MOST_NAME_BYTES) and fits(value, MOST_TRAIT_BYTES)


def cut(text: str, most: int = MOST_WORD_BYTES) -> str:
    """The beginning of a text that fits."""
    if fits(text, most):
        return text
    room = most
    for position, character in enumerate(text):
        room -= _size(character) - 2
        if room < 0:
            return text[:position]
    return text


def short(message_id: str) -> str:
    """A long id by its digest."""
    return message_id if fits(message_id, MOST_WORD_BYTES) else hashlib.sha256(message_id.encode()).hexdigest()


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode(errors="replace"))
