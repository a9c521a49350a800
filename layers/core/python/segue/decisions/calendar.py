"""Units of the calendar in a time zone: which one a moment lies in, and when the next begins, exact to the second."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Unit = Literal["day", "week", "month"]

#: A change of the clock moves the beginning of a day by no more.
_MOST_OFF = timedelta(hours=26)


def first_day(unit: Unit, zone: ZoneInfo, at: datetime) -> date:
    """The first day of the unit that the moment lies in."""
    today = at.astimezone(zone).date()
    match unit:
        case "day":
            return today
        case "week":
            return today - timedelta(days=today.weekday())
        case "month":
            return today.replace(day=1)


def next_unit(unit: Unit, zone: ZoneInfo, at: datetime) -> datetime:
    """The first moment after `at` (UTC) that lies in another unit."""
    here = first_day(unit, zone, at)
    moment = datetime.combine(_following(unit, here), time(), zone).astimezone(UTC)
    just_before = moment - timedelta(microseconds=1)
    if moment > at and first_day(unit, zone, just_before) == here != first_day(unit, zone, moment):
        return moment
    return turn(max(at, moment - _MOST_OFF), moment + _MOST_OFF, lambda each: first_day(unit, zone, each) == here)


def turn(after: datetime, until: datetime, still: Callable[[datetime], bool]) -> datetime:
    """The second (UTC) from which on it is no longer so: it `still` is at the one moment, and not at the other."""
    low, high = int(after.timestamp()), int(until.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if still(datetime.fromtimestamp(middle, UTC)):
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def _following(unit: Unit, first: date) -> date:
    match unit:
        case "day":
            return first + timedelta(days=1)
        case "week":
            return first + timedelta(days=7)
        case "month":
            return (first + timedelta(days=31)).replace(day=1)
