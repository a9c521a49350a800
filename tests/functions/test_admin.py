"""The API for services and tools, and the erasing, as AWS wakes them; what docs/api.md shows is what is answered."""

import json
from datetime import timedelta

import boto3
import pytest

from functions.api import handler as api
from functions.erase import handler as erase
from segue.profiles.erase import SETTLED
from tests.builders import NOON
from tests.functions.asking import RECEIPT
from tests.functions.calling import ADA, CALLER, CONTEXT, DOCS, RECORDED, call

BACKWARDS = {"since": "2026-03-10T00:00:00Z", "until": "2026-03-09T00:00:00Z"}


def test_every_route_is_documented_and_every_documented_route_exists():
    assert set(DOCS) | {"GET /v1/profiles"} == set(api.ROUTES)


@pytest.mark.parametrize(
    "route",
    [
        "GET /v1/profiles/{id}",
        "GET /v1/profiles/{id}/timeline",
        "GET /v1/profiles/{id}/decisions",
        "GET /v1/profiles/{id}/export",
    ],
)
def test_what_is_answered_looks_as_it_is_documented(people, route):
    status, said = call(route, id_=ADA)

    assert status == 200
    assert list(said) == list(DOCS[route][0])


def test_a_recorded_call_finds_the_person(people):
    answered = api.handler(RECORDED, CONTEXT)

    assert answered["statusCode"] == 200
    assert json.loads(answered["body"])["traits"] == {"email": "ada@example.com"}


@pytest.mark.parametrize(("namespace", "value"), [("user_id", " ada "), ("anonymous_id", "v")])
def test_any_identifier_leads_to_the_person(people, namespace, value):
    asked = {"namespace": namespace, "value": value}

    by_query, by_body = call("GET /v1/profiles", query=asked), call("POST /v1/profiles/search", body=asked)

    assert by_query[1]["identifiers"] == by_body[1]["identifiers"]
    assert by_query[1]["profile_id"] == by_body[1]["profile_id"] == ADA


def test_a_timeline_is_read_page_by_page_to_its_end(people):
    seen, cursor, pages = [], None, 0
    while cursor or not pages:
        query = {"limit": "5", **({"cursor": cursor} if cursor else {})}
        _, page = call("GET /v1/profiles/{id}/timeline", id_=ADA, query=query)
        seen += [event["timestamp"] for event in page["events"]]
        cursor, pages = page["cursor"], pages + 1

    assert (len(seen), pages) == (12, 3)
    assert seen == sorted(seen, reverse=True)


def test_a_timeline_is_filtered(people):
    query = {"name": "Page Viewed", "since": (NOON + timedelta(minutes=5)).isoformat(), "type": "page"}

    _, page = call("GET /v1/profiles/{id}/timeline", id_=ADA, query=query)

    assert [event["name"] for event in page["events"]] == ["Page Viewed"] * 5


@pytest.mark.parametrize(
    ("route", "given", "status", "says"),
    [
        ("GET /v1/profiles/{id}/timeline", {"query": {"limit": "101"}}, 400, "limit"),
        ("GET /v1/profiles/{id}/timeline", {"query": {"cursor": "%%%"}}, 400, "cursor"),
        ("GET /v1/profiles/{id}/timeline", {"query": {"since": "2026-03-10"}}, 400, "since"),
        ("GET /v1/profiles/{id}/decisions", {"query": {"cursor": "WzEsMl0"}}, 400, "cursor"),
        (
            "GET /v1/profiles/{id}/decisions",
            {"query": {"reason": "nix"}},
            400,
            "reason: there is none of this name; known",
        ),
        ("GET /v1/profiles/{id}/decisions", {"query": {"reason": "expird"}}, 400, "did you mean 'expired'?"),
        ("GET /v1/profiles/{id}/decisions", {"query": {"channel": "nix"}}, 400, "channel: there is none of this name"),
        ("GET /v1/profiles/{id}/decisions", {"query": {"channel": "emial"}}, 400, "did you mean 'email'?"),
        ("GET /v1/profiles/{id}/timeline", {"query": BACKWARDS}, 400, "since: is not before until"),
        ("GET /v1/profiles/{id}/decisions", {"query": BACKWARDS}, 400, "since: is not before until"),
        ("GET /v1/profiles/{id}", {"id_": "u-nobody"}, 404, "nobody"),
        ("GET /v1/profiles/{id}", {"id_": "u" * 201}, 404, "such a long name"),
        ("DELETE /v1/profiles/{id}", {"id_": "u" * 3000, "body": {"reason": "asked"}}, 404, "such a long name"),
        ("GET /v1/messages/{id}", {"id_": "m" * 3000}, 404, "such a long name"),
        ("GET /v1/erasures/{id}", {"id_": "r" * 3000}, 404, "such a long name"),
        ("GET /v1/profiles", {"query": {"namespace": "email", "value": "no address"}}, 400, "email"),
        ("GET /v1/profiles", {"query": {"namespace": "userid", "value": "ada"}}, 404, "did you mean 'user_id'?"),
        ("GET /v1/profiles", {}, 400, "namespace"),
        ("POST /v1/profiles/search", {"body": ["ada"]}, 400, "the body"),
        ("DELETE /v1/profiles/{id}", {}, 400, "reason"),
        ("DELETE /v1/profiles/{id}", {"body": {"reason": "ada@example.com wrote"}}, 400, "quotes"),
        ("GET /v1/erasures/{id}", {"id_": "r-0"}, 404, "receipt"),
        ("GET /v1/profiles/{id}", {"caller": None}, 403, "signed"),
    ],
)
def test_what_is_wrong_is_told_and_quotes_nobody(people, route, given, status, says):
    answered, said = call(route, **{"id_": ADA, **given})

    assert (answered, says in said["message"]) == (status, True)
    assert "ada@example.com" not in said["message"]


def test_an_export_that_is_too_long_for_an_answer_is_fetched_from_the_bucket(people, monkeypatch):
    whole = call("GET /v1/profiles/{id}/export", id_=ADA)[1]
    monkeypatch.setattr(api, "MOST_BYTES", 100)

    status, said = call("GET /v1/profiles/{id}/export", id_=ADA)

    (kept,) = boto3.client("s3").list_objects_v2(Bucket="exports")["Contents"]
    body = json.loads(boto3.client("s3").get_object(Bucket="exports", Key=kept["Key"])["Body"].read())
    assert (status, kept["Key"] in said["url"]) == (202, True)
    assert body["events"] == whole["events"]
    assert len(body["events"]) == 12


def work_off(queue: str = "erasures") -> int:
    """What lies in the queue, also what is held back there."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    records = [{"messageId": str(number), "body": each["Body"]} for number, each in enumerate(found)]
    for each in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    assert erase.handler({"Records": records}, CONTEXT) == {"batchItemFailures": []}
    return len(found)


def test_a_person_is_erased_step_by_step_and_the_receipt_says_when(people, registry_rows, profiles_rows, monkeypatch):
    monkeypatch.setattr("segue.profiles.erase.SETTLED", SETTLED * 0)
    monkeypatch.setattr("segue.profiles.erase._HAND_OVER", SETTLED * 0)
    status, begun = call("DELETE /v1/profiles/{id}", id_=ADA, body={"reason": "asked by letter"})
    while work_off():
        pass

    _, receipt = call("GET /v1/erasures/{id}", id_=begun["receipt_id"])

    assert (status, begun["state"], receipt["state"], receipt["asked_by"]) == (202, "erasing", "complete", CALLER)
    assert list(receipt) == list(DOCS["GET /v1/erasures/{id}"][0])
    left = [*profiles_rows.scan(), *registry_rows.scan()]
    assert not [row.sk for row in left if "ada@example.com" in (row.doc or "") or row.sk.startswith("EVENT#")]
    assert call("DELETE /v1/profiles/{id}", id_=ADA, body={"reason": "again"})[0] == 200
    assert call("GET /v1/profiles/{id}", id_=ADA)[1]["code"] == "erased"


def test_who_did_what_is_kept_without_anything_personal(people, registry_rows):
    call("POST /v1/profiles/search", body={"namespace": "user_id", "value": "ada"})

    (row,) = [row for row in registry_rows.scan() if row.pk.startswith("AUDIT#")]
    said = json.loads(row.doc)
    assert (said["who"], said["did"], said["to"]) == (CALLER, "profile read", ADA)


@pytest.mark.parametrize(
    "asked",
    [
        ("DELETE /v1/profiles/{id}", {"reason": "asked by letter"}, "erase"),
        ("POST /v1/profiles/{id}/unlink", {"namespace": "anonymous_id", "value": "v", "reason": "shared"}, "unlink"),
        ("PUT /v1/profiles/{id}/preferences", {"channels": {"sms": False}}, "EventBridgeBus.publish"),
        ("DELETE /v1/messages/{id}", None, "Cancel"),
    ],
)
def test_what_is_asked_is_kept_before_it_is_done(people, registry_rows, monkeypatch, asked):
    route, body, effect = asked

    def broken_off(*_args, **_named):
        raise KeyboardInterrupt

    id_ = call("POST /v1/messages", body=RECEIPT)[1]["send_id"] if "messages" in route else ADA
    monkeypatch.setattr(f"segue.aws.bus.{effect}" if "." in effect else f"{api.__name__}.{effect}", broken_off)
    with pytest.raises(KeyboardInterrupt):
        call(route, id_=id_, body=body)

    (row,) = [row for row in registry_rows.scan() if row.pk.startswith("AUDIT#")]
    assert "asked" in json.loads(row.doc)["did"]


def test_an_erasure_is_noted_under_its_receipt(people, registry_rows):
    _, begun = call("DELETE /v1/profiles/{id}", id_=ADA, body={"reason": "asked by letter"})
    call("DELETE /v1/profiles/{id}", id_=ADA, body={"reason": "again"})

    noted = [json.loads(row.doc) for row in registry_rows.scan() if row.pk.startswith("AUDIT#")]
    assert [(said["did"], said["to"]) for said in noted] == [("erasure asked", begun["receipt_id"])] * 2
