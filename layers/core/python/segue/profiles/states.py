"""What a computed trait remembers of the events it counts: values that merge in any order to the same result.

Every state is of at least one event, and `merge` is commutative and associative over disjoint sets of events. Numbers
are kept in whole millionths, since floats add up differently in another order.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Discriminator, Tag

from segue.profiles.sketches import Frequent, Sketch

MILLION = 1_000_000

#: Beyond it a number is taken for nonsense: a millionth of it would not be told apart any more.
MOST = 10**15


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, and their sum in millionths."""

    n: int
    micros: int = 0

    def merge(self, other: "Tally") -> "Tally":
        return Tally(self.n + other.n, self.micros + other.micros)


@dataclass(frozen=True, slots=True)
class Least:
    least: int

    def merge(self, other: "Least") -> "Least":
        return self if self.least <= other.least else other


@dataclass(frozen=True, slots=True)
class Greatest:
    greatest: int

    def merge(self, other: "Greatest") -> "Greatest":
        return self if self.greatest >= other.greatest else other


@dataclass(frozen=True, slots=True)
class First:
    """The value of the first event, by time, ties by message id, and by its text if even that is the same."""

    first: Any
    at: datetime
    id: str

    def merge(self, other: "First") -> "First":
        if self.at != other.at:
            return self if self.at < other.at else other
        return min(self, other, key=lambda each: (each.id, json.dumps(each.first)))


@dataclass(frozen=True, slots=True)
class Last:
    last: Any
    at: datetime
    id: str

    def merge(self, other: "Last") -> "Last":
        if self.at != other.at:
            return self if self.at > other.at else other
        return max(self, other, key=lambda each: (each.id, json.dumps(each.last)))


#: Told apart by the first of their fields.
_TAGS = {"n": "tally", "least": "least", "greatest": "greatest", "first": "first", "last": "last"}
_TAGS |= {"counts": "frequent", "hashes": "sketch", "buckets": "window"}


def _tag(value: Any) -> str | None:
    return _TAGS.get(next(iter(value), "")) if isinstance(value, dict) else type(value).__name__.lower()


Simple = Annotated[
    Annotated[Tally, Tag("tally")]
    | Annotated[Least, Tag("least")]
    | Annotated[Greatest, Tag("greatest")]
    | Annotated[First, Tag("first")]
    | Annotated[Last, Tag("last")]
    | Annotated[Frequent, Tag("frequent")]
    | Annotated[Sketch, Tag("sketch")],
    Discriminator(_tag),
]


@dataclass(frozen=True, slots=True)
class Window:
    """A state for each bucket of time that may still count: the newest bucket of all, and `span` before it.

    The newest bucket of a set of events does not depend on their order, so neither does what is dropped.
    """

    buckets: Mapping[int, Simple]
    span: int

    def merge(self, other: "Window") -> "Window":
        merged = {**self.buckets}
        for bucket, state in other.buckets.items():
            mine = merged.get(bucket)
            merged[bucket] = state if mine is None else merge(mine, state)
        if len(merged) > len(self.buckets):
            oldest = max(merged) - self.span
            if min(merged) < oldest:
                merged = {bucket: state for bucket, state in merged.items() if bucket >= oldest}
        return Window(merged, self.span)


State = Annotated[
    Annotated[Simple, Tag("simple")] | Annotated[Window, Tag("window")],
    Discriminator(lambda value: "window" if _tag(value) == "window" else "simple"),
]


def merge(mine: Any, theirs: Any) -> Any:
    """Of two states of one trait, so of one kind. Raise `TypeError` for two kinds: a key was given twice."""
    if type(mine) is not type(theirs):
        message = f"a {type(mine).__name__} and a {type(theirs).__name__} are no states of one trait"
        raise TypeError(message)
    return mine.merge(theirs)
