"""Which values there were, in bounded room: those whose hashes are the smallest.

Whether a value is among the smallest of all depends on the set of values alone, and one that is, was so among any part
of them: so what is kept of it is exact, whatever the order. Up to `room` values everything is.
"""

import base64
import hashlib
import json
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from struct import pack, unpack
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

#: Over all time, and in each bucket of a sliding window.
MOST_DISTINCT, MOST_DISTINCT_IN_BUCKET = 256, 32
MOST_FREQUENT, MOST_FREQUENT_IN_BUCKET = 128, 8

_HASHES = 2**64


@lru_cache(maxsize=65536)
def hash_of(text: str) -> int:
    """The same on every machine: 64 bits."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


_read = lru_cache(maxsize=65536)(json.loads)
_write = json.JSONEncoder(ensure_ascii=False).encode


def text_of(value: Any) -> str:
    """Equal values have equal texts: 1 and 1.0 are one value."""
    return _write(int(value) if isinstance(value, float) and value.is_integer() else value)


def _pack(hashes: tuple[int, ...]) -> str:
    return base64.b64encode(pack(f">{len(hashes)}Q", *hashes)).decode()


def _unpack(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    packed = base64.b64decode(given)
    return unpack(f">{len(packed) // 8}Q", packed)


@dataclass(frozen=True, slots=True)
class Frequent:
    """How often each value came, by its text. `more`: there were values beyond `room`, which are not counted."""

    counts: Mapping[str, int]
    room: int = MOST_FREQUENT
    more: bool = False

    def merge(self, other: "Frequent") -> "Frequent":
        merged = dict(self.counts)
        for text, count in other.counts.items():
            merged[text] = merged.get(text, 0) + count
        room = min(self.room, other.room)
        if len(merged) <= room:
            return Frequent(merged, room, self.more or other.more)
        kept = sorted(merged, key=lambda text: (hash_of(text), text))[:room]
        return Frequent({text: merged[text] for text in kept}, room, more=True)

    def most(self) -> Any:
        """The most frequent value; of several, the one whose text sorts first."""
        most = max(self.counts.values())
        return _read(min([text for text, count in self.counts.items() if count == most]))


@dataclass(frozen=True, slots=True)
class Sketch:
    """The smallest hashes, ascending: the k-minimum-values sketch of Bar-Yossef et al. (RANDOM 2002)."""

    hashes: Annotated[tuple[int, ...], BeforeValidator(_unpack), PlainSerializer(_pack, return_type=str)]
    room: int = MOST_DISTINCT
    more: bool = False

    @classmethod
    def of(cls, value: Any, room: int = MOST_DISTINCT) -> "Sketch":
        return cls((hash_of(text_of(value)),), room)

    def merge(self, other: "Sketch") -> "Sketch":
        few, many = (self, other) if len(self.hashes) < len(other.hashes) else (other, self)
        room, more = min(self.room, other.room), self.more or other.more
        hashes = _with(many.hashes, few.hashes[0]) if len(few.hashes) == 1 else _union(many.hashes, few.hashes)
        if hashes is many.hashes and room == many.room and more == many.more:
            return many
        return Sketch(hashes[:room], room, more or len(hashes) > room)

    def distinct(self) -> int:
        """Exact until there are more than `room`; then estimated, with a standard error of 1/√room."""
        if not self.more:
            return len(self.hashes)
        return round((len(self.hashes) - 1) * _HASHES / max(self.hashes[-1], 1))


def _with(hashes: tuple[int, ...], one: int) -> tuple[int, ...]:
    at = bisect_left(hashes, one)
    return hashes if at < len(hashes) and hashes[at] == one else (*hashes[:at], one, *hashes[at:])


def _union(mine: tuple[int, ...], theirs: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted({*mine, *theirs}))
