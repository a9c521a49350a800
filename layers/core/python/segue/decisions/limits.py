"""How a policy limits what a person gets: caps, and what it does as one comes near."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from math import ceil
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from segue.decisions.definition import Definition
from segue.decisions.reasons import Reason
from segue.duration import Duration, parse, spoken, write
from segue.profiles.ledger import Touch

Unit = Literal["day", "week", "month", "visit"]
UNITS: tuple[Unit, ...] = ("day", "week", "month", "visit")


def _per(given: Any) -> Any:
    if isinstance(given, timedelta) or given in UNITS:
        return given
    if not isinstance(given, str):
        raise ValueError(f"{given!r} is no span: write one such as 24h or 7d, or {', '.join(UNITS)}")  # noqa: TRY004
    try:
        return parse(given)
    except ValueError:
        raise ValueError(f"{given!r} is no span: write one such as 24h or 7d, or {', '.join(UNITS)}") from None


def written(per: timedelta | str) -> str:
    return per if isinstance(per, str) else write(per)


#: A span that rolls along with time, or a unit of the calendar, or the visit that is under way.
Per = Annotated[
    timedelta | Unit,
    BeforeValidator(_per),
    PlainSerializer(written, return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": r"^(day|week|month|visit|(\d+[wdhms])+)$", "examples": ["24h", "day"]}
    ),
]


def _positive(limit: int) -> int:
    """A cap of 0 can be read: `segue lint` tells what it comes to."""
    if limit < 0:
        raise ValueError(f"a limit is 1 or more, and not {limit}")
    return limit


Most = Annotated[int, AfterValidator(_positive), Field(json_schema_extra={"minimum": 1})]


class Slow(Definition):
    """From `after`, a share of the limit, on, there are `by` between two touches; less, the higher the priority is.

    A request of priority 0 waits for all of it, one of 9 for none.
    """

    after: float = Field(gt=0, lt=1)
    by: Duration

    def few(self, limit: int) -> int:
        """The number from which on there is a distance, one at least.

        0.07 of 100 is 7, though as numbers go it is a little more.
        """
        return max(1, ceil(round(self.after * limit, 6)))


class Cap(Definition):
    """At most `limit` touches `per` span or unit: of these channels, topics and categories; none named: of all.

    With no categories named, those count and are held back that are not exempt (see `Category`).

    `kind` follows from `per`: a span rolls, and a day, a week (from Monday) or a month is the calendar's where the
    person is. `each_topic`: of each topic by itself. `when_full`: wait for room, or stop and drop.
    """

    limit: Most
    per: Per
    kind: Literal["rolling", "calendar(profile)", "calendar(utc)"] | None = None
    categories: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    topics: tuple[str, ...] | None = None
    each_topic: bool = False
    when_full: Literal["wait", "stop"] = "wait"
    slow: Slow | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if isinstance(self.per, timedelta) and self.kind not in (None, "rolling"):
            raise ValueError(f"a cap of kind {self.kind} is per day, week or month, not per {write(self.per)}")
        if isinstance(self.per, str) and self.kind == "rolling":
            raise ValueError(f"a rolling cap is per span, such as 24h or 7d, not per {self.per}")
        if self.per == "visit" and self.kind is not None:
            raise ValueError("a cap per visit has no kind")
        return self

    def is_about(self, topic: str | None) -> bool:
        return self.topics is None or topic in self.topics

    @property
    def in_words(self) -> str:
        match self.per:
            case timedelta():
                return f"in {spoken(self.per)}"
            case "visit":
                return "in this visit"
            case unit:
                return f"this calendar {unit}" + (" (UTC)" if self.kind == "calendar(utc)" else "")

    @property
    def horizon(self) -> timedelta:
        """For how long a touch can matter."""
        return self.per if isinstance(self.per, timedelta) else _LONGEST[self.per]


#: The longest that a unit can be; of a visit, longer than anybody stays.
_LONGEST = {
    "day": timedelta(hours=50),
    "week": timedelta(days=8),
    "month": timedelta(days=32),
    "visit": timedelta(days=2),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Limit:
    """A cap as it holds: what it is called, and which touches count.

    Those on its `channels`; none named: on all but `unexposed` ones. Of the categories that the cap names; none named:
    of all but `uncounted` ones. It is no other's equal: a policy has one of each, for all the channels that it is over.
    """

    name: str
    reason: Reason
    cap: Cap
    channels: frozenset[str] | None = None
    unexposed: frozenset[str] = frozenset()
    uncounted: frozenset[str] = frozenset()

    def fills(self, channel: str, category: str, topic: str | None) -> bool:
        """Whether such a touch counts."""
        cap = self.cap
        of = category in cap.categories if cap.categories is not None else category not in self.uncounted
        return of and self.is_on(channel) and cap.is_about(topic)

    def is_on(self, channel: str) -> bool:
        return channel in self.channels if self.channels else channel not in self.unexposed

    def filled_by(self, touch: Touch) -> bool:
        return self.fills(touch.channel, touch.category, touch.topic)

    @cached_property
    def span(self) -> str:
        return self.cap.in_words

    @cached_property
    def forgets_after(self) -> timedelta | None:
        """How old a touch may be to matter, where that is the same for all; as one slows others, it may be older."""
        return self.cap.per if isinstance(self.cap.per, timedelta) and self.cap.slow is None else None
