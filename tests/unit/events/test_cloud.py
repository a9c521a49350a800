"""A bus event is mapped to calls, each read as one that came over HTTP; what does not fit is kept as it came."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.aws.bus import encode_rejected
from segue.events.cloud import Gone, Taken, take
from segue.events.event import Event
from segue.events.identifier import USER, Identifier
from segue.events.plan import MOST_VIOLATIONS, TrackingPlan
from segue.events.rejected import Rejected, call_again
from segue.events.sources import Source
from segue.events.spec import Reception
from segue.profiles.timeline import fingerprint
from segue.workspace.load import load
from tests.builders import NOON

EVENTS = Path("tests/events")
SHARED = Path("../shared/data/ses_events/ses_events.jsonl")
BUS_EVENT = {"id": "e-1", "time": "2026-03-10T12:00:00Z", "source": "crm", "detail": {"user": "ada", "n": 3}}
TRACK = {"type": "track", "event": "'Called'", "userId": "detail.user"}


@pytest.fixture(scope="module")
def workspace():
    return load("workspace")


EMAIL = Identifier("email", "5f3e")


def recorded(name: str) -> dict[str, Any]:
    return json.loads((EVENTS / f"{name}.json").read_text())


def a_source(*mapping: dict[str, Any], **given: Any) -> Source:
    return Source.model_validate(
        {"source": "crm", "pattern": {"source": ["crm"]}, "mapping": list(mapping) or TRACK, **given}
    )


def taken(source: Source, event: dict[str, Any] = BUS_EVENT, **given: Any) -> Taken:
    plan = given.pop("plan", TrackingPlan())
    by = Reception(source="any", received_at=given.pop("now", NOON), plan=plan, digest="", new_id=lambda: "new")
    known = {
        "sources": {source.source: source},
        "by": by,
        "named": {"u-ada": Identifier(USER, "ada"), "i-e": EMAIL}.get,
    }
    return take(source.source, event, **{**known, **given})


def rejected(source: Source, event: dict[str, Any] = BUS_EVENT, **given: Any) -> Rejected:
    found = taken(source, event, **given).rejected
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("source", "name", "calls"),
    [
        ("shopify", "shopify_order_created", [("Identified", "7001001"), ("Order Completed", "7001001")]),
        ("shopify", "shopify_order_cancelled", [("Order Cancelled", "7001001")]),
        ("stripe", "stripe_subscription_created", [("Identified", "7001001"), ("Subscription Started", "7001001")]),
        ("stripe", "stripe_subscription_updated", [("Identified", "7001001"), ("Subscription Updated", "7001001")]),
        ("stripe", "stripe_subscription_deleted", [("Identified", "7001001"), ("Subscription Ended", "7001001")]),
        ("salesforce", "salesforce_contact_changed", [("Identified", "7001001")]),
        ("ses", "ses_bounced", [("Email Bounced", "ada")]),
        ("ses", "ses_complained", [("Email Marked as Spam", "ada")]),
        ("ses", "ses_delivered", [("Email Delivered", "ada")]),
        ("ses", "ses_opened", [("Email Opened", "ada")]),
        ("ses", "ses_clicked", [("Email Link Clicked", "ada")]),
        ("ses", "ses_subscribed", [("Unsubscribed", "ada")]),
    ],
)
def test_recorded_payloads_become_events_of_the_right_person(workspace, source, name, calls) -> None:
    answer = taken(workspace.sources_by_name[source], recorded(name), plan=workspace.plan)

    assert answer.rejected is None
    assert [(event.name, event.user_id) for event in answer.events] == calls
    assert all(event.source == source and event.client_time for event in answer.events)


def test_an_order_is_told_with_its_products_its_sum_and_its_own_time(workspace) -> None:
    order = taken(workspace.sources_by_name["shopify"], recorded("shopify_order_created")).events[1]

    assert (order.properties["revenue"], order.properties["quantity"]) == (59.8, 3)
    assert order.properties["products"][1]["price"] == 15.0
    assert order.timestamp == datetime(2026, 3, 10, 11, 58, 3, tzinfo=UTC)
    assert order.message_id == "shopify-order-5551234567890"


@pytest.mark.parametrize(("bounce", "kind"), [("Permanent", "hard"), ("Transient", "soft"), ("Undetermined", "soft")])
def test_only_a_permanent_bounce_is_a_hard_one(workspace, bounce, kind) -> None:
    event = recorded("ses_bounced")
    event["detail"]["bounce"]["bounceType"] = bounce

    [bounced] = taken(workspace.sources_by_name["ses"], event).events

    assert bounced.properties["bounce_type"] == kind


@pytest.mark.skipif(not SHARED.exists(), reason="recorded SES events are not here")
def test_events_as_ses_documents_them_carry_over(workspace) -> None:
    """Those of a configuration set come over EventBridge as they come over SNS and Firehose, as the event's detail."""
    heard: dict[str, list[str]] = {}
    for line in SHARED.read_text().splitlines():
        payload = json.loads(line)["payload"]
        payload["mail"].setdefault("tags", {})["profile_id"] = ["u-ada"]
        answer = taken(workspace.sources_by_name["ses"], {**BUS_EVENT, "source": "aws.ses", "detail": payload})
        assert answer.rejected is None
        kind = payload.get("eventType") or payload["notificationType"]
        heard.setdefault(kind, []).extend(event.name for event in answer.events)

    assert heard == {
        "Bounce": ["Email Bounced"] * 4,
        "Complaint": ["Email Marked as Spam"] * 4,
        "Delivery": ["Email Delivered"] * 3,
        "Open": ["Email Opened"] * 2,
        "Click": ["Email Link Clicked"] * 2,
        "Subscription": heard["Subscription"],
        **{kind: [] for kind in ("Send", "Reject", "Rendering Failure", "DeliveryDelay", "Received")},
    }
    assert set(heard["Subscription"]) <= {"Unsubscribed"}


def test_a_redelivery_is_the_same_event() -> None:
    first, again = taken(a_source()).events[0], taken(a_source(), now=NOON + timedelta(days=1)).events[0]

    assert first.message_id == "crm:e-1:0:0"
    assert fingerprint(first) == fingerprint(again)
    assert first.timestamp == NOON - timedelta(hours=1)


def test_each_makes_a_call_of_every_item_that_when_lets_pass() -> None:
    source = a_source(
        {**TRACK, "each": "detail.items", "when": "each.n > `1`", "properties": {"n": "each.n", "at": "position"}}
    )
    event = {**BUS_EVENT, "detail": {"user": "ada", "items": [{"n": 1}, {"n": 2}, {"n": 3}]}}

    events = taken(source, event).events

    assert [event.properties for event in events] == [{"n": 2, "at": 1}, {"n": 3, "at": 2}]
    assert len({event.message_id for event in events}) == 2


def test_an_event_that_no_mapping_is_meant_for_is_passed_by() -> None:
    assert taken(a_source({**TRACK, "when": "detail.nothing"})) == Taken()


def test_nested_properties_leave_out_what_is_not_there() -> None:
    source = a_source({**TRACK, "properties": {"a": {"n": "detail.n", "x": "detail.x"}, "b": "detail.b"}})

    assert taken(source).events[0].properties == {"a": {"n": 3}}


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({**TRACK, "userId": "detail.nobody"}, "mapping[0].userId"),
        ({**TRACK, "properties": {"x": "join('-', [detail.n])"}}, "mapping[0].properties.x"),
        ({**TRACK, "each": "detail.user"}, "mapping[0].each"),
        ({**TRACK, "profileId": "'u-eve'", "userId": "detail.nobody"}, "mapping[0].profileId"),
        ({**TRACK, "timestamp": "'soon'"}, "mapping[0].timestamp"),
        ({**TRACK, "properties": "detail.n"}, "mapping[0].properties"),
        ({**TRACK, "event": "'Email Bounced'"}, "mapping[0].event"),
    ],
)
def test_what_cannot_be_mapped_is_kept_as_it_came_with_the_place(mapping, field) -> None:
    kept = rejected(a_source(mapping))

    assert [violation.field for violation in kept.violations] == [field]
    assert (kept.source, kept.payload, kept.kind) == ("crm", BUS_EVENT, "bus event")


def test_the_tracking_plan_holds_for_sources_too() -> None:
    plan = TrackingPlan.model_validate({"events": [{"name": "Called", "properties": {"n": "string"}}]})

    kept = rejected(a_source({**TRACK, "properties": {"n": "detail.n"}}), plan=plan)

    assert [(each.field, each.rule) for each in kept.violations] == [("mapping[0].properties.n", "plan")]


def test_one_bad_call_neither_fails_nor_loses_the_others_and_a_replay_counts_them_once() -> None:
    broken, mended = a_source(TRACK, {**TRACK, "userId": "detail.usr"}), a_source(TRACK, TRACK)

    first = taken(broken)
    again = taken(mended, first.rejected.payload, now=NOON + timedelta(days=3))

    assert [fingerprint(event) for event in again.events][:1] == [fingerprint(event) for event in first.events]
    assert len(again.events) == 2
    assert again.rejected is None


def test_only_a_source_marked_so_says_what_a_channels_provider_knows() -> None:
    bounce = {**TRACK, "event": "'Email Bounced'"}

    assert "feedback" in rejected(a_source(bounce)).violations[0].message
    assert taken(a_source(bounce, feedback=True)).events[0].name == "Email Bounced"


@pytest.mark.parametrize("feedback", [True, False])
def test_no_source_says_what_only_segue_tells(feedback) -> None:
    kept = rejected(a_source({**TRACK, "event": "'Segment Entered'"}, feedback=feedback))

    assert "is told by Segue alone" in kept.violations[0].message


def test_an_event_of_a_source_that_was_taken_out_is_kept() -> None:
    kept = rejected(a_source(), sources={})

    assert kept.violations[0].message == "the workspace has no source 'crm'"


def test_a_bus_event_is_no_call_to_be_posted_again() -> None:
    assert call_again(rejected(a_source({**TRACK, "userId": "detail.x"})), NOON) is None


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_id_or_time_is_none_and_those_of_the_bus_event_hold(blank) -> None:
    source = a_source({**TRACK, "each": "detail.calls", "messageId": "each.id", "timestamp": "each.at"})
    calls = [{"id": blank, "at": blank}, {"id": blank, "at": "2026-03-09T08:00:00Z"}]

    first, second = taken(source, {**BUS_EVENT, "detail": {"user": "ada", "calls": calls}}).events

    assert (first.message_id, second.message_id) == ("crm:e-1:0:0", "crm:e-1:0:1")
    assert first.timestamp == datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert second.timestamp == datetime(2026, 3, 9, 8, tzinfo=UTC)


def test_what_is_told_of_a_bus_event_is_limited_however_many_calls_it_makes() -> None:
    mapping = {**TRACK, "each": "detail.items", "properties": "each"}
    items = [{f"{'x' * 40}{number}": number for number in range(120)} for _ in range(5)]
    plan = TrackingPlan.model_validate(
        {"unknown_properties": "reject", "events": [{"name": "Called", "properties": {"n": "number"}}]}
    )

    kept = rejected(a_source(mapping), {**BUS_EVENT, "detail": {"user": "ada", "items": items}}, plan=plan)

    assert len(kept.violations) == MOST_VIOLATIONS + 1
    assert kept.violations[-1].message == f"and {600 - MOST_VIOLATIONS} more"


@given(
    letter=st.sampled_from(["x", "\x01", "ü", "𝄞", '"']),
    long=st.integers(100, 300),
    pad=st.integers(0, 130_000),
    calls=st.integers(1, 4),
)
@settings(max_examples=40, deadline=None)
def test_whatever_is_rejected_is_small_enough_for_the_bus(letter, long, pad, calls) -> None:
    items = [{f"{number}{letter * long}": number for number in range(105)} for _ in range(calls)]
    mapping = {**TRACK, "each": "detail.items", "properties": "each"}
    plan = TrackingPlan.model_validate(
        {"unknown_properties": "reject", "events": [{"name": "Called", "properties": {"n": "number"}}]}
    )
    event = {**BUS_EVENT, "detail": {"user": "ada", "items": items, "pad": letter * pad}}

    kept = rejected(a_source(mapping), event, plan=plan)

    assert len(encode_rejected(kept).encode()) < 240 * 1024


def test_one_that_is_too_large_for_a_row_is_kept_as_an_excerpt() -> None:
    kept = rejected(a_source({**TRACK, "userId": "detail.x"}), {**BUS_EVENT, "detail": {"pad": "x" * 200_000}})

    assert not kept.whole
    assert len(kept.payload["excerpt"]) == 32 * 1024


def test_feedback_on_somebody_who_is_known_by_an_address_alone_is_that_address_s():
    mapping = {
        "type": "track",
        "event": "'Called'",
        "profileId": "'i-e'",
        "properties": {"email": "'other@example.com'"},
    }

    [event] = taken(a_source(mapping)).events

    assert event.who == (EMAIL,)


def test_feedback_on_somebody_who_was_erased_leaves_nothing() -> None:
    feedback = {"type": "track", "event": "'Called'", "profileId": "'u-gone'"}
    source = a_source(feedback, {**TRACK, "userId": "detail.nobody"}, TRACK)

    answer = taken(source, named={"u-gone": Gone.ERASED}.get)

    assert [event.user_id for event in answer.events] == ["ada"]
    assert (answer.rejected, answer.erased) == (None, 1)


def test_a_person_is_found_by_profile_id_unless_the_event_names_them() -> None:
    mapping = {"type": "track", "event": "'Called'", "profileId": "'u-ada'", "anonymousId": "detail.visitor"}
    visitor = {**BUS_EVENT, "detail": {"visitor": "v-1"}}

    assert taken(a_source(mapping)).events[0].user_id == "ada"
    assert taken(a_source(mapping), visitor).events[0].anonymous_id == "v-1"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.sampled_from("abcnx"), below, max_size=4),
    max_leaves=12,
)


@given(detail=JSON, bus_id=JSON, time=JSON)
@settings(max_examples=150, deadline=None)
def test_whatever_comes_is_taken_or_kept_and_never_lost(detail, bus_id, time) -> None:
    source = a_source(
        {
            **TRACK,
            "userId": "detail.a",
            "properties": {"s": "sum(detail.b)", "l": "lower(detail.c)"},
            "timestamp": "detail.x",
        }
    )

    answer = taken(source, {"id": bus_id, "time": time, "detail": detail})

    assert bool(answer.events) != bool(answer.rejected)
    assert all(isinstance(event, Event) for event in answer.events)
