"""A call comes in: who may, what is refused as a whole, and what becomes of each event."""

import base64
import gzip
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.aws.bus import decode_event, decode_rejected, encode_event, encode_rejected
from segue.events.event import OWN_NAMES
from segue.events.identity import Identity
from segue.events.ingest import Receipt, ingest
from segue.events.keys import FEEDBACK, WrittenKeys
from segue.events.plan import TrackingPlan, Violation
from segue.events.rejected import call_again
from segue.events.request import CALLS, MOST_BYTES, Refused, Request
from segue.events.spec import TOO_LARGE
from segue.events.weight import weigh
from segue.memory.bus import MemoryBus
from segue.memory.write_keys import MemoryWriteKeys
from tests.builders import NOON

KEY = "server-key-0001"
KEYS = MemoryWriteKeys(
    WrittenKeys.model_validate(
        {
            "keys": [
                {"name": "shop", "kind": "server", "key": KEY},
                {"name": "shop", "kind": "server", "key": "server-key-0002"},
                {"name": "web", "kind": "browser", "key": "browser-key-01"},
            ]
        }
    )
)
_IDENTITY = Identity()
_BELIEVING = Identity.model_validate({"identity_verification": {"required": False}})
PLAN = TrackingPlan.model_validate({"unknown_events": "reject", "events": [{"name": "Seen"}]})


def basic(key: str) -> str:
    return f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"


AUTHORIZED = basic(KEY)


def post(
    body, path="/v1/batch", *, bus=None, authorization=AUTHORIZED, encoding="", plan=PLAN, identity=_IDENTITY
) -> Receipt:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request(path=path, body=data, authorization=authorization, encoding=encoding)
    return ingest(
        request, keys=KEYS, plan=plan, identity=identity, bus=bus or MemoryBus(), now=NOON, new_id=lambda: "fresh"
    )


def refusal(*args, **given) -> tuple[int, str]:
    bus = MemoryBus()
    with pytest.raises(Refused) as refused:
        post(*args, bus=bus, **given)
    assert not bus.events
    assert not bus.rejected
    return refused.value.status, str(refused.value)


def seen(message_id="m", **given) -> dict:
    return {"type": "track", "event": "Seen", "userId": "ada", "messageId": message_id, **given}


def test_a_batch_goes_to_the_bus():
    bus = MemoryBus()

    receipt = post({"batch": [seen("a"), seen("b")], "sentAt": "2026-03-10T13:00:00Z"}, bus=bus)

    assert receipt == Receipt(source="shop", accepted=2)
    assert [event.message_id for event in bus.events] == ["a", "b"]


def test_one_bad_event_neither_fails_nor_loses_the_others():
    bus = MemoryBus()
    batch = [
        seen("a"),
        seen("big", properties={"x": "y" * 40_000}),
        "nonsense",
        seen("c", event="Unplanned"),
        seen("d"),
    ]

    receipt = post({"batch": batch}, bus=bus)

    assert (receipt.accepted, len(receipt.rejected), receipt.refused) == (2, 3, None)
    assert [event.message_id for event in bus.events] == ["a", "d"]
    assert [rejected.id for rejected in bus.rejected][::2] == ["big", "c"]
    assert all(rejected.violations for rejected in bus.rejected)


@pytest.mark.parametrize(("path", "type_"), [(path, type_) for path, type_ in CALLS.items() if type_])
def test_every_path_has_its_type_whatever_the_call_says(path, type_):
    bus = MemoryBus()
    call = seen(type="track", groupId="g", previousId="old")

    post(call, f"/v1/{path}", bus=bus)

    assert [event.type for event in bus.events] == [type_]


def test_a_single_call_that_is_not_in_the_spec_is_refused_with_its_field_and_kept():
    bus = MemoryBus()

    receipt = post(seen(userId=None, messageId="x" * 200), "/v1/track", bus=bus)

    assert receipt.refused
    assert receipt.refused.status == 400
    assert "userId: is required" in str(receipt.refused)
    assert "messageId: must have at most 100 characters" in str(receipt.refused)
    assert len(bus.rejected) == 1


def test_a_single_call_that_does_not_fit_the_plan_is_not_the_clients_fault():
    receipt = post(seen(event="Unplanned"), "/v1/track")

    assert (receipt.refused, len(receipt.rejected)) == (None, 1)


def test_a_single_call_of_40_kb_is_too_large():
    receipt = post(seen(properties={"x": "y" * 40_000}), "/v1/t")

    assert receipt.refused
    assert receipt.refused.status == 413


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"", 400, "body: is not JSON"),
        (b"{", 400, "at character 1"),
        (b"\xff\xfe", 400, "body: is not JSON"),
        (b"[1]", 400, "body: must be a JSON object"),
        (b'{"batch": NaN}', 400, "body: is not JSON"),
        (b'{"batch": [' + b"9" * 5000 + b"]}", 400, "body: is not JSON"),
        (b"[" * 100_000, 400, "nested too deeply"),
        ({}, 400, "batch: must be an array"),
        ({"batch": {}}, 400, "batch: must be an array"),
        ({"batch": [], "context": []}, 400, "context: must be an object"),
        ({"batch": [], "sentAt": 5}, 400, "sentAt: must be an ISO 8601 time"),
        ({"batch": [], "context": {"x": "\ud800"}}, 400, "context: holds a text that is not Unicode"),
        (b'{"batch": [], "context": {"x": 1e400}}', 400, "context: holds a number that is too large"),
        (b'{"batch": [], "context": ' + b'{"x":' * 300 + b"1" + b"}" * 301, 400, "context: is nested deeper than 64"),
        (b'{"batch": [], "context": ' + b'{"x":' * 950 + b"1" + b"}" * 951, 400, "nested"),
        ({"batch": [], "context": {"x": "y" * 40_000}}, 413, "context: is larger than 32 KB"),
        (b" " * (600 * 1024), 413, "body: is larger than 500 KB"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_as_a_whole(body, status, told):
    said = refusal(body)

    assert said[0] == status
    assert told in said[1]


def test_an_event_is_as_large_as_it_leaves_with_the_context_of_its_batch():
    bus = MemoryBus()
    half = "y" * 20_000

    post({"batch": [seen("a"), seen("b", properties={"x": half})], "context": {"x": half}}, bus=bus)

    assert [event.message_id for event in bus.events] == ["a"]
    assert [(rejected.id, rejected.violations) for rejected in bus.rejected] == [("b", (Violation("", TOO_LARGE),))]


def test_an_unknown_path_is_not_found():
    assert refusal({}, "/v1/import")[0] == 404


@pytest.mark.parametrize(
    ("authorization", "key"),
    [
        (None, None),
        (None, "unknown-key"),
        (None, 5),
        (basic("unknown-key"), None),
        (basic("unknown-key"), KEY),
        ("Basic !!!", None),
        ("Basic " + base64.b64encode(b"\xff\xfe").decode(), None),
        ("Basic", None),
        ("Bearer " + KEY, None),
        ("", None),
        (basic("ключ"), None),
    ],
)
def test_an_unknown_key_is_refused(authorization, key):
    assert refusal({"batch": [seen()], "writeKey": key}, authorization=authorization)[0] == 401


@pytest.mark.parametrize("name", [*sorted(FEEDBACK), "bounce"])
def test_a_browser_key_cannot_say_what_only_a_channel_knows(name):
    bus = MemoryBus()
    bounce = TrackingPlan.model_validate({"events": [{"name": "Email Bounced", "aliases": ["bounce"]}]})
    visitor = {"userId": None, "anonymousId": "anon"}
    batch = {
        "batch": [seen("a", **visitor), seen("b", event=name, **visitor), seen("c", event="Unsubscribed", **visitor)]
    }

    receipt = post(batch, authorization=basic("browser-key-01"), bus=bus, plan=bounce)

    assert receipt.accepted == 2
    [kept] = bus.rejected
    assert (kept.id, [(wrong.field, wrong.rule) for wrong in kept.violations]) == ("b", [("event", "key")])
    assert "needs a server key" in kept.violations[0].message
    assert post(batch, plan=bounce).accepted == 3


@pytest.mark.parametrize("name", [*OWN_NAMES, "session_end"])
@pytest.mark.parametrize("key", ["browser-key-01", KEY])
def test_no_key_says_what_only_segue_tells(name, key):
    bus = MemoryBus()
    plan = TrackingPlan.model_validate({"events": [{"name": "Session Ended", "aliases": ["session_end"]}]})
    said = seen(event=name, userId=None, anonymousId="anon")

    receipt = post(said, "/v1/track", authorization=basic(key), bus=bus, plan=plan)

    assert (receipt.accepted, receipt.refused and receipt.refused.status) == (0, 400)
    [kept] = bus.rejected
    assert [(wrong.field, wrong.rule) for wrong in kept.violations] == [("event", "key")]
    assert "is told by Segue alone" in kept.violations[0].message
    assert call_again(kept, NOON) is None


def test_events_that_name_somebody_whom_nobody_vouches_for_are_counted():
    batch = {"batch": [seen("a", anonymousId="x"), seen("b", userId=None, anonymousId="x")]}

    receipt = post(batch, authorization=basic("browser-key-01"))

    assert (receipt.accepted, receipt.unvouched) == (2, 1)
    assert post(batch, authorization=basic("browser-key-01"), identity=_BELIEVING).unvouched == 0
    assert post(batch).unvouched == 0


def test_a_single_call_that_its_key_may_not_send_is_refused_and_says_why():
    bounced = seen(event="Email Bounced", userId=None, anonymousId="anon")

    receipt = post(bounced, "/v1/track", authorization=basic("browser-key-01"), plan=TrackingPlan())

    assert receipt.refused
    assert (receipt.refused.status, str(receipt.refused)) == (400, "event: 'Email Bounced' needs a server key")


def test_the_key_may_stand_in_the_body_and_is_not_kept():
    bus = MemoryBus()

    receipt = post({**seen(userId=None), "writeKey": "browser-key-01"}, "/v1/t", authorization=None, bus=bus)

    assert receipt.source == "web"
    assert "writeKey" not in bus.rejected[0].payload


def test_two_keys_of_one_name_hold_while_one_is_rotated():
    assert post({"batch": []}).source == post({"batch": []}, authorization=basic("server-key-0002")).source == "shop"


def test_gzip_is_read():
    receipt = post(gzip.compress(json.dumps({"batch": [seen()]}).encode()), encoding="gzip")

    assert receipt.accepted == 1


@pytest.mark.parametrize(
    ("body", "encoding", "status", "told"),
    [
        (b'{"batch": []}', "gzip", 400, "is not gzip"),
        (gzip.compress(b'{"batch": []}', mtime=0)[:-4], "gzip", 400, "cut off"),
        (gzip.compress(b" " * MOST_BYTES * 20, mtime=0), "gzip", 413, "larger than 500 KB"),
        (b'{"batch": []}', "br", 400, "Content-Encoding"),
    ],
)
def test_an_encoding_that_cannot_be_undone_is_refused(body, encoding, status, told):
    said = refusal(body, encoding=encoding)

    assert said[0] == status
    assert told in said[1]


def test_the_same_batch_gives_the_same_ids_and_client_times_however_late_it_comes():
    batch = {"batch": [seen(timestamp="2026-03-10T12:00:00Z"), seen(messageId=None, timestamp="2026-03-10T12:00:00Z")]}
    first, again = MemoryBus(), MemoryBus()

    post(batch, bus=first)
    post(batch, bus=again)

    assert [(e.message_id, e.client_time) for e in first.events] == [
        (e.message_id, e.client_time) for e in again.events
    ]
    assert first.events[0].client_time == datetime(2026, 3, 10, 12, tzinfo=UTC)


halves = st.sampled_from(["\ud800", "x\udfff"])
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.just(float("1e400"))
    | st.text(st.characters())
    | halves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | halves, inner, max_size=3),
    max_leaves=8,
)
fields = [
    "type",
    "event",
    "userId",
    "anonymousId",
    "messageId",
    "timestamp",
    "sentAt",
    "properties",
    "context",
    "traits",
]
calls = st.dictionaries(st.sampled_from(fields), json_values) | json_values


@given(batch=st.lists(calls, max_size=4), context=st.none() | st.dictionaries(st.text(max_size=5), json_values))
@settings(max_examples=200, deadline=None)
def test_whatever_a_batch_holds_is_refused_or_can_travel_and_nothing_is_lost(batch, context):
    bus = MemoryBus()
    body = json.dumps({"batch": batch, "context": context}).replace("Infinity", "1e400").encode()

    if weigh(context or {}).flaw:
        assert refusal(body)[0] == 400
        return
    receipt = post(body, bus=bus)

    assert receipt.accepted + len(receipt.rejected) == len(batch) == len(bus.events) + len(bus.rejected)
    assert [decode_event(json.loads(encode_event(event))) for event in bus.events] == bus.events
    assert [decode_rejected(json.loads(encode_rejected(each))) for each in bus.rejected] == bus.rejected


def heard_with_gpc(call: dict, key: str = "browser-key-01", **request) -> MemoryBus:
    bus = MemoryBus()
    body = json.dumps(call).encode()
    sent = Request(path="/v1/batch", body=body, authorization=basic(key), headers={"sec-gpc": "1"}, **request)
    ingest(sent, keys=KEYS, plan=PLAN, identity=_BELIEVING, bus=bus, now=NOON, new_id=lambda: "fresh")
    return bus


@pytest.mark.parametrize(
    "context",
    [None, {}, {"privacy": {"gpc": False}}, {"privacy": "none"}],
    ids=["no context", "empty", "says otherwise", "odd"],
)
def test_a_browser_that_opts_out_says_it_for_each_of_its_events(context):
    bus = heard_with_gpc({"batch": [seen("m-1", context=context), seen("m-2")], "context": {"locale": "en"}})

    assert [event.context["privacy"] for event in bus.events] == [{"gpc": True}, {"gpc": True}]
    assert bus.events[1].context["locale"] == "en"


def test_a_server_that_speaks_for_many_opts_nobody_out():
    bus = heard_with_gpc({"batch": [seen()]}, KEY)

    assert bus.events[0].context == {}


def test_a_rejected_event_keeps_that_its_browser_opted_out():
    bus = heard_with_gpc({"batch": [seen(event="Unplanned")]})

    assert bus.rejected[0].payload["context"]["privacy"] == {"gpc": True}


def test_an_odd_context_is_rejected_all_the_same():
    bus = heard_with_gpc({"batch": [seen(context="odd")]})

    assert [violation.field for violation in bus.rejected[0].violations] == ["context"]
