"""Whose hours are looked at, and when: what the rules of timing ask for, each found when it is asked for first."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from segue.decisions.policy import Policy
from segue.decisions.whose_law import BY_NUMBER, Whose, whose_law
from segue.decisions.windows import told_apart
from segue.decisions.zones import zones_of
from segue.events.zones import zone_named
from segue.profiles.countries import time_zones_of
from segue.profiles.profile import Part, Stamped

#: So many clocks are told one by one.
_FEW = 4

#: What a clock shows at each minute of the day.
_SHOWN = tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in range(1440))


class Asker:
    """`zones`: in which the person may be. What takes a while is found when it is asked for first, and kept.

    `timed`: whether the hours of the policy and the law are heeded. `quiet` and `wish` are the hours in which the
    person wants peace, and those that they prefer, as they said it.

    Nothing of it depends on the channel, but where the law looks at the number that a message goes to.
    """

    __slots__ = (
        "_clocks", "_today", "_whose", "category", "category_name", "now", "part", "policy", "quiet", "timed", "wish",
        "zone", "zones",
    )  # fmt: skip

    def __init__(self, part: Part, policy: Policy, category: str, now: datetime) -> None:
        self.part, self.policy, self.now = part, policy, now
        self.category_name, self.category = category, policy.category(category)
        self.zone = zone_named(str(part.time_zone.value)) if part.time_zone else None
        self.zones = (self.zone,) if self.zone else policy.possible_zones
        self.timed = "windows" not in self.category.exempt
        preferences = policy.preferences
        self.quiet = _said(preferences.quiet_hours, part) if self.category.unsubscribe else None
        self.wish = _said(preferences.send_time, part) if self.timed else None
        self._whose: dict[str, Whose] = {}
        self._today: date | None = None
        self._clocks = ""

    def whose(self, channel: str) -> Whose:
        number = channel if channel in BY_NUMBER else ""
        if number not in self._whose:
            self._whose[number] = whose_law(self.part, self.policy, channel)
        return self._whose[number]

    def law_zones(self, channel: str) -> tuple[ZoneInfo, ...]:
        """In which the law must be kept: while the zone is unknown, all of the places where the person may be."""
        return self.zones if self.zone else zones_of_law(channel, self.whose(channel), self.policy, self.now.year)

    def today(self, channel: str) -> date:
        """By the law; where it is earliest."""
        if self.zone is None:
            return min([self.now.astimezone(zone).date() for zone in self.law_zones(channel)])
        self._today = self._today or self.now.astimezone(self.zone).date()
        return self._today

    def law_clocks(self, channel: str) -> str:
        if self.zone:
            return self.clocks
        return f"time zone unknown, must suit {clocks(self.law_zones(channel), self.now)}"

    @property
    def cap_zones(self) -> tuple[ZoneInfo, ...]:
        """In which a day, a week or a month of a cap is counted."""
        return self.zones if self.zone else zones_of(self.part, self.category, self.policy)

    @property
    def clocks(self) -> str:
        self._clocks = self._clocks or clocks(self.zones, self.now)
        return self._clocks


def _said(trait: str | None, part: Part) -> Stamped | None:
    said = part.traits.get(trait) if trait else None
    return said if said and said.value not in (None, "") else None


def zones_of_law(channel: str, whose: Whose, policy: Policy, year: int) -> tuple[ZoneInfo, ...]:
    """Those that the policy takes for possible, and those of the places that are known, or that it names.

    Of somebody who may be anywhere, those of all places whose law speaks of the channel.
    """
    places = whose.regions if whose.known else policy.possible_regions
    if not policy.places and not whose.known:
        places = policy.law_book.places(channel, year)
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
    local = now.astimezone(zone)
    return f"{_SHOWN[local.hour * 60 + local.minute]} in {zone.key}"
