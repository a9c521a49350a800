"""The real handler, on moto, with a recorded payload of API Gateway."""

import base64
import copy
import gzip
import hmac
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from functions.ingest import handler as ingest
from segue.aws.settings import Settings
from segue.events.plan import TrackingPlan
from tests.heard import Heard

RECORDED = json.loads((Path(__file__).parent.parent / "events" / "api_gateway_v2.json").read_text())
CONTEXT = SimpleNamespace(
    function_name="ingest", memory_limit_in_mb=512, invoked_function_arn="arn:aws:lambda:x", aws_request_id="request-1"
)
KEY = "server-key-0001"
VOUCHING = "a secret of the shop's own server"
SECRET = {
    "keys": [
        {"name": "shop", "kind": "server", "key": KEY},
        {"name": "web", "kind": "browser", "key": "browser-1", "identity_secret": VOUCHING},
    ]
}
PLAN = {"events": [{"name": "Order Completed", "aliases": ["order_completed"], "properties": {"total": "number"}}]}
BATCH = {
    "batch": [
        {"type": "track", "event": "order_completed", "userId": "ada@example.com", "messageId": "m-1"},
        {"type": "track", "event": "Order Completed", "messageId": "m-2"},
    ]
}


@pytest.fixture
def heard(aws: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Heard]:
    bundle = tmp_path / "workspace.json"
    bundle.write_text(json.dumps({"name": "shop", "plan": PLAN}))
    secret = boto3.client("secretsmanager").create_secret(Name="keys", SecretString=json.dumps(SECRET))
    boto3.client("events").create_event_bus(Name="segue-test")
    settings = Settings(
        environment="test", workspace_path=str(bundle), bus="segue-test", write_keys_secret=secret["ARN"],
        clock="1997-01-06T00:00:00+00:00@2026-01-01T00:00:00+00:00*1",
    )  # fmt: skip
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "ingest")
    ingest.wiring.cache_clear()
    yield Heard(ingest.wiring().bus._client)
    ingest.wiring.cache_clear()


def a_post(body: Any, path: str = "/v1/batch", **headers: str) -> dict[str, Any]:
    event = copy.deepcopy(RECORDED)
    event["rawPath"] = path
    event["headers"] |= headers
    if isinstance(body, bytes):
        event["body"], event["isBase64Encoded"] = base64.b64encode(body).decode(), True
    else:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
    return event


def post(*args: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    answered = ingest.handler(a_post(*args, **headers), CONTEXT)
    return answered["statusCode"], json.loads(answered["body"])


def test_a_batch_is_taken_in(heard):
    assert post(BATCH) == (200, {"success": True})

    [event] = heard.events()
    assert (event.name, event.source, event.received_at.year) == ("Order Completed", "shop", 1997)
    [rejected] = heard.rejected()
    assert rejected.id == "m-2"


def test_the_answer_is_exactly_the_segment_apis(heard):
    answered = ingest.handler(a_post(BATCH), CONTEXT)

    assert answered["body"] == '{"success": true}'
    assert answered["headers"]["Content-Type"] == "application/json"


def test_a_browser_posts_plain_text_with_its_key_in_the_body(heard):
    call = {"type": "track", "event": "Seen", "anonymousId": "a", "messageId": "m", "writeKey": "browser-1"}
    event = a_post(json.dumps(call), "/v1/t", **{"content-type": "text/plain"})
    del event["headers"]["authorization"]

    assert ingest.handler(event, CONTEXT)["statusCode"] == 200

    assert heard.events()[0].source == "web"


def seen_in_a_browser(**context: Any) -> dict[str, Any]:
    call = {"type": "track", "event": "Seen", "userId": "ada", "anonymousId": "a", "messageId": "m", "context": context}
    return {**call, "writeKey": "browser-1"}


def post_from_a_browser(call: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    event = a_post(json.dumps(call), "/v1/t", **{"content-type": "text/plain"})
    del event["headers"]["authorization"]
    answered = ingest.handler(event, CONTEXT)
    return answered["statusCode"], json.loads(answered["body"])


def test_a_browser_speaks_for_its_visitor_unless_the_shops_server_vouches_for_more(heard, capsys):
    vouched = hmac.new(VOUCHING.encode(), b"user_id:ada", "sha256").hexdigest()

    for verification in ({}, {"user_id": "0" * 64}, {"user_id": vouched}):
        assert post_from_a_browser(seen_in_a_browser(identity_verification=verification))[0] == 200

    assert [event.user_id for event in heard.events()] == [None, None, "ada"]
    assert [event.context for event in heard.events()] == [{}, {}, {}]
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("EventsUnvouched") for line in told if "_aws" in line] == [[1.0], [1.0], None]


def test_a_browser_that_names_only_somebody_else_is_told_what_to_do(heard):
    status, said = post_from_a_browser({**seen_in_a_browser(), "anonymousId": None})

    assert (status, said["code"]) == (400, "invalid_request")
    assert "userId: no identifier is left" in said["message"]
    assert "anonymousId" in said["message"]
    [rejected] = heard.rejected()
    assert {violation.rule for violation in rejected.violations} == {"key"}


def test_the_workspace_says_what_people_are_known_by(heard, monkeypatch):
    monkeypatch.setitem(ingest.wiring()._bundle, "identity", {"namespaces": {"loyalty_id": {"limit": 1}}})

    post({"batch": [{"type": "track", "event": "Seen", "userId": "ada", "properties": {"loyaltyId": 7}}]})

    assert [str(each) for each in heard.events()[0].who] == ["user_id:ada", "loyalty_id:7"]


def test_a_browser_s_header_opts_its_person_out(heard):
    call = {"type": "track", "event": "Seen", "anonymousId": "a", "messageId": "m", "writeKey": "browser-1"}
    event = a_post(json.dumps(call), "/v1/t", **{"content-type": "text/plain", "sec-gpc": "1"})
    del event["headers"]["authorization"]

    ingest.handler(event, CONTEXT)

    assert heard.events()[0].context == {"privacy": {"gpc": True}}


def seen_by(*, key: str, heard: Heard) -> dict[str, Any]:
    """The context of an event that came by way of CloudFront, with this key."""
    headers = {
        "cloudfront-viewer-country": "DE",
        "cloudfront-viewer-time-zone": "Europe/Berlin",
        "user-agent": "curl/8",
    }
    call = {"type": "track", "event": "Seen", "anonymousId": "a", "messageId": "m", "context": {"ip": "192.0.2.9"}}
    event = a_post({**call, "writeKey": key}, "/v1/t", **headers)
    del event["headers"]["authorization"]
    assert ingest.handler(event, CONTEXT)["statusCode"] == 200
    return dict(heard.events()[0].context)


def test_a_browsers_call_tells_where_it_came_from_and_on_what(heard):
    context = seen_by(key="browser-1", heard=heard)

    assert context == {"timezone": "Europe/Berlin", "location": {"country": "DE"}, "device": {"class": "server"}}


def test_a_servers_call_would_only_tell_where_the_server_is(heard):
    assert seen_by(key=KEY, heard=heard) == {}


def test_the_workspace_says_what_becomes_of_an_address(heard, monkeypatch):
    monkeypatch.setitem(ingest.wiring()._bundle, "ip_addresses", "truncate")

    assert seen_by(key=KEY, heard=heard) == {"ip": "192.0.2.0"}


def test_a_compressed_body_comes_as_base64(heard):
    packed = gzip.compress(json.dumps(BATCH).encode())

    assert post(packed, **{"content-encoding": "gzip"}) == (200, {"success": True})
    assert post(b"not gzip", **{"content-encoding": "gzip"})[0] == 400


def test_header_names_may_be_written_in_any_case(heard):
    event = a_post(BATCH)
    event["headers"] = {name.title(): value for name, value in event["headers"].items()}

    assert ingest.handler(event, CONTEXT)["statusCode"] == 200


@pytest.mark.parametrize(
    ("body", "path", "refusal", "told"),
    [
        ("{broken", "/v1/batch", (400, "invalid_json"), "body"),
        ("", "/v1/batch", (400, "invalid_json"), "body"),
        ({"event": "Seen"}, "/v1/track", (400, "invalid_request"), "userId"),
        ({"event": "Seen", "userId": "a", "messageId": "x" * 200}, "/v1/track", (400, "invalid_request"), "messageId"),
        ("x" * 600 * 1024, "/v1/batch", (413, "too_large"), "500 KB"),
        ({"batch": 1}, "/v1/b", (400, "invalid_request"), "batch"),
        ({}, "/v1/nothing", (404, "not_found"), "nothing"),
    ],
)
def test_a_refusal_names_the_field(heard, body, path, refusal, told):
    answered, said = post(body, path)

    assert (answered, said["code"]) == refusal
    assert told in said["message"]
    assert said.keys() == {"code", "message"}


def test_an_unknown_key_is_refused(heard):
    assert post(BATCH, authorization="Basic bm9ib2R5Og==")[0] == 401
    assert heard.said == []


def test_a_throttled_bus_asks_the_client_to_come_back(heard, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    monkeypatch.setattr(ingest.wiring().bus._client, "put_events", throttled)

    answered = ingest.handler(a_post(BATCH), CONTEXT)

    assert answered["statusCode"] == 429
    assert int(answered["headers"]["Retry-After"]) > 0
    assert json.loads(answered["body"])["code"] == "rate_limited"


def throttled(**_: Any) -> None:
    raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "PutEvents")


def test_the_log_names_no_field_that_a_client_named(heard, caplog: pytest.LogCaptureFixture, monkeypatch):
    strict = {**PLAN, "unknown_properties": "reject", "traits": {"age": "number"}}
    monkeypatch.setattr(ingest.wiring(), "plan", TrackingPlan.model_validate(strict))
    order = {"type": "track", "event": "Order Completed", "userId": "u", "properties": {"ada@example.com": 1}}
    person = {"type": "identify", "userId": "u", "traits": {"age": "x"}, "timestamp": "soon"}

    post({"batch": [order, person]})

    [logged] = [record for record in caplog.records if record.message == "taken in"]
    assert vars(logged)["wrong_fields"] == ["properties", "timestamp", "traits"]
    assert "ada@example.com" not in str(vars(logged))


def test_logs_and_metrics_tell_what_was_taken_in_and_never_who(heard, capsys: pytest.CaptureFixture[str]):
    post(BATCH)

    told = capsys.readouterr().out
    metrics = next(json.loads(line) for line in told.splitlines() if "_aws" in line)
    assert metrics["EventsAccepted"] == [1.0]
    assert metrics["EventsRejected"] == [1.0]
    assert "ada@example.com" not in told
    assert KEY not in told


def as_the_python_client_posts_it(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[..., Any]:
    def send(url: str, data: str | bytes, headers: dict[str, str], **_: Any) -> Any:
        body = data if isinstance(data, bytes) else data.encode()
        event = a_post(body, url.partition("example.com")[2], **{name.lower(): said for name, said in headers.items()})
        answered = answer(event)
        return SimpleNamespace(status_code=answered["statusCode"], json=lambda: json.loads(answered["body"]))

    return send


@pytest.mark.parametrize("packed", [False, True])
def test_the_published_python_client_delivers(heard, monkeypatch, packed):
    analytics = pytest.importorskip("segment.analytics.client")
    sent = as_the_python_client_posts_it(lambda event: ingest.handler(event, CONTEXT))
    monkeypatch.setattr("segment.analytics.request._session", SimpleNamespace(post=sent))
    client = analytics.Client(KEY, host="https://example.com", gzip=packed, sync_mode=True, max_retries=0)

    client.track("ada", "Order Completed", {"total": 3})
    client.identify("ada", {"email": "ada@example.com"})
    client.page("ada", "Docs", "Home")
    client.alias("old", "ada")
    client.group("ada", "team")
    client.screen("ada", "Main")

    assert [event.type for event in heard.events()] == ["track", "identify", "page", "alias", "group", "screen"]
    assert heard.rejected() == []
