"""Hours are read as they are written, and written as they are read; what are none is said to be none, and why."""

import pytest
from hypothesis import given
from pydantic import TypeAdapter

from segue.decisions.hours import Hours, HoursText
from tests.unit.decisions.written import windows

FIELD = TypeAdapter(HoursText)


@pytest.mark.parametrize(
    "written",
    [
        "09:00-20:00",
        "22:00-06:00",
        "00:00-24:00",
        "09:00-12:00, 14:00-18:00",
        {"mon-fri": "09:00-20:00", "sat": "10:00-16:00", "sun": "closed", "holidays": "closed"},
        {"mon": "closed", "tue-sun": "22:00-02:00"},
    ],
)
def test_hours_are_written_as_they_are_read(written) -> None:
    assert Hours.parse(written).written == written


@given(windows())
def test_whatever_is_written_is_read_back_from_json(written) -> None:
    hours = Hours.parse(written)

    assert FIELD.validate_json(FIELD.dump_json(hours)) == hours


def test_a_day_that_is_not_named_is_closed_and_a_holiday_is_as_its_day() -> None:
    hours = Hours.parse({"fri-mon": "09:00-10:00"})

    assert [bool(spans) for spans in hours.week] == [True, False, False, False, True, True, True]
    assert hours.holidays is None


def test_they_are_told_in_one_line() -> None:
    hours = Hours.parse({"mon-fri": "09:00-12:00, 13:00-20:00", "holidays": "closed"})

    assert str(hours) == "mon-fri 09:00-12:00, 13:00-20:00; sat-sun closed; holidays closed"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("9-20", "are no hours"),
        ("09:00", "are no hours"),
        ("09:00-09:00", "begin where they end"),
        ("00:00-00:00", "begin where they end"),
        ("25:00-26:00", "are no hours"),
        ("09:60-10:00", "are no hours"),
        ("24:00-09:00", "are no hours"),
        ("09:00-12:00, 11:00-14:00", "overlap at 11:00"),
        ("22:00-06:00, 23:00-23:30", "overlap at 23:00"),
        ("09:00-12:00,", "are no hours"),
        ("closed", "on every day"),
        ({}, "are no hours"),
        ({"mon-sun": "closed"}, "on every day"),
        ({"monday": "09:00-20:00"}, "'monday' is no day"),
        ({"mon-fri": "09:00-20:00", "wed": "closed"}, "'wed' is said twice"),
        ({"sun-mon": "09:00-20:00", "mon": "09:00-20:00"}, "'mon' is said twice"),
        ({"holidays-mon": "closed"}, "is no day"),
        ({"mon": 9}, "are no hours"),
        ({1: "09:00-20:00"}, "is no day"),
        (900, "are no hours"),
        (["09:00-20:00"], "are no hours"),
        ("09:00-10:00" * 100, "are no hours"),
    ],
)
def test_what_are_no_hours_is_said_to_be_none_and_why(written, why: str) -> None:
    with pytest.raises(ValueError, match=why) as error:
        Hours.parse(written)

    assert len(str(error.value)) < 400


@pytest.mark.parametrize("shut", ["closed", {"mon-sun": "closed"}])
def test_hours_of_no_day_are_refused_with_what_to_do_instead(shut) -> None:
    with pytest.raises(ValueError, match="let no journey send by a channel that stays closed"):
        Hours.parse(shut)
