"""How fast a channel may be woken: so many in so long, and the moments that come of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_UNITS = {"s": 1, "m": 60}
_PATTERN = r"(\d+)/([sm])"


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` in each second (`unit` is `s`) or minute (`m`) of real time."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Rate":
        found = re.fullmatch(_PATTERN, text.strip())
        if found is None:
            raise ValueError(f"{text!r} is no rate: write a whole number and a unit, such as 50/s or 600/m")
        if int(found[1]) == 0:
            raise ValueError(f"{text!r} would let nothing go: leave the rate out, or write at least 1/m")
        return cls(int(found[1]), found[2])

    def __str__(self) -> str:
        return f"{self.count}/{self.unit}"

    @property
    def every(self) -> timedelta:
        """From one to the next; rounded up, so that it is never more."""
        return timedelta(microseconds=ceil(_UNITS[self.unit] * 1_000_000 / self.count))


def _read(given: Any) -> Any:
    return given if isinstance(given, Rate) else Rate.parse(str(given))


#: A field of a definition: text in YAML and JSON, `Rate` inside.
RateText = Annotated[
    Rate,
    BeforeValidator(_read),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^0*[1-9]\d*/[sm]$", "examples": ["50/s", "600/m"]}),
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A slot for one request: `since <= slot < before`."""

    since: datetime
    before: datetime


def slotted(
    wanted: Sequence[Wanted], free: datetime | None, every: timedelta
) -> tuple[list[datetime | None], datetime | None]:
    """A slot for each, in their order, and from when on one is free then. What comes too late for one takes none."""
    slots: list[datetime | None] = []
    for each in wanted:
        slot = max(each.since, free) if free else each.since
        if slot < each.before:
            slots.append(slot)
            free = slot + every
        else:
            slots.append(None)
    return slots, free
