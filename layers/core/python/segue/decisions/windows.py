"""The hours in which a channel may be used, and the first permissible moment, exact across changes of the clock."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_PATTERN = r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)"


@dataclass(frozen=True, slots=True)
class Hours:
    """`start <= wall clock < end`, in minutes of the day; over midnight when the end is before the start."""

    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> "Hours":
        if re.fullmatch(_PATTERN, text.strip()) is None:
            raise ValueError(f"{text!r} are no hours: write them as 09:00-20:00, or 22:00-06:00 over midnight")
        start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in text.strip().split("-"))
        if start == end:
            raise ValueError(f"{text!r} begin where they end: write 00:00-24:00 for the whole day")
        return cls(start, end)

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end)}"

    def hold(self, local: datetime) -> bool:
        minute = local.hour * 60 + local.minute
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _read(given: Any) -> Any:
    return Hours.parse(given) if isinstance(given, str) else given


#: A field of a definition: text in YAML and JSON, `Hours` inside.
HoursText = Annotated[
    Hours,
    BeforeValidator(_read),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_PATTERN}$", "examples": ["09:00-20:00"]}),
]


def next_open(hours: Hours, zone: ZoneInfo, at: datetime) -> datetime:
    """The first moment at or after `at` (UTC) when the wall clock in `zone` is within the hours."""
    if hours.hold(at.astimezone(zone)):
        return at
    return min(moment for moment in _turns(hours, zone, at) if moment > at and hours.hold(moment.astimezone(zone)))


def _turns(hours: Hours, zone: ZoneInfo, at: datetime) -> Iterator[datetime]:
    """The moments of the next days at which closed hours can open: their start, and any change of the clock.

    A start that the clock skips has none; the change itself is then the moment. One that comes twice has two.
    """
    today = at.astimezone(zone).date()
    opens = time(hours.start // 60, hours.start % 60)
    for days in range(-1, 3):
        wall = datetime.combine(today + timedelta(days=days), opens)
        for fold in (0, 1):
            yield wall.replace(fold=fold, tzinfo=zone).astimezone(UTC)
    for days in range(3):
        change = _change(zone, at + timedelta(days=days), at + timedelta(days=days + 1))
        if change is not None:
            yield change


def _change(zone: ZoneInfo, after: datetime, until: datetime) -> datetime | None:
    """The moment in `after < moment <= until` from which the zone's offset is another, to the second."""
    before = after.astimezone(zone).utcoffset()
    if before == until.astimezone(zone).utcoffset():
        return None
    low, high = int(after.timestamp()), -int(-until.timestamp() // 1)
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
