"""What is published arrives, in memory and on EventBridge, where it is heard as rules deliver it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from segue.aws.bus import EventBridgeBus
from segue.events.event import Event
from segue.events.plan import Violation
from segue.events.ports import Busy
from segue.events.rejected import Rejected
from segue.memory.bus import MemoryBus
from segue.outgoing import DomainEvent
from tests.builders import NOON, an_event
from tests.heard import Heard

REJECTED = Rejected(
    id="m-2",
    source="shop",
    received_at=NOON,
    violations=(Violation("userId", "is required"), Violation("event", "is not in the plan", "plan")),
    payload={"type": "track", "properties": {"total": 3.5, "none": None}},
)


class InMemory:
    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus

    def events(self) -> list[Event]:
        return self._bus.events

    def rejected(self) -> list[Rejected]:
        return self._bus.rejected

    def news(self) -> list[tuple[str, dict[str, Any]]]:
        return [
            (each.name, {**each.detail, "id": each.id, "at": each.at.isoformat(), "profile_id": each.profile_id})
            for each in self._bus.news
        ]


def in_memory(_request: pytest.FixtureRequest) -> tuple[Any, Any]:
    bus = MemoryBus()
    return bus, InMemory(bus)


def on_aws(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    request.getfixturevalue("aws")
    client = boto3.client("events")
    client.create_event_bus(Name="segue")
    return EventBridgeBus(client, "segue"), Heard(client)


@pytest.fixture(params=["memory", "aws"])
def bus_and_heard(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    makes: dict[str, Callable[[pytest.FixtureRequest], tuple[Any, Any]]] = {"memory": in_memory, "aws": on_aws}
    return makes[request.param](request)


def test_events_arrive_as_they_were(bus_and_heard):
    bus, heard = bus_and_heard
    event = an_event(
        anonymous_id="anon",
        client_time=NOON,
        properties={"total": 3.5, "items": [{"sku": "ä"}], "none": None},
        context={"ip": "192.0.2.1"},
        notes=("messageId was missing: made",),
    )

    bus.publish([event])

    assert heard.events() == [event]


def test_more_than_a_call_takes_arrive_all_the_same(bus_and_heard):
    bus, heard = bus_and_heard
    events = [an_event(message_id=f"m-{number}") for number in range(23)]

    bus.publish(events)

    assert sorted(event.message_id for event in heard.events()) == sorted(event.message_id for event in events)


def test_rejected_events_arrive_as_they_were(bus_and_heard):
    bus, heard = bus_and_heard

    bus.publish([an_event()], [REJECTED, replace(REJECTED, id="m-3")])

    assert heard.rejected() == [REJECTED, replace(REJECTED, id="m-3")]


def test_news_arrive_by_name(bus_and_heard):
    bus, heard = bus_and_heard
    news = DomainEvent(id="send-1", name="Message Sent", at=NOON, profile_id="u-1", detail={"channel": "email"})

    bus.announce([news])

    detail = {"channel": "email", "id": "send-1", "at": NOON.isoformat(), "profile_id": "u-1"}
    assert heard.news() == [("Message Sent", detail)]


def test_nothing_is_no_call(bus_and_heard):
    bus, heard = bus_and_heard

    bus.publish([])
    bus.announce([])

    assert heard.events() == []


@pytest.fixture
def stubbed(aws: None, monkeypatch: pytest.MonkeyPatch) -> tuple[EventBridgeBus, Stubber]:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    client = boto3.client("events")
    return EventBridgeBus(client, "segue"), Stubber(client)


def taken(*codes: str | None) -> dict[str, Any]:
    entries = [{"ErrorCode": code} if code else {"EventId": "1"} for code in codes]
    return {"FailedEntryCount": sum(1 for code in codes if code), "Entries": entries}


def test_only_what_the_bus_did_not_take_is_given_again(stubbed):
    bus, stub = stubbed
    first, second = an_event(message_id="m-1"), an_event(message_id="m-2")
    stub.add_response("put_events", taken(None, "ThrottlingException"), {"Entries": [ANY, ANY]})
    stub.add_response("put_events", taken(None), {"Entries": [ANY]})

    with stub:
        bus.publish([first, second])

    stub.assert_no_pending_responses()


def test_a_throttled_bus_is_busy_after_a_few_tries(stubbed):
    bus, stub = stubbed
    stub.add_response("put_events", taken("ThrottlingException"))
    stub.add_client_error("put_events", "ThrottlingException")
    stub.add_response("put_events", taken("InternalFailure"))

    with stub, pytest.raises(Busy) as busy:
        bus.publish([an_event()])

    assert busy.value.retry_after > 0


def test_a_bus_that_refuses_for_another_reason_raises(stubbed):
    bus, stub = stubbed
    for _ in range(3):
        stub.add_response("put_events", taken("NotAuthorizedForDetailTypeException"))

    with stub, pytest.raises(RuntimeError, match="NotAuthorized"):
        bus.publish([an_event()])


def test_a_call_stays_below_the_limit_of_256_kb(stubbed):
    bus, stub = stubbed
    large = [an_event(message_id=f"m-{number}", properties={"x": "y" * 60_000}) for number in range(5)]
    stub.add_response("put_events", taken(None, None, None, None), {"Entries": [ANY, ANY, ANY, ANY]})
    stub.add_response("put_events", taken(None), {"Entries": [ANY]})
    bus_in_order = EventBridgeBus(bus._client, "segue", threads=1)

    with stub:
        bus_in_order.publish(large)

    stub.assert_no_pending_responses()
