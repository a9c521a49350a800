"""When it is open in every zone where a person may be. What each day has is found once, for whoever asks first."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from segue.decisions.rule import Next
from segue.decisions.windows import (
    FEW_DAYS,
    HORIZON,
    MANY_DAYS,
    SOME_PEOPLE,
    Day,
    Stretch,
    ahead,
    all_of,
    all_of_own,
    change_after,
    open_on,
)

_ONE_DAY, _WEEK = timedelta(days=1), timedelta(days=7)

#: Searches of one that are remembered: of the same day, by the same other one.
_SEARCHES = 4


class OpenInAll:
    """Of a moment, the first at or after it when it is open in every one of the zones, if any comes.

    `own`: it is of what one person said; `weekly`: each week is like every other, on the clock on the wall.

    What each day has was found for whoever asked first; so make it by `open_in_all` or `own_in_all`, which remember it.
    """

    __slots__ = ("_later", "_on", "of", "own", "weekly", "zones")

    def __init__(self, of: Day, zones: tuple[ZoneInfo, ...], own: bool = False, weekly: bool = False) -> None:
        self.of, self.zones, self.own, self.weekly = of, zones, own, weekly
        self._on = lru_cache(maxsize=FEW_DAYS if own or len(zones) == 1 else MANY_DAYS)(self._stretches)
        self._later = lru_cache(maxsize=_SEARCHES)(self._in_one if len(zones) == 1 else self._in_several)

    def __call__(self, at: datetime) -> datetime | None:
        return self.by(at + HORIZON, at)

    def by(self, before: datetime, at: datetime) -> datetime | None:
        """As of the moment `at`. What comes at `before` or later need not be found; it may be."""
        day = (at if at.tzinfo is UTC else at.astimezone(UTC)).date()
        for start, end in self._on(day):
            if at < end:
                return max(at, start)
        return self._later(day, min(before, at + HORIZON).astimezone(UTC).date())

    def _in_one(self, day: date, last: date) -> datetime | None:
        """On a later day. In one zone a year is seen through soonest from one change of the clock to the next."""
        return ahead(self.of, self.zones[0], _midnight(day + _ONE_DAY), _midnight(last + _ONE_DAY))

    def _in_several(self, day: date, last: date) -> datetime | None:
        """The same. Of a week that has nothing, none like it has: then, from the next change of a clock on."""
        shut = 0
        while day < last:
            day += _ONE_DAY
            if found := self._on(day):
                return found[0][0]
            shut += 1
            if self.weekly and shut == _WEEK.days:
                end = _midnight(day + _ONE_DAY)
                change = self._change_after(end - _WEEK, _midnight(last + _ONE_DAY))
                day, shut = (change.date() - _ONE_DAY if change > end else day), 0
        return None

    def _change_after(self, at: datetime, last: datetime) -> datetime:
        """The first moment from then on from which some clock is put otherwise; at the latest, `last`."""
        return min([change_after(at - timedelta.resolution, zone, last) for zone in self.zones])

    def _stretches(self, day: date) -> tuple[Stretch, ...]:
        """What a day of UTC has that is open in all of the zones, in order."""
        start = _midnight(day)
        left: list[Stretch] = [(start, start + _ONE_DAY)]
        for zone in self.zones:
            there = list(open_on(self.of, zone, start)) if left else []
            cut = [(max(one, two), min(end, close)) for one, end in left for two, close in there]
            left = [(begin, end) for begin, end in cut if begin < end]
        return tuple(left)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


open_in_all = lru_cache(maxsize=1024)(OpenInAll)


@lru_cache(maxsize=SOME_PEOPLE)
def own_in_all(of: Day, zones: tuple[ZoneInfo, ...], weekly: bool = False) -> OpenInAll:
    """Of what one person said: of so many people it is remembered, and not much."""
    return OpenInAll(of, zones, True, weekly)


def together(rules: Iterable[Next], before: datetime) -> list[Next]:
    """The same, with those that look at the same clocks made one, which looks no farther than need be."""
    alone: list[Next] = []
    by_zones: dict[tuple[ZoneInfo, ...], list[OpenInAll]] = {}
    for rule in rules:
        if isinstance(rule, OpenInAll):
            by_zones.setdefault(rule.zones, []).append(rule)
        else:
            alone.append(rule)
    return [*(partial(_as_one(there).by, before) for there in by_zones.values()), *alone]


def _as_one(rules: list[OpenInAll]) -> OpenInAll:
    first, *others = rules
    if not others:
        return first
    days = tuple([rule.of for rule in rules])
    if any(rule.own for rule in rules):
        return own_in_all(all_of_own(days), first.zones)
    return open_in_all(all_of(days), first.zones)
