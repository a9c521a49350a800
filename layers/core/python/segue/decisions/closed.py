"""Days on which a team writes to nobody: public holidays, and its own. Each is a calendar day where the person is."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from segue.decisions.definition import Definition
from segue.decisions.holidays import holidays_of
from segue.decisions.hours import ALL_DAY, Spans
from segue.profiles.countries import name_of

_PATTERN = r"(\d{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_A_LEAP_YEAR = 2000


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """Without a year it comes each year; 29 February when there is one."""

    month: int
    day: int
    year: int | None = None

    @classmethod
    def parse(cls, text: str) -> "ClosedDay":
        hint = "write 2026-12-24, or 12-24 for each year"
        if re.fullmatch(_PATTERN, text.strip()) is None:
            raise ValueError(f"{text!r} is no day: {hint}")
        *years, month, day = (int(number) for number in text.strip().split("-"))
        try:
            date(years[0] if years else _A_LEAP_YEAR, month, day)
        except ValueError:
            raise ValueError(f"{text!r} is no day of the calendar: {hint}") from None
        return cls(month, day, years[0] if years else None)

    def __str__(self) -> str:
        year = f"{self.year:04}-" if self.year is not None else ""
        return f"{year}{self.month:02}-{self.day:02}"

    def holds(self, day: date) -> bool:
        return (day.month, day.day) == (self.month, self.day) and self.year in (None, day.year)


def _read(given: Any) -> Any:
    return ClosedDay.parse(given.isoformat() if isinstance(given, date) else given) if not _is_read(given) else given


def _is_read(given: Any) -> bool:
    return not isinstance(given, str | date)


ClosedDayText = Annotated[
    ClosedDay,
    BeforeValidator(_read),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_PATTERN}$", "examples": ["2026-12-24", "12-24"]}),
]


class Closed(Definition):
    """Closed for the named channels, without any for all; and for the named categories, exempt from hours or not."""

    public_holidays: bool = Field(False, description="Those of the person's country, and the part of it.")
    days: tuple[ClosedDayText, ...] = Field((), description="Such as 2026-12-24, or 12-24 for each year.")
    channels: tuple[str, ...] | None = None
    categories: tuple[str, ...] = ("marketing",)

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if not self.public_holidays and not self.days:
            raise ValueError("nothing is closed: say `public_holidays: true`, `days`, or both")
        return self

    def holds_for(self, channel: str, category: str) -> bool:
        return category in self.categories and (self.channels is None or channel in self.channels)


class ClosedDays:
    """All that a policy closes. What was found in it once is remembered."""

    def __init__(self, closed: tuple[Closed, ...]) -> None:
        self.holding = lru_cache(maxsize=256)(self._holding)
        self.opening = lru_cache(maxsize=1024)(self._opening)
        self._closed = closed

    def _holding(self, channel: str, category: str) -> tuple[Closed, ...]:
        return tuple(rule for rule in self._closed if rule.holds_for(channel, category))

    def _opening(self, channel: str, category: str, regions: tuple[str, ...]) -> Callable[[date], Spans]:
        """From midnight to midnight, but on closed days. One that is closed in any of the regions is closed."""
        closed = self.holding(channel, category)

        @lru_cache(maxsize=512)
        def of(day: date) -> Spans:
            return () if why_closed(closed, regions, day) else ALL_DAY

        return of


def why_closed(closed: tuple[Closed, ...], regions: tuple[str, ...], day: date) -> str:
    """What day it is, for a marketer; empty if none that is closed."""
    for rule in closed:
        if any(each.holds(day) for each in rule.days):
            return "a closed day of the policy"
        for region in regions if rule.public_holidays else ():
            if named := holidays_of(region, day.year).get(day):
                return f"{named} in {name_of(region)}"
    return ""
