"""Whose hours are looked at, and when: what the rules of timing ask for, each found when it is asked for first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from segue.decisions.policy import Policy
from segue.decisions.rule import FORESIGHT, Next, next_moment
from segue.decisions.whose_law import Whose, whose_law
from segue.decisions.windows import Day, all_of, next_open
from segue.events.zones import zone_named
from segue.profiles.profile import Part


class Asker:
    """`zones`: in which the person may be. What takes a while is found when it is asked for first, and kept."""

    __slots__ = ("_clocks", "_whose", "category", "category_name", "channel", "now", "part", "policy", "zone", "zones")

    def __init__(self, part: Part, policy: Policy, channel: str, category: str, now: datetime) -> None:
        self.part, self.policy, self.channel, self.now = part, policy, channel, now
        self.category_name, self.category = category, policy.category(category)
        self.zone = zone_named(str(part.time_zone.value)) if part.time_zone else None
        self.zones = (self.zone,) if self.zone else policy.possible_zones
        self._whose: Whose | None = None
        self._clocks = ""

    @property
    def whose(self) -> Whose:
        self._whose = self._whose or whose_law(self.part, self.policy, self.channel)
        return self._whose

    @property
    def today(self) -> date:
        """Where it is earliest."""
        return min([self.now.astimezone(zone).date() for zone in self.zones])

    @property
    def clocks(self) -> str:
        self._clocks = self._clocks or clocks(self.zones, self.now)
        return self._clocks


def clocks(zones: tuple[ZoneInfo, ...], now: datetime) -> str:
    return ", ".join([f"{now.astimezone(zone).isoformat()[11:16]} in {zone.key}" for zone in zones])


@dataclass(frozen=True, slots=True)
class OpenInAll:
    """The first moment when it is open in every one of the zones."""

    of: Day
    zones: tuple[ZoneInfo, ...]

    def __call__(self, at: datetime) -> datetime | None:
        if len(self.zones) == 1:
            return next_open(self.of, self.zones[0], at)
        return next_moment([OpenInAll(self.of, (zone,)) for zone in self.zones], at, at + FORESIGHT)


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
