"""The client's clock: corrected, and bounded where it is absurd."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.events.times import TOLERANCE, Moment, happened, parse_time
from tests.builders import NOON

SECOND = timedelta(seconds=1)
moments = st.datetimes(timezones=st.just(UTC))


def test_the_skew_of_the_client_is_taken_out():
    slow = timedelta(hours=-3)

    moment = happened(NOON + slow - 10 * SECOND, NOON + slow, NOON + SECOND)

    assert moment == Moment(NOON - 9 * SECOND)


def test_a_clock_that_is_off_by_years_is_corrected_and_noted():
    sent = datetime(1970, 1, 1, 0, 1, tzinfo=UTC)

    moment = happened(sent - 5 * SECOND, sent, NOON)

    assert moment.at == NOON - 5 * SECOND
    assert "off by" in moment.notes[0]


def test_without_the_time_of_sending_the_time_stands_as_written():
    yesterday = NOON - timedelta(days=1)

    assert happened(yesterday, None, NOON) == Moment(yesterday)


def test_without_a_time_it_is_the_receipt():
    assert happened(None, NOON, NOON) == Moment(NOON)


@pytest.mark.parametrize(
    ("original", "sent"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), None),
        (datetime(2100, 1, 1, tzinfo=UTC), None),
        (datetime(1970, 1, 1, tzinfo=UTC), NOON),
        (datetime(2100, 1, 1, tzinfo=UTC), NOON),
        (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_absurd_time_is_bounded_to_the_receipt_and_noted(original, sent):
    moment = happened(original, sent, NOON)

    assert moment.at == NOON
    assert original.isoformat() in moment.notes[0]
    assert "absurd" in moment.notes[0]


def test_two_sane_clocks_may_differ_a_little():
    assert happened(NOON + TOLERANCE, None, NOON) == Moment(NOON + TOLERANCE)


@given(original=moments | st.none(), sent=moments | st.none())
@settings(max_examples=300)
def test_no_clock_gives_a_time_that_cannot_be(original, sent):
    at = happened(original, sent, NOON).at

    assert datetime(1990, 1, 1, tzinfo=UTC) <= at <= NOON + TOLERANCE


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-10T13:00:00.000Z", NOON),
        ("2026-03-10T14:00:00+01:00", NOON),
        ("2026-03-10 13:00:00", NOON),
        ("2026-03-10", NOON.replace(hour=0)),
        ("", None),
        (None, None),
    ],
)
def test_times_are_read_as_utc(written, expected):
    assert parse_time(written) == expected


@pytest.mark.parametrize("written", ["soon", 1773147600, True, [], {}, "2026-13-45", "0001-01-01T00:00:00+23:00"])
def test_what_is_no_time_is_told(written):
    with pytest.raises(ValueError, match="ISO 8601"):
        parse_time(written)
