"""Hours as a team writes them: of every day, of each day of the week, of public holidays.

A day's hours are spans from one minute to another; a span over midnight belongs to the day on which it opens.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

#: From a minute of the day to before another one; the second is over 1440 when it is of the next day.
Span = tuple[int, int]
Spans = tuple[Span, ...]

DAY = 1440
ALL_DAY: Spans = ((0, DAY),)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAYS = "holidays"

_CLOSED = "closed"
_SPAN = r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)"
_SPANS = rf"{_SPAN}(\s*,\s*{_SPAN})*"
_DAYS = rf"({'|'.join(WEEK)})(-({'|'.join(WEEK)}))?"
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Hours:
    """`week` is from Monday on. Without `holidays`, a public holiday is as its day of the week."""

    week: tuple[Spans, ...]
    holidays: Spans | None = None
    #: Asked for with every decision, so made once.
    _hash: int = field(init=False, repr=False, compare=False)
    text: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.week, self.holidays)))
        said = self.written
        text = said if isinstance(said, str) else "; ".join(f"{days} {spans}" for days, spans in said.items())
        object.__setattr__(self, "text", text)

    def __hash__(self) -> int:
        return self._hash

    @classmethod
    def parse(cls, given: object) -> "Hours":
        """`09:00-20:00`, or `{mon-fri: 09:00-20:00, sat: closed, holidays: closed}`; a day not named is closed."""
        if isinstance(given, str):
            hours = cls((_spans(given),) * 7)
        elif isinstance(given, Mapping) and given:
            hours = _by_days(given)
        else:
            raise ValueError(f"{given!r} are no hours: write 09:00-20:00, or the hours of each day as mon-fri: …")
        if not any(hours.week) and not hours.holidays:
            remedy = "let no journey send by a channel that stays closed (left out, it has its own hours)"
            raise ValueError(f"{_CLOSED!r} on every day are no hours: {remedy}; a law that forbids it says limit: 0")
        return hours

    @property
    def written(self) -> str | dict[str, str]:
        """The shortest that `parse` reads back."""
        said = {days: _text(spans) for days, spans in self._days()}
        return said["mon-sun"] if list(said) == ["mon-sun"] else said

    def __str__(self) -> str:
        return self.text

    def on(self, day: int) -> str:
        """Of a day of the week, from 0 for Monday."""
        return _text(self.week[day])

    @property
    def told(self) -> str:
        """Without the days on which there are none."""
        return "; ".join(part for part in self.text.split("; ") if not part.endswith(_CLOSED))

    def _days(self) -> Iterator[tuple[str, Spans]]:
        for spans, days in groupby(zip(WEEK, self.week, strict=True), lambda each: each[1]):
            names = [name for name, _ in days]
            yield names[0] if len(names) == 1 else f"{names[0]}-{names[-1]}", spans
        if self.holidays is not None:
            yield HOLIDAYS, self.holidays


def _by_days(given: Mapping[Any, object]) -> Hours:
    said: dict[str, Spans] = {}
    for days, text in given.items():
        spans = _spans(text)
        for day in _named(days):
            if day in said:
                raise ValueError(f"{day!r} is said twice: give each day its hours once")
            said[day] = spans
    return Hours(tuple(said.get(day, ()) for day in WEEK), said.get(HOLIDAYS))


def _named(days: object) -> tuple[str, ...]:
    if days == HOLIDAYS:
        return (HOLIDAYS,)
    if not isinstance(days, str) or re.fullmatch(_DAYS, days) is None:
        raise ValueError(f"{days!r} is no day: write {', '.join(WEEK)}, a range such as mon-fri, or {HOLIDAYS}")
    first, _, last = days.partition("-")
    begin, length = WEEK.index(first), (WEEK.index(last or first) - WEEK.index(first)) % 7 + 1
    return tuple(WEEK[(begin + n) % 7] for n in range(length))


def _spans(text: object) -> Spans:
    if text == _CLOSED:
        return ()
    if not isinstance(text, str) or len(text) > _LONGEST or re.fullmatch(_SPANS, text.strip()) is None:
        shown = repr(text) if len(repr(text)) <= _LONGEST else f"{repr(text)[:40]}…"
        raise ValueError(f"{shown} are no hours: write them as 09:00-20:00, 22:00-06:00 over midnight, or {_CLOSED}")
    spans = sorted(_span(part.strip()) for part in text.split(","))
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise ValueError(f"{text!r} overlap at {_clock(start)}: write them one after the other")
    return tuple(spans)


def _span(text: str) -> Span:
    start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in text.split("-"))
    if start == end:
        raise ValueError(f"{text!r} begin where they end: write 00:00-24:00 for the whole day")
    return start, end if start < end else end + DAY


def _text(spans: Spans) -> str:
    return ", ".join(f"{_clock(start)}-{_clock(end if end <= DAY else end - DAY)}" for start, end in spans) or _CLOSED


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _read(given: Any) -> Any:
    return given if isinstance(given, Hours) else Hours.parse(given)


def _write(hours: Hours) -> str | dict[str, str]:
    return hours.written


_TEXT = {"type": "string", "pattern": rf"^\s*{_SPANS}\s*$", "examples": ["09:00-20:00", "09:00-12:00, 14:00-18:00"]}
_OF_A_DAY = {"type": "string", "pattern": rf"^(\s*{_SPANS}\s*|{_CLOSED})$"}

#: A field of a definition: text or a mapping by days in YAML and JSON, `Hours` inside.
HoursText = Annotated[
    Hours,
    BeforeValidator(_read),
    PlainSerializer(_write, return_type=str | dict[str, str]),
    WithJsonSchema(
        {
            "anyOf": [
                _TEXT,
                {
                    "type": "object",
                    "properties": dict.fromkeys((*WEEK, HOLIDAYS), _OF_A_DAY),
                    "patternProperties": {f"^{_DAYS}$": _OF_A_DAY},
                    "additionalProperties": False,
                    "minProperties": 1,
                    "examples": [{"mon-fri": "09:00-20:00", "sat": "10:00-16:00", "holidays": "closed"}],
                },
            ]
        }
    ),
]
