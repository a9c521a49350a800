"""One computed trait at work: what an event adds to its state, and what the state says at a moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from segue.events.bounds import MOST_WORD_BYTES, fits, short
from segue.events.conditions import NOTHING, Condition, Facts, Trouble
from segue.events.event import Event
from segue.profiles.buckets import Buckets
from segue.profiles.computed import NUMERIC, Kind, Trait
from segue.profiles.shortcut import UNCLEAR, Shortcut, shortcut
from segue.profiles.sketches import (
    MOST_DISTINCT,
    MOST_DISTINCT_IN_BUCKET,
    MOST_FREQUENT,
    MOST_FREQUENT_IN_BUCKET,
    Frequent,
    Sketch,
    text_of,
)
from segue.profiles.states import MILLION, MOST, First, Greatest, Last, Least, Tally, Window, merge

Tell = Callable[[Trouble], None]

#: What all traits of a workspace may take of a person's document, for each identifier under which events stand.
MOST_COMPUTED_BYTES = 120_000

#: Texts beyond it are no values to be told apart; where many are kept, nor are those beyond `MOST_WORD_BYTES`.
_MOST_VALUE_BYTES = 256

_NUMBER, _TOLD_APART = (int, float), (str, int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """A trait over events, ready to be folded. `refunds`: its numbers are taken off, whatever their sign."""

    name: str
    key: str
    trait: Trait
    properties: tuple[tuple[str, tuple[str, ...]], ...]
    numeric: bool
    paths: tuple[tuple[str, ...], ...]
    shortcut: Shortcut | None
    buckets: Buckets | None
    add: Callable[[Any, Event, bool], Any]
    show: Callable[[Any], Any]
    refunds: bool = False

    @classmethod
    def of(cls, name: str, trait: Trait, *, key: str = "", refunds: bool = False) -> "Counting":
        return cls(
            name=name,
            key=key or trait.key(name),
            trait=trait,
            properties=tuple(
                (first, tuple(rest)) for first, *rest in (path.split(".") for path in trait.property or ())
            ),
            numeric=trait.kind in NUMERIC,
            paths=tuple(trait.where.paths()) if trait.where else (),
            shortcut=shortcut(str(trait.where), read_of_event) if trait.where else None,
            buckets=Buckets.of(trait.over) if trait.over else None,
            add=_ADD[trait.kind or "count"],
            show=_SHOWN[trait.kind or "count"],
            refunds=refunds,
        )

    def state(self, event: Event, tell: Tell) -> Any:
        """What the event adds; `None` if it is not one to be counted."""
        if self.trait.where and not self._counts(self.trait.where, event, tell):
            return None
        value: Any = None
        if self.properties:
            value = _value(event, self.properties)
            if value is None or (value := self._fit(value, tell)) is None:
                return None
        buckets = self.buckets
        if buckets is None:
            return self.add(value, event, False)
        # What is dated after its receipt counts from then on: a clock that is fast must not push all others out.
        number = buckets.number(min(event.timestamp, event.received_at))
        return Window({number: self.add(value, event, True)}, buckets.span)

    def shown(self, state: Any, now: datetime) -> Any:
        """The value of a state; `None` when nothing is in the window any more, and that is no number."""
        if self.buckets is not None:
            state = _sum(state.buckets, self.buckets.oldest(now))
        if state is None:
            return 0 if self.trait.kind in ("count", "distinct") else None
        return self.show(state)

    def changes(self, state: Any, after: datetime) -> datetime | None:
        """When its value may change by itself: the next bucket of its window runs out."""
        return self.buckets.next_out(state.buckets, after) if self.buckets else None

    def _counts(self, where: Condition, event: Event, tell: Tell) -> bool:
        answer = self.shortcut(event) if self.shortcut else None
        return where.holds(Facts({"event": _seen(event, self.paths)}), tell) if answer is None else answer

    def _fit(self, value: Any, tell: Tell) -> Any:
        """The value as its kind needs it: a number in millionths, or something short that is told apart."""
        if self.numeric:
            if isinstance(value, bool) or not isinstance(value, _NUMBER) or not -MOST <= value <= MOST:
                tell(Trouble(f"computed trait {self.name}", "a value that is no number does not count"))
                return None
            micros = value * MILLION if isinstance(value, int) else round(value * MILLION)
            return -abs(micros) if self.refunds else micros
        most = MOST_WORD_BYTES if self.trait.kind == "most_frequent" else _MOST_VALUE_BYTES
        if not isinstance(value, _TOLD_APART) or not fits(value, most):
            if self.trait.kind != "count":
                tell(Trouble(f"computed trait {self.name}", "a value that is a list, a map or too long does not count"))
                return None
            return True
        return value


def most_bytes(trait: Trait) -> int:
    """What a trait takes of a document at most, in each part."""
    if trait.kind is None:
        return 0
    if trait.over is None:
        return _KEY_BYTES + _STATE_BYTES[trait.kind][0]
    return _KEY_BYTES + (Buckets.of(trait.over).span + 1) * (_BUCKET_BYTES + _STATE_BYTES[trait.kind][1])


def _sum(buckets: Mapping[int, Any], oldest: int) -> Any:
    """Of the buckets from the oldest on that counts; `None` if there are none."""
    states = [state for number, state in buckets.items() if number >= oldest]
    if len(states) < 2:  # noqa: PLR2004 - nothing is to be added up
        return states[0] if states else None
    state = states[0]
    if type(state) is Tally:
        return Tally(sum([each.n for each in states]), sum([each.micros for each in states]))
    for each in states[1:]:
        state = merge(state, each)
    return state


def _value(event: Event, properties: tuple[tuple[str, tuple[str, ...]], ...]) -> Any:
    """Of the first property that is there."""
    for first, rest in properties:
        value = event.properties.get(first)
        for step in rest:
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is not None:
            return value
    return None


def read_of_event(path: tuple[str, ...]) -> Callable[[Event], Any]:
    """How to find what a condition reads of an event, as `shortcut` wants it."""
    _, word, *steps = path
    if word in ("type", "name", "source") and not steps:
        return attrgetter(word)
    if word not in ("properties", "traits", "context"):
        return lambda _event: UNCLEAR

    def value(event: Event) -> Any:
        found = getattr(event, word)
        for step in steps:
            if type(found) is not dict:
                return UNCLEAR
            if step not in found:
                return NOTHING
            found = found[step]
        return found

    return value


def _seen(event: Event, paths: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
    """The event, with no more of it than the paths lead to: the whole of it costs more than a condition does."""
    seen: dict[str, Any] = {}
    for _, word, *rest in paths:
        value = event.message_id if word == "id" else getattr(event, word)
        if not rest or not isinstance(value, Mapping):
            seen[word] = value
        elif word not in seen or rest[0] not in seen[word]:
            seen[word] = {**seen.get(word, {}), **({rest[0]: value[rest[0]]} if rest[0] in value else {})}
    return seen


#: Of the state of a kind, over all time and in a bucket. The longest number is a sum of 20 digits.
_NUMBERS, _WORD = 60, _MOST_VALUE_BYTES + MOST_WORD_BYTES + 80
_STATE_BYTES: Mapping[Kind, tuple[int, int]] = {
    **dict.fromkeys(("count", "sum", "average", "min", "max"), (_NUMBERS, _NUMBERS)),
    **dict.fromkeys(("first", "last"), (_WORD, _WORD)),
    "most_frequent": (MOST_FREQUENT * 80, MOST_FREQUENT_IN_BUCKET * 80 + 30),
    "distinct": (MOST_DISTINCT * 11, MOST_DISTINCT_IN_BUCKET * 11 + 30),
}
_KEY_BYTES, _BUCKET_BYTES = 80, 16

_ONE = Tally(1)

#: From the value that fits, the event, and whether it is for a bucket of a window.
_ADD: Mapping[Kind, Callable[[Any, Event, bool], Any]] = {
    "count": lambda _value, _event, _bounded: _ONE,
    "sum": lambda micros, _event, _bounded: Tally(1, micros),
    "average": lambda micros, _event, _bounded: Tally(1, micros),
    "min": lambda micros, _event, _bounded: Least(micros),
    "max": lambda micros, _event, _bounded: Greatest(micros),
    "first": lambda value, event, _bounded: First(value, event.timestamp, short(event.message_id)),
    "last": lambda value, event, _bounded: Last(value, event.timestamp, short(event.message_id)),
    "most_frequent": lambda value, _event, bounded: Frequent(
        {text_of(value): 1}, MOST_FREQUENT_IN_BUCKET if bounded else MOST_FREQUENT
    ),
    "distinct": lambda value, _event, bounded: Sketch.of(value, MOST_DISTINCT_IN_BUCKET if bounded else MOST_DISTINCT),
}

_SHOWN: Mapping[Kind, Callable[[Any], Any]] = {
    "count": lambda state: state.n,
    "sum": lambda state: state.micros / MILLION,
    "average": lambda state: state.micros / state.n / MILLION,
    "min": lambda state: state.least / MILLION,
    "max": lambda state: state.greatest / MILLION,
    "first": lambda state: state.first,
    "last": lambda state: state.last,
    "most_frequent": lambda state: state.most(),
    "distinct": lambda state: state.distinct(),
}
