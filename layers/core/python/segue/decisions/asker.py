"""Whose hours are looked at, and when: what the rules of timing ask for, each found when it is asked for first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from segue.decisions.policy import Policy
from segue.decisions.rule import Next
from segue.decisions.whose_law import Whose, whose_law
from segue.decisions.windows import Day, all_of, next_open_in_all, told_apart
from segue.events.zones import zone_named
from segue.profiles.countries import time_zones_of
from segue.profiles.profile import Part

#: So many clocks are told one by one.
_FEW = 4


class Asker:
    """`zones`: in which the person may be. What takes a while is found when it is asked for first, and kept."""

    __slots__ = (
        "_clocks", "_law_zones", "_whose", "category", "category_name", "channel", "now", "part", "policy", "zone",
        "zones",
    )  # fmt: skip

    def __init__(self, part: Part, policy: Policy, channel: str, category: str, now: datetime) -> None:
        self.part, self.policy, self.channel, self.now = part, policy, channel, now
        self.category_name, self.category = category, policy.category(category)
        self.zone = zone_named(str(part.time_zone.value)) if part.time_zone else None
        self.zones = (self.zone,) if self.zone else policy.possible_zones
        self._whose: Whose | None = None
        self._law_zones = self.zones if self.zone else ()
        self._clocks = ""

    @property
    def whose(self) -> Whose:
        self._whose = self._whose or whose_law(self.part, self.policy, self.channel)
        return self._whose

    @property
    def law_zones(self) -> tuple[ZoneInfo, ...]:
        """In which the law must be kept: while the zone is unknown, all of the places where the person may be."""
        self._law_zones = self._law_zones or zones_of_law(self.whose, self.policy, self.now.year)
        return self._law_zones

    @property
    def today(self) -> date:
        """By the law; where it is earliest."""
        return min([self.now.astimezone(zone).date() for zone in self.law_zones])

    @property
    def law_clocks(self) -> str:
        return self.clocks if self.zone else f"time zone unknown, must suit {clocks(self.law_zones, self.now)}"

    @property
    def clocks(self) -> str:
        self._clocks = self._clocks or clocks(self.zones, self.now)
        return self._clocks


def zones_of_law(whose: Whose, policy: Policy, year: int) -> tuple[ZoneInfo, ...]:
    """Those that the policy takes for possible, and those of the places that are known, or that it names."""
    places = whose.regions if whose.known else policy.possible_regions
    return _zones_of(places, policy.possible_zones, year)


@lru_cache(maxsize=1024)
def _zones_of(places: tuple[str, ...], possible: tuple[ZoneInfo, ...], year: int) -> tuple[ZoneInfo, ...]:
    there = [zone for place in places for name in time_zones_of(place) if (zone := zone_named(name))]
    return told_apart((*possible, *there), year)


def clocks(zones: tuple[ZoneInfo, ...], now: datetime) -> str:
    """What they show; of many the least and the most."""
    if len(zones) <= _FEW:
        return ", ".join([_clock(zone, now) for zone in zones])
    first, *_, last = sorted(zones, key=lambda zone: now.astimezone(zone).utcoffset() or timedelta())
    return f"{len(zones)} zones from {_clock(first, now)} to {_clock(last, now)}"


def _clock(zone: ZoneInfo, now: datetime) -> str:
    return f"{now.astimezone(zone).isoformat()[11:16]} in {zone.key}"


@dataclass(frozen=True, slots=True)
class OpenInAll:
    """The first moment when it is open in every one of the zones."""

    of: Day
    zones: tuple[ZoneInfo, ...]

    def __call__(self, at: datetime) -> datetime | None:
        return next_open_in_all(self.of, self.zones, at)


def together(rules: Iterable[Next]) -> list[Next]:
    """The same, with those that look at the same clocks made one: a year without a moment is then soon seen through."""
    alone: list[Next] = []
    by_zones: dict[tuple[ZoneInfo, ...], list[Day]] = {}
    for rule in rules:
        if isinstance(rule, OpenInAll):
            by_zones.setdefault(rule.zones, []).append(rule.of)
        else:
            alone.append(rule)
    return [*(OpenInAll(all_of(tuple(days)), zones) for zones, days in by_zones.items()), *alone]
