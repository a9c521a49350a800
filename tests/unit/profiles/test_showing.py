"""Pages of a timeline: all events, each once, the latest first, whatever the clocks of the clients showed."""

import json
from base64 import urlsafe_b64encode
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pydantic import ValidationError

from segue.decisions.answer import answer
from segue.decisions.asked import Asked
from segue.events.carried import named
from segue.events.identity import Identity
from segue.memory.records import MemoryRecords
from segue.profiles import showing
from segue.profiles.cursor import BadCursor, read
from segue.profiles.identity import user_profile_id
from tests.builders import NOON, a_request, an_event
from tests.unit.decisions.desk import a_desk
from tests.unit.profiles.erasing import Company

ADA = user_profile_id("ada")
#: Of minutes: some far outside of what a row's key may be off.
OFF = some.one_of(some.none(), some.integers(-3000, 3000), some.integers(-3, 3))


@some.composite
def an_event_of_hers(draw, number):
    at = NOON + timedelta(minutes=draw(some.integers(0, 5000)))
    off = draw(OFF)
    return an_event(
        draw(some.sampled_from(["Product Viewed", "Order Completed"])),
        at=at,
        client_time=None if off is None else at + timedelta(minutes=off),
        message_id=f"m-{number}",
        **draw(some.sampled_from([{"user_id": "ada"}, {"anonymous_id": "v"}, {"user_id": "ada", "anonymous_id": "w"}])),
    )


HERS = some.integers(1, 25).flatmap(lambda count: some.tuples(*(an_event_of_hers(n) for n in range(count))))


def as_cursor(said: object) -> str:
    """As a cursor is written; a text as it is."""
    return urlsafe_b64encode((said if isinstance(said, str) else json.dumps(said)).encode()).decode().rstrip("=")


def a_company(events) -> Company:
    company = Company()
    company.happen(an_event("Identified", at=NOON, user_id="ada", anonymous_id="v", message_id="link"), *events)
    return company


def everything(company: Company, **wanted) -> list[dict]:
    profile, found, cursor = company.profiles.head(ADA).profile.value, [], None
    while True:
        page = showing.timeline(profile, showing.Wanted(cursor=cursor, **wanted), company.records)
        assert len(page.entries) <= wanted.get("limit", 50)
        found += page.entries
        cursor = page.cursor
        if cursor is None:
            return found


@settings(deadline=None)
@given(events=HERS, limit=some.integers(1, 7), most=some.sampled_from([1, 5, 2000]))
def test_the_pages_are_the_timeline_by_time(events, limit, most):
    company, before = a_company(events), showing.MOST_ROWS
    showing.MOST_ROWS = most
    try:
        found = everything(company, limit=limit)
    finally:
        showing.MOST_ROWS = before

    times = [each["timestamp"] for each in found]
    assert times == sorted(times, reverse=True)
    assert sorted(each["message_id"] for each in found) == sorted(["link", *(each.message_id for each in events)])


@settings(deadline=None)
@given(events=HERS, since=some.integers(0, 5000), length=some.integers(1, 3000))
def test_a_span_and_a_name_leave_out_the_rest_and_nothing_else(events, since, length):
    low = NOON + timedelta(minutes=since)
    high = low + timedelta(minutes=length)

    found = everything(a_company(events), since=low, until=high, name="Order Completed", limit=3)

    wanted = {each.message_id for each in events if low <= each.timestamp < high and each.name == "Order Completed"}
    assert {each["message_id"] for each in found} == wanted
    assert len(found) == len(wanted)


@pytest.mark.parametrize(
    "cursor",
    [
        *("x", "!!", "bm9uZQ", "W10", as_cursor(["2026-03-10", ""]), as_cursor(["2026-03-10T00:00:00Z", "", "x"])),
        *(as_cursor(["0001-01-01T00:00:00+14:00", "x"]), as_cursor(["9999-12-31T23:59:59-14:00", "x"])),
        *(as_cursor(["2026-03-10T00:00:00Z", "\ud800"]), as_cursor("[" * 7_000)),
    ],
)
def test_a_cursor_that_no_page_gave_is_refused(cursor):
    profile = a_company([]).profiles.head(ADA).profile.value

    with pytest.raises(BadCursor):
        showing.timeline(profile, showing.Wanted(cursor=cursor), a_company([]).records)


@settings(deadline=None)
@given(some.text(max_size=80) | some.recursive(some.none() | some.text() | some.integers(), some.lists).map(as_cursor))
def test_whatever_is_given_as_a_cursor_is_read_or_refused(cursor):
    with suppress(BadCursor):
        read(cursor)


def test_a_span_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValidationError, match="since: is not before until"):
        showing.Wanted(since=NOON, until=NOON)


@pytest.mark.parametrize(
    ("namespace", "value", "normal"),
    [
        ("email", " Ada@Example.COM ", sha256(b"ada@example.com").hexdigest()),
        ("phone", "+49 (30) 901820", "+4930901820"),
        ("user_id", " ada ", "ada"),
        ("email", "ada", None),
        ("phone", "hello", None),
        ("", "ada", None),
        ("crm", "  ", None),
    ],
)
def test_an_identifier_is_normalised_as_its_namespace_asks(namespace, value, normal):
    identifier = named(namespace, value, Identity())

    assert (identifier and identifier.value) == normal


def test_a_page_of_large_decisions_is_shorter_and_the_next_goes_on():
    desk = a_desk()
    for number in range(15):
        request = a_request(f"m-{number:02}", at=NOON + timedelta(minutes=number), properties={"text": "x" * 500_000})
        answer(Asked(request=request), desk=desk, now=NOON)
    person, records = desk.profiles.head("u-ada").profile.value, MemoryRecords(desk.profiles.rows)

    first = showing.decisions(person, showing.WantedDecisions(limit=100), records)
    second = showing.decisions(person, showing.WantedDecisions(limit=100, cursor=first.cursor), records)

    found = [each["request"]["send_id"] for each in (*first.entries, *second.entries)]
    assert found == [f"m-{number:02}" for number in reversed(range(15))]
    assert len(first.entries) == showing.MOST_BYTES // 501_000
    assert second.cursor is None
