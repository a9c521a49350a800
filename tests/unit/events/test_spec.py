"""One call in the Segment spec becomes an event, or a rejected event with all that is wrong with it."""

import json
from pathlib import Path

import pytest

from segue.aws.bus import decode_event, decode_rejected, encode_event, encode_rejected
from segue.events.carried import named
from segue.events.event import Event
from segue.events.identifier import Identifier
from segue.events.identity import Identity
from segue.events.plan import MOST_VIOLATIONS, TrackingPlan, Violation
from segue.events.rejected import Rejected
from segue.events.spec import Reception, read
from tests.builders import NOON

SPEC = Path(__file__).parents[3].parent / "shared/data/segment_spec/segment_payloads.jsonl"
PLAN = TrackingPlan.model_validate(
    {
        "unknown_events": "reject",
        "events": [{"name": "Order Completed", "aliases": ["order_completed"], "properties": {"total": "number"}}],
        "traits": {"email": "string"},
    }
)


def by(**given) -> Reception:
    said = {"source": "shop", "received_at": NOON, "plan": TrackingPlan(), "digest": "d", "new_id": lambda: "fresh"}
    return Reception(**{**said, **given})


def a_call(**given) -> dict:
    call = {"type": "track", "event": "Order Completed", "userId": "ada", "messageId": "m-1", **given}
    return {field: value for field, value in call.items() if value is not ...}


def wrong(call, **given) -> list[str]:
    rejected = read(call, 0, by(**given))
    assert isinstance(rejected, Rejected), rejected
    return [violation.field for violation in rejected.violations]


def test_a_track_call_becomes_an_event():
    call = a_call(
        anonymousId="anon",
        timestamp="2026-03-10T12:00:00Z",
        properties={"total": 3},
        context={"locale": "de-DE"},
        integrations={"All": True},
    )

    assert read(call, 0, by()) == Event(
        message_id="m-1",
        type="track",
        name="Order Completed",
        timestamp=NOON.replace(hour=12),
        received_at=NOON,
        client_time=NOON.replace(hour=12),
        source="shop",
        user_id="ada",
        anonymous_id="anon",
        properties={"total": 3},
        context={"locale": "de-DE"},
    )


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ({"type": "identify", "traits": {"email": "a@b.c"}}, {"name": "Identified", "traits": {"email": "a@b.c"}}),
        ({"type": "page", "name": "Home", "category": "Docs", "properties": {"url": "/"}},
         {"name": "Page Viewed", "properties": {"name": "Home", "category": "Docs", "url": "/"}}),
        ({"type": "screen", "name": "Main"}, {"name": "Screen Viewed", "properties": {"name": "Main"}}),
        ({"type": "group", "groupId": 7, "traits": {"plan": "x"}}, {"name": "Grouped", "group_id": "7"}),
        ({"type": "alias", "previousId": "old"}, {"name": "Aliased", "previous_id": "old"}),
    ],
)  # fmt: skip
def test_every_kind_of_call_has_its_name_and_its_fields(call, expected):
    event = read({"userId": "ada", "messageId": "m", **call}, 0, by())

    assert isinstance(event, Event)
    assert {field: getattr(event, field) for field in expected} == expected


def test_numbers_are_taken_for_ids():
    event = read(a_call(userId=42, messageId=7), 0, by())

    assert isinstance(event, Event)
    assert (event.user_id, event.message_id) == ("42", "7")


def test_what_the_call_says_wins_over_its_batch():
    call = a_call(context={"app": {"version": "2"}}, timestamp="2026-03-10T12:00:00Z")
    batch = by(context={"app": {"name": "shop", "version": "1"}, "locale": "x"}, sent_at="2026-03-10T12:00:10Z")

    event = read(call, 0, batch)

    assert isinstance(event, Event)
    assert event.context == {"app": {"name": "shop", "version": "2"}, "locale": "x"}
    assert event.timestamp == NOON.replace(hour=12, minute=59, second=50)


def test_an_alias_in_the_plan_becomes_the_canonical_name():
    event = read(a_call(event="order_completed"), 0, by(plan=PLAN))

    assert isinstance(event, Event)
    assert event.name == "Order Completed"


@pytest.mark.parametrize(
    ("call", "fields"),
    [
        (a_call(userId=...), ["userId"]),
        (a_call(userId=None, anonymousId=""), ["userId"]),
        (a_call(userId={"id": 1}), ["userId"]),
        (a_call(userId=True), ["userId"]),
        (a_call(messageId="x" * 101), ["messageId"]),
        (a_call(event=...), ["event"]),
        (a_call(event=" "), ["event"]),
        (a_call(event=["x"]), ["event"]),
        (a_call(type="trak"), ["type"]),
        (a_call(type=...), ["type"]),
        (a_call(type=["track"]), ["type"]),
        (a_call(properties=[1]), ["properties"]),
        (a_call(context="x"), ["context"]),
        (a_call(timestamp="yesterday"), ["timestamp"]),
        (a_call(timestamp=1773147600), ["timestamp"]),
        (a_call(sentAt="never"), ["sentAt"]),
        (a_call(properties={"x": "y" * 40_000}), [""]),
        (a_call(properties={"x": "\ud800"}), [""]),
        (a_call(properties={"x": float("inf")}), [""]),
        (a_call(messageId="\ud800"), ["", "messageId"]),
        (a_call(type="group", event=...), ["groupId"]),
        (a_call(type="alias", userId=...), ["userId", "previousId"]),
        ("not an object", [""]),
        (None, [""]),
        ([], [""]),
        ({}, ["type"]),
    ],
)
def test_what_is_wrong_is_told_by_its_field(call, fields):
    assert wrong(call) == fields


def test_everything_wrong_is_told_at_once():
    call = a_call(userId=..., messageId="x" * 200, event="", properties=3, timestamp="soon")

    assert wrong(call) == ["userId", "timestamp", "messageId", "event", "properties"]


def test_an_event_of_32_kb_passes_and_one_byte_more_does_not():
    room = 32 * 1024 - len(json.dumps(a_call(properties={"x": ""}), separators=(",", ":")))

    assert isinstance(read(a_call(properties={"x": "y" * room}), 0, by()), Event)
    assert wrong(a_call(properties={"x": "y" * (room + 1)})) == [""]


def test_a_call_that_is_nested_too_deeply_is_rejected():
    deep: dict = {}
    for _ in range(200):
        deep = {"x": deep}

    assert wrong(a_call(properties=deep)) == [""]
    assert wrong(a_call(context={"a": {}}), context={"a": deep}) == [""]
    assert isinstance(read(a_call(properties={"x": [{}] * 200}), 0, by()), Event)


def test_what_does_not_fit_the_plan_is_kept_with_every_violation():
    rejected = read(a_call(properties={"total": "3"}), 0, by(plan=PLAN))

    assert rejected == Rejected(
        id="m-1",
        source="shop",
        received_at=NOON,
        violations=(Violation("properties.total", "must be of type number", "plan"),),
        payload=a_call(properties={"total": "3"}),
    )
    assert wrong(a_call(event="Never Heard"), plan=PLAN) == ["event"]
    assert wrong(a_call(type="identify", event=..., traits={"email": 1}), plan=PLAN) == ["traits.email"]


def test_what_does_not_fit_the_plan_is_told_beside_what_is_not_in_the_spec():
    call = a_call(event="order_completed", userId=..., timestamp="soon", properties={"total": "3"})

    assert wrong(call, plan=PLAN) == ["userId", "timestamp", "properties.total"]
    assert wrong(a_call(event=" "), plan=PLAN) == ["event"]
    assert wrong(a_call(event="Never Heard", properties={"\ud800": 1}), plan=PLAN) == [""]


def test_a_call_that_is_too_large_tells_what_fits_into_a_row_and_how_much_more_there_is():
    plan = TrackingPlan.model_validate({"unknown_properties": "reject", "events": [{"name": "Order Completed"}]})
    call = a_call(timestamp="soon", properties={f"x{number}": 1 for number in range(5_000)})

    rejected = read(call, 0, by(plan=plan))

    assert isinstance(rejected, Rejected)
    assert [violation.field for violation in rejected.violations[:3]] == ["", "timestamp", "properties.x0"]
    assert rejected.violations[-1].message == f"and {5_002 - MOST_VIOLATIONS} more"


def test_a_rejected_call_keeps_its_message_id_if_that_is_usable():
    assert read(a_call(type="trak"), 0, by()).id == "m-1"
    assert read(a_call(type="trak", messageId="x" * 101), 0, by()).id.startswith("made-")


def test_the_traits_of_a_group_are_not_those_of_a_person():
    assert isinstance(read(a_call(type="group", groupId="g", traits={"email": 1}), 0, by(plan=PLAN)), Event)


def test_a_missing_message_id_is_made_and_noted_and_the_same_in_a_retry_of_a_dated_call():
    dated = a_call(messageId=..., timestamp="2026-03-10T12:00:00Z")

    first, again = read(dated, 0, by()), read(dated, 0, by())

    assert isinstance(first, Event)
    assert first == again
    assert first.notes == ("messageId was missing: made",)
    assert first.message_id not in {read(dated, 1, by()).message_id, read(dated, 0, by(digest="other")).message_id}


def test_a_missing_message_id_of_an_undated_call_is_a_fresh_one():
    assert read(a_call(messageId=...), 0, by()).message_id == "fresh"


def test_what_is_large_or_cannot_travel_is_kept_as_an_excerpt():
    for call in (a_call(properties={"x": "y" * 400_000}), a_call(properties={"x": "\ud800"})):
        rejected = read(call, 0, by())

        assert rejected.payload["excerpt"].startswith('{"type"')
        assert len(encode_rejected(rejected)) < 128 * 1024


def test_a_rejected_call_of_40_kb_is_kept_whole():
    call = a_call(properties={"x": "y" * 40_000})

    assert read(call, 0, by()).payload == call


def a_documented_call(record: dict) -> dict | None:
    """What a client would post for an example of the documentation; `None` for one that is no call."""
    if record["kind"] == "js_call":
        return as_the_browser_client_posts_it(record["method"], record["args"])
    payload = record["payload"]
    kind = (
        payload.get("type") or payload.get("action") or ("track" if {"event", "properties"} <= payload.keys() else "")
    )
    return {**payload, "type": kind} if kind in ("track", "identify", "page", "screen", "group", "alias") else None


def as_the_browser_client_posts_it(method: str, args: list) -> dict:
    said = {"type": method, "anonymousId": "anon", "messageId": "ajs-1", "context": {}}
    texts = [arg for arg in args if isinstance(arg, str)]
    objects = [arg for arg in args if isinstance(arg, dict)]
    named = {"track": ["event"], "page": ["category", "name"], "group": ["groupId"]}.get(method, ["userId"])
    said |= dict(zip(named, texts, strict=False))
    if method == "track" and not texts:
        return said | objects[0]
    if method == "alias":
        return said | {"previousId": "anon"}
    return said | dict(
        zip(["traits" if method in ("identify", "group") else "properties", "context"], objects, strict=False)
    )


@pytest.mark.skipif(not SPEC.exists(), reason="the recorded payloads of the Segment spec are not here")
def test_every_payload_of_the_segment_spec_is_taken_or_rejected_with_a_reason():
    taken, reasons = 0, set()
    for line in SPEC.read_text().splitlines():
        record = json.loads(line)
        call = a_documented_call(record)
        for each in (call, record.get("payload")):
            result = read(each, 0, by())
            if isinstance(result, Event):
                assert decode_event(json.loads(encode_event(result))) == result
            else:
                assert decode_rejected(json.loads(encode_rejected(result))) == result
        if call:
            result = read(call, 0, by())
            taken += isinstance(result, Event)
            reasons |= {v.field for v in result.violations} if isinstance(result, Rejected) else set()

    assert taken > 150
    assert reasons <= {"userId"}


def test_a_call_by_nobody_who_can_be_told_apart_is_rejected_with_what_was_blocked_and_the_remedy():
    rejected = read(a_call(userId="null", anonymousId="000"), 0, by())

    assert isinstance(rejected, Rejected)
    [violation] = rejected.violations
    assert (violation.field, violation.rule) == ("userId", "spec")
    assert "userId is a blocked value" in violation.message
    assert "anonymousId is a blocked value" in violation.message
    assert "send the person's own userId" in violation.message


def test_a_call_known_by_its_address_alone_is_taken():
    event = read(a_call(userId=..., properties={"email": "ada@example.com"}), 0, by())

    assert isinstance(event, Event)
    assert [identifier.namespace for identifier in event.who] == ["email"]


def test_a_trait_that_is_too_large_to_be_one_is_noted():
    call = a_call(
        type="identify", traits={"bio": "x" * 513, "plan": "gold"}, context={"traits": {"notes": ["y" * 600]}}
    )

    event = read(call, 0, by())

    assert event.traits["plan"] == "gold"
    assert event.notes == tuple(f"the trait {name} is larger than 512 bytes: not kept" for name in ("notes", "bio"))


def test_properties_and_traits_get_their_canonical_names_and_notes_tell_what_did_not_fit():
    plan = TrackingPlan.model_validate(
        {
            "on_violation": "warn",
            "events": [
                {"name": "Seen", "properties": {"sku": {"type": "string", "aliases": ["SKU"]}, "price": "number"}}
            ],
            "traits": {"first_name": {"aliases": ["firstName"]}},
        }
    )
    said = Reception(source="shop", received_at=NOON, plan=plan, digest="d", new_id=lambda: "fresh")
    shared = {"userId": "ada", "messageId": "m"}

    seen = read({**shared, "type": "track", "event": "Seen", "properties": {"SKU": "a", "price": "1"}}, 0, said)
    known = read({**shared, "type": "identify", "traits": {"firstName": "Ada"}}, 0, said)

    assert isinstance(seen, Event)
    assert isinstance(known, Event)
    assert seen.properties == {"sku": "a", "price": "1"}
    assert seen.notes == ("properties.price: must be of type number",)
    assert known.traits == {"first_name": "Ada"}


ALIASED = TrackingPlan.model_validate(
    {
        "unknown_properties": "strip",
        "on_violation": "strip",
        "events": [
            {
                "name": "Order Completed",
                "properties": {
                    "email": {"type": "string", "format": "email", "aliases": ["e_mail"]},
                    "customer": {"type": "string", "aliases": ["crm_no"]},
                },
            }
        ],
        "traits": {"email": {"type": "string", "aliases": ["e_mail"]}},
    }
)


def who(call, **given) -> list[str]:
    event = read(call, 0, by(plan=ALIASED, **given))
    assert isinstance(event, Event), event
    return [identifier.namespace for identifier in event.who]


def test_a_trait_and_a_property_that_come_under_an_alias_tell_who_it_was():
    identified = a_call(type="identify", event=..., traits={"e_mail": "ada@example.com"})

    assert who(identified) == ["user_id", "email"]
    assert who(a_call(properties={"e_mail": "ada@example.com"})) == ["user_id", "email"]
    assert who(a_call(userId=..., properties={"e_mail": "ada@example.com"})) == ["email"]
    assert who(a_call(type="group", groupId="g", traits={"e_mail": "ada@example.com"})) == ["user_id"]


def test_no_identifier_is_lost_by_what_the_plan_renames_or_takes_off():
    by_alias = Identity.model_validate({"namespaces": {"crm": {"paths": ["properties.crm_no"]}}})
    unplanned = Identity.model_validate({"namespaces": {"loyalty": {"paths": ["properties.loyalty"]}}})

    assert who(a_call(properties={"crm_no": "7"}), identity=by_alias) == ["user_id", "crm"]
    assert who(a_call(properties={"loyalty": "7"}), identity=unplanned) == ["user_id", "loyalty"]
    assert who(a_call(properties={"e_mail": " ada@example.com "})) == ["user_id", "email"]


def test_what_is_said_under_two_names_is_found_once():
    event = read(a_call(properties={"e_mail": "ada@example.com", "crm_no": "x"}, traits={}), 0, by(plan=ALIASED))

    assert isinstance(event, Event)
    assert event.who == (Identifier("user_id", "ada"), named("email", "ada@example.com", Identity()))
    assert event.properties == {"email": "ada@example.com", "customer": "x"}
