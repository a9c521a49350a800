"""Written hours read minute by minute, with nothing of the code that they hold to account: the wall clock decides."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

MINUTE = timedelta(minutes=1)
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca",
    "America/St_Johns", "Pacific/Apia", "Pacific/Chatham", "America/Santiago", "America/Havana",
]  # fmt: skip

#: Days around which clocks change somewhere, one that Apia skipped, turns of the year, and 29 February.
DAYS = [
    datetime(*day, tzinfo=UTC)
    for day in [
        (2026, 3, 7), (2026, 3, 28), (2026, 4, 4), (2026, 9, 5), (2026, 9, 26), (2026, 10, 3), (2026, 10, 24),
        (2026, 10, 31), (2026, 2, 14), (2011, 12, 28), (2026, 12, 24), (2026, 12, 30), (2028, 2, 28),
    ]
]  # fmt: skip


@cache
def zone(name: str) -> ZoneInfo:
    """Of the locked `tzdata`: the machine's own may be older, and zones change their rules, as Morocco's did."""
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def minutes(clock: str) -> int:
    hours, _, rest = clock.partition(":")
    return int(hours) * 60 + int(rest)


def of_day(written: str | Mapping[str, str], day: date, *, holiday: bool = False) -> str:
    if isinstance(written, str):
        return written
    if holiday and "holidays" in written:
        return written["holidays"]
    for days, text in written.items():
        first, _, last = days.partition("-")
        if first in WEEK:
            count = (WEEK.index(last or first) - WEEK.index(first)) % 7 + 1
            if (day.weekday() - WEEK.index(first)) % 7 < count:
                return text
    return "closed"


def in_spans(text: str, minute: int) -> bool:
    """`minute` is from the day's own midnight, so over 1439 it is of the next day."""
    for span in text.split(",") if text != "closed" else []:
        start, end = (minutes(clock.strip()) for clock in span.split("-"))
        if start <= minute < (end if end > start else end + 1440):
            return True
    return False


def is_open(written: str | Mapping[str, str], wall: datetime, *holidays: Any, since: date = date.min) -> bool:
    """Today's hours, or what is left of yesterday's if it had any by then: as each of the calendars has them."""
    minute, today = wall.hour * 60 + wall.minute, wall.date()

    def suits(day: date, minute: int) -> bool:
        return all(in_spans(of_day(written, day, holiday=day in each), minute) for each in holidays or ((),))

    yesterday = today - timedelta(days=1)
    return suits(today, minute) or (yesterday >= since and suits(yesterday, minute + 1440))


def walk(fine, at: datetime, count: int) -> datetime | None:
    return next((at + n * MINUTE for n in range(count) if fine(at + n * MINUTE)), None)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def one_day(draw) -> str:
    """Up to three spans, apart from each other; the last may go over midnight."""
    edges = sorted(draw(st.sets(st.integers(0, 1439), min_size=2, max_size=6)))
    edges = edges[: len(edges) // 2 * 2]
    if draw(st.booleans()):  # the last goes over midnight, before the first begins
        edges = [*edges[1:], edges[0]]
    spans = [f"{clock(start)}-{clock(end)}" for start, end in zip(edges[::2], edges[1::2], strict=True)]
    if draw(st.booleans()):
        spans[-1] = f"{spans[-1][:6]}24:00"
    return ", ".join(spans)


@st.composite
def windows(draw) -> str | dict[str, str]:
    if draw(st.booleans()):
        return draw(one_day())
    day = st.one_of(one_day(), st.just("closed"))
    cut = draw(st.integers(0, 5))
    written = {f"mon-{WEEK[cut]}" if cut else "mon": draw(day), f"{WEEK[cut + 1]}-sun" if cut < 5 else "sun": draw(day)}
    if draw(st.booleans()):
        written["holidays"] = draw(day)
    return written if set(written.values()) != {"closed"} else "09:00-20:00"


zones = st.sampled_from(ZONES).map(zone)
moments = st.builds(lambda day, after: day + after * MINUTE, st.sampled_from(DAYS), st.integers(0, 3 * 1440))
