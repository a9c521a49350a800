"""When it is open in every zone where a person may be. What each day has is found once, for whoever asks first."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from segue.decisions.rule import Next
from segue.decisions.windows import HORIZON, Day, Stretch, ahead, all_of, open_on

_ONE_DAY = timedelta(days=1)

#: So many days are remembered.
_DAYS_OF_ONE, _DAYS_OF_SEVERAL = 8, 512


class OpenInAll:
    """Of a moment, the first at or after it when it is open in every one of the zones, if any comes.

    What each day has was found for whoever asked first; so make it by `open_in_all`, which remembers that.
    """

    __slots__ = ("_on", "of", "zones")

    def __init__(self, of: Day, zones: tuple[ZoneInfo, ...]) -> None:
        self.of, self.zones = of, zones
        self._on = lru_cache(maxsize=_DAYS_OF_ONE if len(zones) == 1 else _DAYS_OF_SEVERAL)(self._stretches)

    def __call__(self, at: datetime) -> datetime | None:
        day = (at if at.tzinfo is UTC else at.astimezone(UTC)).date()
        for start, end in self._on(day):
            if at < end:
                return max(at, start)
        return self._after(day, at + HORIZON)

    def _after(self, day: date, last: datetime) -> datetime | None:
        """On a later day. In one zone a year is seen through soonest from one change of the clock to the next."""
        if len(self.zones) == 1:
            return ahead(self.of, self.zones[0], datetime.combine(day + _ONE_DAY, time(), UTC), last)
        for _ in range(HORIZON.days):
            day += _ONE_DAY
            if found := self._on(day):
                return found[0][0]
        return None

    def _stretches(self, day: date) -> tuple[Stretch, ...]:
        """What a day of UTC has that is open in all of the zones, in order."""
        start = datetime.combine(day, time(), UTC)
        left: list[Stretch] = [(start, start + _ONE_DAY)]
        for zone in self.zones:
            there = list(open_on(self.of, zone, start)) if left else []
            cut = [(max(one, two), min(end, close)) for one, end in left for two, close in there]
            left = [(begin, end) for begin, end in cut if begin < end]
        return tuple(left)


open_in_all = lru_cache(maxsize=1024)(OpenInAll)


def together(rules: Iterable[Next]) -> list[Next]:
    """The same, with those that look at the same clocks made one: a year without a moment is then soon seen through."""
    alone: list[Next] = []
    by_zones: dict[tuple[ZoneInfo, ...], list[Day]] = {}
    for rule in rules:
        if isinstance(rule, OpenInAll):
            by_zones.setdefault(rule.zones, []).append(rule.of)
        else:
            alone.append(rule)
    return [*(open_in_all(all_of(tuple(days)), zones) for zones, days in by_zones.items()), *alone]
