"""When hours are open where a person is: the first permissible moment, exact across changes of the clock.

What is open is said day by day, as the person's calendar and clock on the wall have it, so that a day that a zone
skips has no hours, but for those that go over its midnight, and an hour that comes twice is open twice.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from segue.decisions.calendar import turn
from segue.decisions.holidays import how_many
from segue.decisions.hours import ALL_DAY, DAY, Hours, Spans

#: How far ahead is looked: what opens only after that, never does.
HORIZON = timedelta(days=366)

#: The spans of a calendar day, sorted and apart, within 0 and 1440.
Day = Callable[[date], Spans]

#: From a moment (UTC) to before another one.
Stretch = tuple[datetime, datetime]

_ONE_DAY = timedelta(days=1)

#: Days that are remembered of the hours of a policy or a law, and of those of one person; and of how many people.
#: Of a policy there are few, of people any number, and each day takes half a kilobyte.
MANY_DAYS, FEW_DAYS, SOME_PEOPLE = 512, 8, 128


def next_open(of: Day, zone: ZoneInfo, at: datetime) -> datetime | None:
    """The first moment at or after `at` (UTC) when the clock in `zone` is within the hours of its day, if any comes."""
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    for start, end in of(local.date()):
        if start <= minute < end:
            return at
    return ahead(of, zone, at, at + HORIZON)


def ahead(of: Day, zone: ZoneInfo, at: datetime, last: datetime) -> datetime | None:
    """The first moment at or after `at`, and before `last`, that is open.

    From one change of the clock to the next, between which the clock on the wall runs as every other.
    """
    while at < last:
        until = change_after(at, zone, last)
        offset = at.astimezone(zone).utcoffset() or timedelta()
        wall = _first(of, at.replace(tzinfo=None) + offset, until.replace(tzinfo=None) + offset)
        if wall is not None:
            return (wall - offset).replace(tzinfo=UTC)
        at = until
    return None


def _first(of: Day, wall: datetime, before: datetime) -> datetime | None:
    """The first time on the wall at or after one, and before another, that is open."""
    day, minute = wall.date(), wall.hour * 60 + wall.minute
    while day <= before.date():
        for start, end in of(day):
            if minute < end:
                found = datetime.combine(day, time(start // 60, start % 60)) if minute < start else wall
                return found if found < before else None
        day, minute = day + _ONE_DAY, -1
    return None


def open_on(of: Day, zone: ZoneInfo, start: datetime) -> Iterator[Stretch]:
    """What is open of the day of UTC that starts then, from one change of the clock to the next."""
    at, last = start, start + _ONE_DAY
    while at < last:
        until, offset = change_after(at, zone, last), at.astimezone(zone).utcoffset() or timedelta()
        day, final = (at + offset).date(), (until + offset).date()
        while day <= final:
            midnight = datetime.combine(day, time(), UTC) - offset
            for begin, end in of(day):
                opens = max(at, midnight + timedelta(minutes=begin))
                closes = min(until, midnight + timedelta(minutes=end))
                if opens < closes:
                    yield opens, closes
            day += _ONE_DAY
        at = until


@lru_cache(maxsize=256)
def told_apart(zones: tuple[ZoneInfo, ...], year: int) -> tuple[ZoneInfo, ...]:
    """Of zones whose clocks show the same in this year and the two after it, the first."""
    found: dict[tuple[object, ...], ZoneInfo] = {}
    for zone in zones:
        start = datetime(year, 1, 1, tzinfo=UTC)
        changes = [change for each in range(year, year + 3) for change in _changes(zone, each)]
        shown = tuple((at, at.astimezone(zone).utcoffset()) for at in (start, *changes))
        found.setdefault(shown, zone)
    return tuple(found.values())


def change_after(at: datetime, zone: ZoneInfo, last: datetime) -> datetime:
    """The first moment after one from which the zone's offset is another; at the latest, `last`."""
    for year in range(at.year, last.year + 1):
        changes = _changes(zone, year)
        ahead = bisect_right(changes, at)
        if ahead < len(changes):
            return min(changes[ahead], last)
    return last


@lru_cache(maxsize=1024)
def _changes(zone: ZoneInfo, year: int) -> tuple[datetime, ...]:
    """Of a year in UTC, to the second, in order. No zone changes twice within a day."""
    days = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(-1, 367)]
    offsets = [day.astimezone(zone).utcoffset() for day in days]
    found = [_change(zone, days[n], days[n + 1]) for n in range(len(days) - 1) if offsets[n] != offsets[n + 1]]
    return tuple(change for change in found if change.year == year)


def _change(zone: ZoneInfo, after: datetime, until: datetime) -> datetime:
    before = after.astimezone(zone).utcoffset()
    return turn(after, until, lambda each: each.astimezone(zone).utcoffset() == before)


@lru_cache(maxsize=1024)
def opening(hours: Hours, regions: tuple[str, ...] = (), since: date | None = None, until: date | None = None) -> Day:
    """`regions` are where the person may be: a day that is a public holiday in some of them only, must suit both.

    Before `since`, and from `until` on, every day is open from midnight to midnight.
    """
    return lru_cache(maxsize=MANY_DAYS)(partial(_open, hours, regions, since, until))


@lru_cache(maxsize=SOME_PEOPLE)
def own_opening(hours: Hours, regions: tuple[str, ...] = ()) -> Day:
    """As `opening`, of hours that a person said."""
    return lru_cache(maxsize=FEW_DAYS)(partial(_open, hours, regions, None, None))


def _open(hours: Hours, regions: tuple[str, ...], since: date | None, until: date | None, day: date) -> Spans:
    def said(day: date) -> Spans:
        if (since and day < since) or (until and day >= until):
            return ALL_DAY
        week = hours.week[day.weekday()]
        if hours.holidays is None or not regions:
            return week
        closed = how_many(regions, day)
        if closed in (0, len(regions)):
            return hours.holidays if closed else week
        return both(week, hours.holidays)

    return _within(said(day), said(day - _ONE_DAY))


@lru_cache(maxsize=1024)
def all_of(rules: tuple[Day, ...]) -> Day:
    """Open when all are."""
    return lru_cache(maxsize=MANY_DAYS)(partial(_all, rules)) if len(rules) > 1 else rules[0]


@lru_cache(maxsize=SOME_PEOPLE)
def all_of_own(rules: tuple[Day, ...]) -> Day:
    """As `all_of`, where some are of what a person said."""
    return lru_cache(maxsize=FEW_DAYS)(partial(_all, rules))


def _all(rules: tuple[Day, ...], day: date) -> Spans:
    spans = ALL_DAY
    for rule in rules:
        spans = both(spans, rule(day))
    return spans


@lru_cache(maxsize=SOME_PEOPLE)
def none_of(rule: Day) -> Day:
    """Open when it is not."""

    @lru_cache(maxsize=FEW_DAYS)
    def of(day: date) -> Spans:
        edges = [0, *(minute for span in rule(day) for minute in span), DAY]
        return tuple((start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end)

    return of


def both(one: Spans, other: Spans) -> Spans:
    """What is in both of them, sorted."""
    cut = [(max(start, begin), min(end, close)) for start, end in one for begin, close in other]
    return tuple(sorted((start, end) for start, end in cut if start < end))


def _within(today: Spans, yesterday: Spans) -> Spans:
    """What is of this calendar day: of its own spans until midnight, of those before what goes over it."""
    spans = sorted(
        [(start, min(end, DAY)) for start, end in today] + [(0, end - DAY) for _, end in yesterday if end > DAY]
    )
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
