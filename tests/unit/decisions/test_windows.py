"""The first permissible moment is exact: compared with a walk, minute by minute, over changes of the clock too."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.decisions.caps import room_from
from segue.decisions.policy import Cap
from segue.decisions.rule import next_moment
from segue.decisions.windows import Hours, next_open
from segue.events.zones import zone_named

MINUTE = timedelta(minutes=1)
ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca",
    "America/St_Johns", "Pacific/Apia", "Pacific/Chatham",
]  # fmt: skip

#: Days around which clocks change somewhere, and some others.
DAYS = [
    datetime(2026, *day, tzinfo=UTC) for day in [(3, 7), (3, 28), (4, 4), (9, 26), (10, 3), (10, 24), (10, 31), (2, 14)]
]

zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.builds(
    lambda day, minutes: day + minutes * MINUTE, st.sampled_from(DAYS), st.integers(min_value=0, max_value=3 * 1440)
)
hours = st.builds(
    lambda start, length: Hours(start, (start + length) % 1440 or 1440),
    st.integers(min_value=0, max_value=1439),
    st.integers(min_value=1, max_value=1439),
).filter(lambda hours: hours.start != hours.end)


def walk(fine, at: datetime, minutes: int) -> datetime | None:
    return next((at + n * MINUTE for n in range(minutes) if fine(at + n * MINUTE)), None)


@settings(max_examples=300, deadline=None)
@given(hours, zones, moments)
def test_no_earlier_minute_is_open(hours: Hours, zone: ZoneInfo, at: datetime) -> None:
    assert next_open(hours, zone, at) == walk(lambda moment: hours.hold(moment.astimezone(zone)), at, 3 * 1440)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(hours, zones), min_size=1, max_size=3),
    st.lists(st.integers(min_value=0, max_value=2880), max_size=6),
    st.integers(min_value=1, max_value=3),
    st.integers(min_value=1, max_value=48),
    moments,
)
def test_no_earlier_minute_suits_every_rule(windows, touched, limit, span, at) -> None:
    cap = Cap(limit=limit, per=timedelta(hours=span))
    touches = sorted(at - minutes * MINUTE for minutes in touched)
    before = at + timedelta(days=4)

    def fine(moment: datetime) -> bool:
        return (
            moment < before
            and all(hours.hold(moment.astimezone(zone)) for hours, zone in windows)
            and sum(touch > moment - cap.per for touch in touches) < limit
        )

    rules = [partial(next_open, hours, zone) for hours, zone in windows]

    assert next_moment([*rules, partial(room_from, cap, touches)], at, before) == walk(fine, at, 4 * 1440)


def test_a_start_that_the_clock_skips_is_the_moment_of_the_change() -> None:
    at = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)

    assert next_open(Hours.parse("02:30-05:00"), ZoneInfo("Europe/Berlin"), at) == datetime(
        2026, 3, 29, 1, 0, tzinfo=UTC
    )


def test_hours_that_the_clock_repeats_open_twice() -> None:
    zone, hours = ZoneInfo("Europe/Berlin"), Hours.parse("02:30-03:00")
    once = next_open(hours, zone, datetime(2026, 10, 24, 23, 0, tzinfo=UTC))
    twice = next_open(hours, zone, once + timedelta(minutes=30))

    assert (once, twice) == (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )


def test_seconds_count() -> None:
    hours, at = Hours.parse("09:00-20:00"), datetime(2026, 3, 10, 19, 59, 59, 999_999, tzinfo=UTC)

    assert next_open(hours, ZoneInfo("UTC"), at) == at
    assert next_open(hours, ZoneInfo("UTC"), at + timedelta(microseconds=1)).hour == 9


@pytest.mark.parametrize("text", ["9-20", "09:00", "09:00-09:00", "25:00-26:00", "09:60-10:00", "24:00-09:00"])
def test_what_are_no_hours_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"hours|begin where"):
        Hours.parse(text)


@pytest.mark.parametrize("text", ["09:00-20:00", "22:00-06:00", "00:00-24:00"])
def test_hours_are_written_as_they_are_read(text: str) -> None:
    assert str(Hours.parse(text)) == text


def test_every_transition_on_record_opens_at_the_right_moment() -> None:
    path = Path(__file__).parents[4] / "shared/data/time_phone_holidays/dst_2024_2028.json"
    if not path.exists():
        pytest.skip("the recorded transitions are not on this machine")
    checked = 0
    for name, zone in json.loads(path.read_text())["zones"].items():
        for case in zone["cases"]:
            wall = datetime.fromisoformat(case["wall"])
            start = wall.hour * 60 + wall.minute
            if case["kind"] == "gap" or start == 1439:
                continue
            expected = datetime.fromisoformat(case["utc_fold0"])
            found = next_open(Hours(start, start + 1), zone_named(name), expected - timedelta(hours=2))
            assert found == expected, (name, case)
            checked += 1
    assert checked > 500


@pytest.mark.parametrize("name", ["Europe", "Mars/Olympus", "../zone.tab", "", "/etc/passwd", "Europe/Berlin\n"])
def test_what_is_no_zone_is_unknown(name: str) -> None:
    assert zone_named(name) is None
