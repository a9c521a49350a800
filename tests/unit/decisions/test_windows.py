"""The first permissible moment is exact: compared with a walk, minute by minute, over changes of the clock too."""

import json
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.decisions.decide import decide
from segue.decisions.holidays import holidays_of
from segue.decisions.hours import Hours
from segue.decisions.in_zones import OpenInAll, open_in_all, own_in_all, together
from segue.decisions.policy import Policy
from segue.decisions.room import room_from
from segue.decisions.rule import next_moment
from segue.decisions.windows import HORIZON, next_open, none_of, opening
from segue.events.zones import zone_named
from tests.builders import NOON, a_head, a_profile, a_request
from tests.unit.decisions.written import MINUTE, is_open, moments, one_day, walk, windows, zones

DATA = Path(__file__).parents[4] / "shared/data/time_phone_holidays"
BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


def first(written, zone: ZoneInfo, at: datetime, **more) -> datetime | None:
    return next_open(opening(Hours.parse(written), **more), zone, at)


@settings(max_examples=300, deadline=None)
@given(windows(), zones, moments)
def test_no_earlier_minute_is_open(written, zone: ZoneInfo, at: datetime) -> None:
    days = 3 if isinstance(written, str) else 9

    found = first(written, zone, at)

    expected = walk(lambda moment: is_open(written, moment.astimezone(zone)), at, days * 1440)
    assert found == expected or (expected is None and (found is None or found >= at + timedelta(days=days)))


@settings(max_examples=100, deadline=None)
@given(windows(), zones, moments)
def test_what_is_not_open_is_open_to_its_opposite(written, zone: ZoneInfo, at: datetime) -> None:
    found = next_open(none_of(opening(Hours.parse(written))), zone, at)

    assert found == walk(lambda moment: not is_open(written, moment.astimezone(zone)), at, 9 * 1440)


@settings(max_examples=150, deadline=None)
@given(windows(), st.lists(zones, min_size=1, max_size=4, unique=True), moments)
def test_no_earlier_minute_is_open_in_every_zone(written, where: list[ZoneInfo], at: datetime) -> None:
    found = open_in_all(opening(Hours.parse(written)), tuple(where))(at)

    def fine(moment: datetime) -> bool:
        return all(is_open(written, moment.astimezone(zone)) for zone in where)

    assert walk(fine, at, 9 * 1440) == (found if found and found < at + timedelta(days=9) else None)


APART = tuple(zone_named(name) for name in ("America/New_York", "Europe/Berlin", "Asia/Tokyo", "Australia/Lord_Howe"))


@settings(max_examples=60, deadline=None)
@given(one_day(), st.lists(zones, min_size=2, max_size=4, unique=True), moments)
def test_a_year_of_like_weeks_is_seen_through_as_if_each_day_were_looked_at(written, where, at: datetime) -> None:
    of, there = opening(Hours.parse(written)), tuple(where)

    assert own_in_all(of, there, True)(at) == OpenInAll(of, there)(at)


@pytest.mark.parametrize("month", range(1, 13))
def test_hours_that_meet_only_once_the_clocks_are_changed_are_found(month: int) -> None:
    """07:30 in New York is 12:30 in Berlin in some weeks of spring and autumn alone, else 13:30."""
    of, at = opening(Hours.parse("07:30-08:00, 12:30-12:45")), datetime(2026, month, 20, 3, tzinfo=UTC)
    there = (zone_named("America/New_York"), zone_named("Europe/Berlin"))

    found = own_in_all(of, there, True)(at)

    assert found == OpenInAll(of, there)(at)
    assert found is not None


def test_no_farther_is_looked_than_the_message_lives_and_of_like_weeks_no_more_than_need_be() -> None:
    looked = []
    shut = OpenInAll(lambda day: looked.append(day) or (), APART, True)

    assert next_moment(together([shut], NOON + 3 * DAY), NOON, NOON + 3 * DAY) is None
    near = set(looked)
    assert own_in_all(lambda day: looked.append(day) or (), APART, True)(NOON) is None

    assert max(near) <= (NOON + 4 * DAY).date()
    assert max(looked) > date(2026, 11, 1)  # when the last of these clocks is changed within a year
    assert len(set(looked)) < 150


def test_what_many_people_say_of_their_hours_takes_no_more_memory_than_what_some_say() -> None:
    by = Policy.model_validate({"possible_time_zones": [zone.key for zone in APART[:2]]})

    def ask(people: range) -> None:
        for n in people:
            quiet, like = f"{n % 24:02}:{n % 60:02}-{(n + 20) % 24:02}:{n % 59:02}", f"22:{n % 60:02}-23:{n % 59:02}"
            profile = a_profile(traits={"email": "-", "quiet_hours": quiet, "send_time": like}, time_zone=None)
            decide(a_request(f"send-{n}"), a_head(profile=profile), by, NOON)

    tracemalloc.start()
    ask(range(200))
    some, _ = tracemalloc.get_traced_memory()
    ask(range(200, 300))
    many, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert many - some < 5_000_000


@settings(max_examples=100, deadline=None)
@given(windows(), zones, moments, zones)
def test_a_moment_is_the_same_by_any_clock(written, zone: ZoneInfo, at: datetime, other: ZoneInfo) -> None:
    found = open_in_all(opening(Hours.parse(written)), (zone,))

    # an hour that comes twice equals no moment by another clock, so that both are told in UTC
    by_the_other, by_utc = found(at.astimezone(other)), found(at)
    assert by_utc == (by_the_other and by_the_other.astimezone(UTC))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(windows(), zones), min_size=1, max_size=3),
    st.lists(st.integers(min_value=0, max_value=2880), max_size=6),
    st.integers(min_value=1, max_value=3),
    st.integers(min_value=1, max_value=48),
    moments,
)
def test_no_earlier_minute_suits_every_rule(given_windows, touched, limit, span, at) -> None:
    per = timedelta(hours=span)
    touches = sorted(at - minutes * MINUTE for minutes in touched)
    before = at + timedelta(days=4)

    def fine(moment: datetime) -> bool:
        return (
            moment < before
            and all(is_open(written, moment.astimezone(zone)) for written, zone in given_windows)
            and sum(touch > moment - per for touch in touches) < limit
        )

    rules = [partial(first, written, zone) for written, zone in given_windows]

    assert next_moment([*rules, partial(room_from, limit, per, touches)], at, before) == walk(fine, at, 4 * 1440)


def test_a_start_that_the_clock_skips_is_the_moment_of_the_change() -> None:
    at = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)

    assert first("02:30-05:00", BERLIN, at) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_hours_that_the_clock_repeats_open_twice() -> None:
    once = first("02:30-03:00", BERLIN, datetime(2026, 10, 24, 23, 0, tzinfo=UTC))
    twice = first("02:30-03:00", BERLIN, once + timedelta(minutes=30))

    assert (once, twice) == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC))


def test_a_day_that_a_zone_skipped_never_opened() -> None:
    """Samoa went from Thursday, 29 December 2011, to Saturday the 31st."""
    apia, thursday_evening = ZoneInfo("Pacific/Apia"), datetime(2011, 12, 30, 6, 0, tzinfo=UTC)

    found = first({"fri": "09:00-20:00"}, apia, thursday_evening)

    assert found.astimezone(apia).isoformat() == "2012-01-06T09:00:00+14:00"
    assert first("09:00-20:00", apia, thursday_evening).astimezone(apia).date() == date(2011, 12, 31)


def test_a_night_that_begins_on_a_day_that_a_zone_skipped_is_open_after_its_midnight() -> None:
    apia, thursday_evening = ZoneInfo("Pacific/Apia"), datetime(2011, 12, 30, 6, 0, tzinfo=UTC)

    found = first({"fri": "22:00-06:00"}, apia, thursday_evening)

    assert found.astimezone(apia).isoformat() == "2011-12-31T00:00:00+14:00"


def test_half_an_hour_on_lord_howe() -> None:
    zone, before = ZoneInfo("Australia/Lord_Howe"), datetime(2026, 10, 3, 15, 0, tzinfo=UTC)

    assert first("02:10-05:00", zone, before) == datetime(2026, 10, 3, 15, 30, tzinfo=UTC)


def test_seconds_count() -> None:
    at, utc = datetime(2026, 3, 10, 19, 59, 59, 999_999, tzinfo=UTC), ZoneInfo("UTC")

    assert first("09:00-20:00", utc, at) == at
    assert first("09:00-20:00", utc, at + timedelta(microseconds=1)) == datetime(2026, 3, 11, 9, 0, tzinfo=UTC)


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens() -> None:
    written, utc = {"fri": "22:00-02:00", "sat": "closed"}, ZoneInfo("UTC")
    friday = datetime(2026, 3, 13, tzinfo=UTC)

    assert first(written, utc, friday + timedelta(hours=25)) == friday + timedelta(hours=25)
    assert first(written, utc, friday + timedelta(hours=26)) == friday + timedelta(days=7, hours=22)


def test_a_public_holiday_has_hours_of_its_own() -> None:
    written = {"mon-fri": "09:00-20:00", "holidays": "12:00-13:00"}
    eve = datetime(2026, 12, 24, 20, 0, tzinfo=UTC)

    assert first(written, BERLIN, eve, regions=("DE",)) == datetime(2026, 12, 25, 11, 0, tzinfo=UTC)
    assert first(written, BERLIN, eve) == datetime(2026, 12, 25, 8, 0, tzinfo=UTC)


def test_a_day_that_is_a_holiday_in_some_places_only_must_suit_both() -> None:
    """Epiphany, 6 January, is a Tuesday in 2026: a holiday in Bavaria, none in Berlin."""
    written = {"mon-sun": "09:00-12:00", "holidays": "11:00-18:00"}
    midnight = datetime(2026, 1, 5, 23, 0, tzinfo=UTC)

    hours = [first(written, BERLIN, midnight, regions=where).hour for where in (("DE-BE",), ("DE-BY", "DE-BE"))]

    assert hours == [8, 10]


def test_hours_that_come_only_on_holidays_are_found_within_a_year_or_never() -> None:
    written, at = {"holidays": "09:00-10:00"}, datetime(2026, 12, 27, tzinfo=UTC)

    assert first(written, BERLIN, at, regions=("DE",)) == datetime(2027, 1, 1, 8, 0, tzinfo=UTC)
    assert first(written, BERLIN, at, regions=("ZZ",)) is None


def test_what_is_not_in_force_forbids_nothing() -> None:
    at = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
    law = {"since": date(2026, 6, 2), "until": date(2026, 6, 4)}

    assert first("09:00-20:00", BERLIN, at, **law) == at
    assert first("09:00-20:00", BERLIN, at + timedelta(days=1), **law) == datetime(2026, 6, 2, 7, 0, tzinfo=UTC)
    evening = datetime(2026, 6, 3, 19, 0, tzinfo=UTC)
    assert first("09:00-20:00", BERLIN, evening, **law) == datetime(2026, 6, 3, 22, 0, tzinfo=UTC)


def test_every_transition_on_record_opens_at_the_right_moment() -> None:
    path = DATA / "dst_2024_2028.json"
    if not path.exists():
        pytest.skip("the recorded transitions are not on this machine")
    checked = {"fold": 0, "gap": 0}
    for name, zone in json.loads(path.read_text())["zones"].items():
        changes = [datetime.fromisoformat(each["utc"]) for each in zone["transitions"]]
        for case in zone["cases"]:
            wall = datetime.fromisoformat(case["wall"])
            start = wall.hour * 60 + wall.minute
            if start == 1439:
                continue
            expected = datetime.fromisoformat(case["utc_fold0"])
            at = expected - timedelta(hours=2)
            hours = Hours(((((start, start + 1)),),) * 7)
            found = next_open(opening(hours), zone_named(name), at)
            if case["kind"] == "gap":
                # The minute does not exist on this day, unless it came before.
                assert found not in (expected, *changes), (name, case)
                checked["gap"] += 1
            else:
                assert found == expected, (name, case)
                checked["fold"] += 1
    assert checked["fold"] > 500
    assert checked["gap"] > 50


def test_every_holiday_on_record_is_one() -> None:
    path = DATA / "holidays_2024_2027.json"
    if not path.exists():
        pytest.skip("the recorded holidays are not on this machine")
    checked = 0
    for region, days in json.loads(path.read_text())["data"].items():
        found = {day.isoformat() for year in range(2024, 2028) for day in holidays_of(region, year)}
        assert found == set(days), region
        checked += len(found)
    assert checked > 500


def test_a_part_that_nobody_knows_has_the_holidays_of_its_country() -> None:
    assert holidays_of("DE-XX", 2026) == holidays_of("DE", 2026)
    assert holidays_of("ZZ", 2026) == {}


def test_nothing_opens_beyond_the_horizon() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)

    assert next_open(lambda _: (), BERLIN, at) is None
    assert next_open(lambda day: ((0, 1440),) if day > (at + HORIZON).date() else (), BERLIN, at) is None


@pytest.mark.parametrize("name", ["Europe", "Mars/Olympus", "../zone.tab", "", "/etc/passwd", "Europe/Berlin\n"])
def test_what_is_no_zone_is_unknown(name: str) -> None:
    assert zone_named(name) is None
