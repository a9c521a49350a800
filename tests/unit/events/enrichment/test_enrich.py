"""What an event's context is given when it is read: from headers, from itself, never over the client's own words."""

import time
import tracemalloc
from datetime import UTC, datetime
from typing import Any

import pytest

from segue.events.enrichment.addresses import governed
from segue.events.enrichment.visitor import NOBODY, Visitor, visitor
from segue.events.event import Event
from segue.events.plan import TrackingPlan
from segue.events.rejected import Rejected
from segue.events.spec import Reception, read
from segue.events.zones import zone_named

VIEWER = {
    "cloudfront-viewer-country": "DE",
    "cloudfront-viewer-country-region": "BY",
    "cloudfront-viewer-city": "M%C3%BCnchen",
    "cloudfront-viewer-postal-code": "80331",
    "cloudfront-viewer-latitude": "48.13",
    "cloudfront-viewer-longitude": "11.57",
    "cloudfront-viewer-time-zone": "Europe/Berlin",
    "cloudfront-is-mobile-viewer": "true",
    "cloudfront-is-tablet-viewer": "false",
    "cloudfront-viewer-address": "192.0.2.1:50000",
    "x-forwarded-for": "192.0.2.1",
}
MUNICH = {
    "country": "DE",
    "region": "BY",
    "city": "München",
    "postal_code": "80331",
    "latitude": 48.13,
    "longitude": 11.57,
}


def taken(context: Any = None, by: Visitor = NOBODY, **said: Any) -> Event:
    call = {"type": "track", "event": "Seen", "userId": "ada", "messageId": "m", **said}
    event = read(call | ({} if context is None else {"context": context}), 0, a_reception(visitor=by))
    assert isinstance(event, Event)
    return event


def a_reception(**given: Any) -> Reception:
    at = datetime(2026, 3, 10, 12, tzinfo=UTC)
    return Reception(source="web", received_at=at, plan=TrackingPlan(), digest="d", new_id=str, **given)


def test_cloudfronts_headers_tell_place_zone_and_device():
    event = taken(None, visitor(VIEWER))

    assert event.context == {"timezone": "Europe/Berlin", "location": MUNICH, "device": {"class": "mobile"}}
    assert event.notes == ()


def test_what_the_client_says_itself_holds():
    said = {"timezone": "Asia/Tokyo", "location": {"country": "Japan"}, "device": {"class": "desktop"}}

    assert taken(said, visitor(VIEWER)).context == said


def test_a_device_that_the_client_describes_is_given_its_class():
    assert taken({"device": {"type": "ios", "model": "iPhone15,2"}}).context["device"] == {
        "type": "ios",
        "model": "iPhone15,2",
        "class": "mobile",
    }


@pytest.mark.parametrize("zone", ["CEST", "Nowhere/City", "+02:00", 2, ["Europe/Berlin"]])
def test_a_time_zone_that_does_not_exist_is_noted_and_gives_way_to_a_known_one(zone):
    alone, told = taken({"timezone": zone}), taken({"timezone": zone}, visitor(VIEWER))

    assert (alone.context["timezone"], told.context["timezone"]) == (zone, "Europe/Berlin")
    assert [note.split(" ")[0] for event in (alone, told) for note in event.notes] == ["context.timezone"] * 2


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("time-zone", "Nowhere/City"),
        ("latitude", "north"),
        ("latitude", "nan"),
        ("longitude", "1e9"),
        ("city", "%20"),
        ("country", ""),
    ],
)
def test_a_header_that_makes_no_sense_is_passed_over(header, value):
    assert visitor({f"cloudfront-viewer-{header}": value}) == NOBODY


def test_a_page_call_may_tell_its_page_in_its_properties():
    properties = {"url": "https://shop.example.com/?utm_source=news&utm_medium=email", "referrer": ""}

    paged, tracked = taken(None, type="page", properties=properties), taken(None, properties=properties)

    assert paged.context["channel_source"]["channel"] == "Email"
    assert paged.context["campaign"] == {"source": "news", "medium": "email"}
    assert tracked.context == {}


def test_an_event_of_a_servers_library_stays_as_it_is():
    context = {"library": {"name": "analytics-python", "version": "2.3.4"}, "timezone": "Europe/Berlin"}

    assert taken(context).context == context


@pytest.mark.parametrize(
    ("choice", "address", "kept"),
    [
        ("drop", "192.0.2.77", None),
        ("keep", "192.0.2.77", "192.0.2.77"),
        ("truncate", "192.0.2.77", "192.0.2.0"),
        ("truncate", "0.0.0.0", "0.0.0.0"),
        ("truncate", "2001:db8:85a3:8d3:1319:8a2e:370:7348", "2001:db8:85a3::"),
        ("truncate", "ada@example.com", None),
        ("truncate", 3221225985, None),
    ],
)
def test_an_address_is_kept_as_the_workspace_says(choice, address, kept):
    assert governed({"ip": address, "locale": "de"}, choice) == {"locale": "de"} | ({"ip": kept} if kept else {})


def test_no_address_stays_in_an_event_nor_in_a_rejected_one():
    calls = [
        {"type": type_, "event": "Seen", "userId": "a", "context": {"ip": "192.0.2.1"}} for type_ in ("track", "x")
    ]

    taken_in, rejected = (read(call, 0, a_reception(visitor=visitor(VIEWER))) for call in calls)

    assert isinstance(taken_in, Event)
    assert isinstance(rejected, Rejected)
    assert "192.0.2" not in str(taken_in) + str(rejected)


@pytest.mark.parametrize(
    "context",
    [
        lambda n: {"userAgent": "aft" * (n // 3)},
        lambda n: {"userAgent": "android" * (n // 7)},
        lambda n: {"page": {"url": "https://shop.example.com", "referrer": f"https://{'a.' * (n // 2)}com"}},
        lambda n: {"page": {"url": f"https://{'a.' * (n // 2)}com", "referrer": "https://news.example.com"}},
        lambda n: {"page": {"url": f"https://shop.example.com?{'a=%41&' * (n // 6)}"}},
        lambda n: {"campaign": {"name": "e-shop" * (n // 6)}},
        lambda n: {"timezone": "a/" * (n // 2)},
    ],
    ids=lambda context: str(context(30))[:40],
)
def test_what_is_made_to_waste_time_takes_no_longer_than_its_length(context):
    """Eight times the text takes about eight times as long at most; were it read over and over, it would be 64."""
    short, long = (fastest(context(length)) for length in (4_000, 32_000))

    assert long < 24 * max(short, 0.0005)


def fastest(context) -> float:
    """Of a few tries, since others work on the machine too."""
    took = []
    for _ in range(5):
        before = time.thread_time()
        taken(context)
        took.append(time.thread_time() - before)
    return min(took)


def test_no_name_that_is_too_long_for_a_zone_is_remembered():
    tracemalloc.start()
    assert not any(zone_named("Mars/" + "x" * 30_000 + str(number)) for number in range(300))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert held < 1_000_000
