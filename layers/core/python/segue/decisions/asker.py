"""Whose hours are looked at, and when: what the rules of timing ask for, each found when it is asked for first."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from segue.decisions.policy import Category, Policy
from segue.decisions.rule import next_moment
from segue.decisions.whose_law import Whose, whose_law
from segue.decisions.windows import HORIZON, Day, next_open
from segue.events.zones import zone_named
from segue.profiles.profile import Part


@dataclass(frozen=True)
class Asker:
    part: Part
    policy: Policy
    channel: str
    category_name: str
    now: datetime

    @cached_property
    def category(self) -> Category:
        return self.policy.category(self.category_name)

    @cached_property
    def zone(self) -> ZoneInfo | None:
        return zone_named(str(self.part.time_zone.value)) if self.part.time_zone else None

    @cached_property
    def zones(self) -> tuple[ZoneInfo, ...]:
        """In which it may be."""
        return (self.zone,) if self.zone else self.policy.possible_zones

    @cached_property
    def whose(self) -> Whose:
        return whose_law(self.part, self.policy, self.channel)

    @cached_property
    def today(self) -> date:
        """Where it is earliest."""
        return min(self.now.astimezone(zone).date() for zone in self.zones)

    @cached_property
    def clocks(self) -> str:
        return clocks(self.zones, self.now)


def clocks(zones: tuple[ZoneInfo, ...], now: datetime) -> str:
    return ", ".join([f"{now.astimezone(zone):%H:%M} in {zone.key}" for zone in zones])


@dataclass(frozen=True, slots=True)
class OpenInAll:
    """The first moment when it is open in every one of the zones."""

    of: Day
    zones: tuple[ZoneInfo, ...]

    def __call__(self, at: datetime) -> datetime | None:
        if len(self.zones) == 1:
            return next_open(self.of, self.zones[0], at)
        return next_moment([OpenInAll(self.of, (zone,)) for zone in self.zones], at, at + HORIZON)
