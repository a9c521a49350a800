"""What the laws say of hours and of how many: each a dated row with its source, shipped as data, to be added to.

Rows are read by `segue.workspace.laws`, and travel in the policy.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from segue.decisions.definition import Definition
from segue.decisions.hours import HoursText
from segue.decisions.limits import Most
from segue.decisions.people import Region
from segue.decisions.windows import HORIZON, Day, all_of, opening
from segue.duration import Duration

Source = Annotated[str, Field(pattern=r"^https?://\S+$")]


class Law(Definition):
    """`hours` when it may be written, by local time; or at most `limit` messages in any span of `per`, or both.

    In force from `since` on and before `until`, by the calendar where the person is. `checked` says what was read: the
    law itself or a copy of it, what others write of it, or nothing.
    """

    regions: tuple[Region, ...] = Field(description="Countries, or parts of one: US, US-FL.")
    law: str = Field(min_length=1, description="The paragraph.")
    source: Source = Field(description="Where it can be read.")
    since: date
    until: date | None = None
    checked: Literal["law", "commentary", "nothing"] = "nothing"
    note: str = ""
    channels: tuple[str, ...] = ("sms", "calls")
    hours: HoursText | None = None
    limit: Most | None = None
    per: Duration | None = None
    same_topic: bool = Field(False, description="Only messages on one topic count together.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.regions:
            raise ValueError("the row holds nowhere: name its `regions`, such as US or US-FL")
        if (self.limit is None) != (self.per is None):
            raise ValueError("a `limit` and its span of time, `per`, go together: say both")
        if self.hours is None and self.limit is None:
            raise ValueError("the row asks for nothing: give it `hours`, or a `limit` and `per`")
        if self.until is not None and self.until <= self.since:
            raise ValueError("the row ends before it begins: `until` is after `since`")
        return self

    def holds_in(self, region: str) -> bool:
        return region in self.regions or region.partition("-")[0] in self.regions

    def may_hold_in(self, region: str) -> bool:
        """It does, or it is the law of a part of a country of which the part is not known."""
        return self.holds_in(region) or any(each.startswith(f"{region}-") for each in self.regions)

    def places_in(self, regions: tuple[str, ...]) -> tuple[str, ...]:
        """Where a person of these regions is, as far as it holds there, or may; its own if nothing is known of them."""
        found: list[str] = []
        for region in regions:
            inside = (each for each in self.regions if each.startswith(f"{region}-"))
            found += (region,) if self.holds_in(region) else inside
        return tuple(dict.fromkeys(found)) or self.regions

    def counts(self, channel: str, category: str, at_any_hour: frozenset[str]) -> bool:
        """Whether such a message counts in its limit: on its channels, and not of what is sent whatever the hour."""
        return channel in self.channels and category not in at_any_hour

    def within(self, first: date, last: date) -> bool:
        """Whether it is in force on any of these days."""
        return self.since <= last and (self.until is None or first < self.until)


class NamedLaw(Law):
    name: str

    def __hash__(self) -> int:
        """Sooner found than of all that it says: what is remembered of a law is asked for with every decision."""
        return hash(self.name)


class InForce(NamedTuple):
    """What holds from some day on: hours, each as its rule is called, told and open; and limits."""

    hours: tuple[tuple[str, str, Day], ...]
    limits: tuple[NamedLaw, ...]


class LawBook:
    """All rows of a policy. What was found in them once is remembered."""

    def __init__(self, laws: tuple[NamedLaw, ...]) -> None:
        self.channels = frozenset(channel for law in laws for channel in law.channels)
        self.in_force = lru_cache(maxsize=1024)(self._in_force)
        self.places = lru_cache(maxsize=64)(self._places)
        self._laws = laws

    def _places(self, channel: str, year: int) -> tuple[str, ...]:
        """Where some law says something of the channel, in a year or as far as one looks ahead from it."""
        first, last = date(year, 1, 1), date(year, 12, 31) + HORIZON
        laws = [law for law in self._laws if channel in law.channels and law.within(first, last)]
        return tuple(dict.fromkeys(region for law in laws for region in law.regions))

    def _in_force(self, channel: str, regions: tuple[str, ...], known: bool, today: date) -> InForce:
        """What holds for this channel from a day on, as far as one looks ahead; and what may hold, all as one."""
        laws = [law for law in self._laws if channel in law.channels and law.within(today, today + HORIZON)]
        sure = [law for law in laws if known and any(law.holds_in(region) for region in regions)]
        held = {law.name for law in sure}
        maybe = [law for law in laws if law.name not in held and _may_hold(law, regions)]
        hours = [(f"law: {law.name}", _allowed(law, today), _opening(law, regions)) for law in sure if law.hours]
        if unsure := [law for law in maybe if law.hours]:
            name, told = any_of(unsure)
            hours.append((f"law: {name}", told, all_of(tuple([_opening(law, regions) for law in unsure]))))
        return InForce(tuple(hours), tuple([law for law in (*sure, *maybe) if law.limit is not None]))


def _may_hold(law: NamedLaw, regions: tuple[str, ...]) -> bool:
    """Or holds, in any of the regions; without a region, anywhere."""
    return not regions or any(law.may_hold_in(region) for region in regions)


def any_of(laws: Sequence[NamedLaw]) -> tuple[str, str]:
    """What laws with hours are called of which one does not know whether they hold, and what they allow, by hours."""
    by_hours: dict[str, list[str]] = {}
    for law in laws:
        by_hours.setdefault(str(law.hours), []).append(law.name)
    if len(laws) == 1:
        return f"{laws[0].name}, if it holds", f"allowed are {laws[0].hours} ({laws[0].law})"
    each = [f"{', '.join(names)} {hours.replace(';', ',')}" for hours, names in by_hours.items()]
    return f"any of {len(laws)}", f"any of these may hold, so it must suit all: {'; '.join(each)}"


def _allowed(law: NamedLaw, today: date) -> str:
    begins = f" from {law.since} on" if law.since > today else ""
    return f"allowed are {law.hours}{begins} ({law.law})"


def _opening(law: NamedLaw, regions: tuple[str, ...]) -> Day:
    """When it allows it to a person of these regions. A public holiday is one where the person is."""
    if law.hours is None:
        raise ValueError(f"the law {law.name!r} has no hours")
    places = law.places_in(regions) if law.hours.holidays is not None else ()
    return opening(law.hours, places, law.since, law.until)
