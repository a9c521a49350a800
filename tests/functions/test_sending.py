"""Messages are asked for, decided and delivered like any other, and cancelled."""

import json
from datetime import timedelta
from io import StringIO

import boto3
import pytest

from bench._bill import billed
from functions.api import handler as api
from functions.decide import handler as decide
from functions.deliver import handler as deliver
from segue.aws.sends import DynamoSends
from segue.decisions.ports import LOOK_BACK
from segue.profiles.absorb import absorb
from segue.profiles.identity import user_profile_id
from tests.functions.asking import HERE, NEWS, RECEIPT, decisions, message, shown, taken, work_off
from tests.functions.calling import ADA, CALLER, CONTEXT, call
from tests.functions.conftest import NOW


def test_a_message_is_accepted_decided_and_delivered_with_its_properties(people):
    status, said = call("POST /v1/messages", body={**RECEIPT, "channel": "email"})
    accepted = message(said["send_id"])
    work_off(decide, "requests")
    work_off(deliver, "deliveries")

    sent = message(said["send_id"])

    assert (status, said["profile_id"], said["state"]) == (202, ADA, "accepted")
    assert (accepted["state"], accepted["due"], sent["state"], sent["reason"]) == ("accepted", None, "sent", "allowed")
    assert (accepted["told"], sent["told"]) == (None, "Sent by email on Tue 2026-03-10 16:00 in Europe/Berlin.")
    assert sent["record"]["request"]["api"]["by"] == CALLER
    assert sent["record"]["decisions"][0]["action"] == "send"
    assert decisions(channel="email")[0]["request"]["send_id"] == said["send_id"]


def test_the_examples_of_the_page_are_answered_as_it_says(people, heard):
    sent = call("POST /v1/messages", body=shown("POST /v1/messages", 0))
    many = call("POST /v1/messages/bulk", body=shown("POST /v1/messages/bulk", 0))
    seen = call("POST /v1/decisions/preview", body=shown("POST /v1/decisions/preview", 0))
    call("PUT /v1/profiles/{id}/preferences", id_=ADA, body=shown("PUT /v1/profiles/{id}/preferences", 0))
    absorb(heard.events(), profiles=people, notice=lambda _profile, _event: ())
    wishes = call("GET /v1/profiles/{id}/preferences", id_=ADA)

    def without_id(said: dict) -> dict:
        return {name: value for name, value in said.items() if name != "send_id"}

    assert (sent[0], without_id(sent[1])) == (202, without_id(shown("POST /v1/messages", 1)))
    expected = shown("POST /v1/messages/bulk", 1)
    assert (many[0], list(map(without_id, many[1]["results"]))) == (207, list(map(without_id, expected["results"])))
    assert list(seen[1]) == list(shown("POST /v1/decisions/preview", 1))
    assert wishes == (200, shown("GET /v1/profiles/{id}/preferences", 0))
    assert list(message(sent[1]["send_id"])) == list(shown("GET /v1/messages/{id}", 0))


def test_what_is_personal_is_kept_with_the_record_and_is_on_no_queue_in_no_log_and_no_news(people, heard):
    written = StringIO()
    for function in (api, decide, deliver):
        function.logger.registered_handler.setStream(written)
    call("POST /v1/messages", body=RECEIPT, key="k")
    queued = taken("requests")
    decide.handler({"Records": [{"messageId": "1", "body": queued[0]}]}, CONTEXT)
    handed = taken("deliveries")
    deliver.handler({"Records": [{"messageId": "1", "body": handed[0]}]}, CONTEXT)

    everywhere = written.getvalue() + json.dumps([queued, handed, heard.said], default=str)

    assert "decided" in everywhere
    assert "delivered" in everywhere
    assert "No. 7-secret" not in everywhere
    assert "ada@example.com" not in everywhere


def test_the_same_key_with_the_same_body_is_the_same_message_and_tells_how_it_stands(people):
    first = call("POST /v1/messages", body=RECEIPT, key="order-7")
    work_off(decide, "requests")
    work_off(deliver, "deliveries")

    again = call("POST /v1/messages", body=dict(reversed(RECEIPT.items())), key='"order-7"')

    assert first[1]["send_id"] == again[1]["send_id"]
    assert (again[0], again[1]["state"]) == (202, "sent")
    assert taken("requests") == []


def test_a_repetition_before_the_decision_is_put_on_the_queue_again_and_decided_once(people):
    _, said = call("POST /v1/messages", body=RECEIPT, key="k")
    call("POST /v1/messages", body=RECEIPT, key="k")

    assert work_off(decide, "requests") == 2

    assert len(message(said["send_id"])["record"]["decisions"]) == 1
    assert len(set(taken("deliveries"))) == 1


@pytest.mark.parametrize("other", [{"priority": 3}, {"properties": {"order": "8"}}, {"channel": "in_app"}])
def test_the_same_key_with_another_body_is_refused(people, other):
    call("POST /v1/messages", body=RECEIPT, key="k")

    status, said = call("POST /v1/messages", body=RECEIPT | other, key="k")

    assert (status, said["code"]) == (422, "key_reused")
    assert len(taken("requests")) == 1


def test_a_key_belongs_to_the_role_that_signs_whatever_its_session(people):
    role = "arn:aws:sts::123456789012:assumed-role"
    sessions = [f"{role}/Orders/a", f"{role}/Orders/b", f"{role}/Billing/a", "arn:aws:iam::123456789012:user/Orders/a"]

    ids = [call("POST /v1/messages", body=RECEIPT, key="k", caller=each)[1]["send_id"] for each in sessions]

    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_without_a_key_each_call_is_a_message_of_its_own(people):
    ids = {call("POST /v1/messages", body=RECEIPT)[1]["send_id"] for _ in range(2)}

    assert len(ids) == 2


def test_a_key_whose_message_would_not_do_any_more_is_answered_as_it_stood(people, monkeypatch):
    body = RECEIPT | {"expires_at": (NOW + timedelta(minutes=1)).isoformat()}
    first = call("POST /v1/messages", body=body, key="k")
    monkeypatch.setattr(api.wiring().clock.__class__, "now", lambda _: NOW + timedelta(hours=1))

    again, other = (call("POST /v1/messages", body=body, key=key) for key in ("k", "new"))

    assert again == first
    assert (other[0], "expires_at" in other[1]["message"]) == (400, True)


@pytest.mark.parametrize(
    ("wrong", "status", "says"),
    [
        ({"template": "reciept"}, 400, "template: there is none of this name; did you mean 'receipt'?"),
        (
            {"channel": "pigeon"},
            400,
            "channel: there is none of this name; known are: ads, badge, email, in_app, inbox, push, silent, sms",
        ),
        ({"channel": "sms"}, 400, "channel: the template has no words for sms; it has some for email, in_app"),
        ({"channels": ["email", "sms"]}, 400, "channels: the template has no words for sms"),
        ({"channels": []}, 400, "channels: must not be empty"),
        ({"channel": "email", "channels": ["email"]}, 400, "channel or channels"),
        ({"category": "spam"}, 400, "category: there is none of this name; known are: marketing, transactional"),
        ({"purpose": "fun"}, 400, "purpose: there is none of this name"),
        ({"topic": "x" * 94}, 400, "topic: its name has more than 93 bytes"),
        ({"priority": 10}, 400, "priority: must be at most 9"),
        ({"priority": "9"}, 400, "priority: must be a whole number"),
        ({"priority": True}, 400, "priority: must be a whole number"),
        ({"fallback": "no"}, 400, "fallback: must be true or false"),
        ({"fallback": 1}, 400, "fallback: must be true or false"),
        ({"fallbak": False}, 400, "fallbak: is not a word here; did you mean 'fallback'?"),
        ({"expires_at": "2026-03-10T13:00:00Z"}, 400, "expires_at: is over; it is 2026-03-10T15:00:00Z now"),
        ({"expires_at": "2026-03-11"}, 400, "expires_at: is no moment with a time zone: write one such as"),
        ({"expires_at": "2999-12-31T23:59:59Z"}, 400, "expires_at: is more than 366 days ahead"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, 400, "expires_at: is no moment of the years 1900 to 2999"),
        ({"expires_after": "400d"}, 400, "expires_after: is more than 366 days"),
        ({"expires_after": "99999999999999w"}, 400, "expires_after: is no duration: write 30m"),
        ({"expires_after": "0m"}, 400, "expires_after"),
        ({"expires_after": 60}, 400, "expires_after"),
        ({"expires_after": "1h", "expires_at": HERE}, 400, "expires_at or expires_after"),
        ({"identifier": None}, 400, "the body is not as it should be: say whom: profile_id or identifier, one of them"),
        ({"identifier": "ada"}, 400, "identifier: must be an object"),
        ({"identifier": {"namespace": "user_id"}}, 400, "identifier.value: is missing"),
        ({"profile_id": ADA}, 400, "profile_id or identifier"),
        ({"identifier": {"namespace": "email", "value": "no address"}}, 400, "identifier.value: nobody can"),
        ({"identifier": {"namespace": "user_id", "value": "bob"}}, 404, "identifier: nobody is known by this"),
        ({"identifier": {"namespace": "userid", "value": "ada"}}, 404, "no such namespace; did you mean 'user_id'?"),
        ({"identifier": None, "profile_id": "u-bob"}, 404, "profile_id: nobody is known by this"),
        ({"properties": {"x": "y" * 8200}}, 413, "properties: are larger than 8 KB"),
        ({"properties": {"x": "\ud800"}}, 400, "the body holds a text that is not Unicode"),
        ({"properties": ["x"]}, 400, "properties"),
        ({"template": "\ud800"}, 400, "not Unicode"),
        ({"to": "ada@example.com"}, 400, "the body is not as it should be: to: is not a word here"),
    ],
)
def test_what_is_wrong_is_told_with_its_field_and_a_remedy_and_nothing_is_kept(people, wrong, status, says):
    answered, said = call("POST /v1/messages", body={**RECEIPT, **wrong})

    assert (answered, says in said["message"]) == (status, True), said
    assert "ada@example.com" not in said["message"]
    assert taken("requests") == []
    assert len(decisions()) == 1


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("{", 400),
        ("[]", 400),
        ("", 400),
        ("[" * 30_000, 400),
        (f'{{"x": {"9" * 5000}}}', 400),
        ('{"properties": {"x": NaN}}', 400),
        (" " * 40_000, 413),
    ],
)
def test_a_body_that_is_none_is_refused(people, text, status):
    assert call("POST /v1/messages", text=text)[0] == status


@pytest.mark.parametrize("key", ["x" * 256, "ü", "a\tb", "", "   ", '""'])
def test_a_key_is_short_and_of_ascii_and_not_blank(people, key):
    status, said = call("POST /v1/messages", body=RECEIPT, key=key)

    assert (status, "Idempotency-Key" in said["message"]) == (400, True)
    assert taken("requests") == []


def test_a_blank_key_of_one_of_many_is_refused_in_its_place(people):
    _, said = call("POST /v1/messages/bulk", body={"messages": [RECEIPT | {"idempotency_key": key} for key in " k"]})

    assert [each["status"] for each in said["results"]] == [400, 202]
    assert "is 1 to 255 letters" in said["results"][0]["message"]


@pytest.mark.parametrize("key", ["k", ""])
def test_a_key_in_the_header_of_a_bulk_is_refused_and_nothing_is_kept(people, key):
    status, said = call("POST /v1/messages/bulk", body={"messages": [RECEIPT | {"idempotency_key": "k"}]}, key=key)

    assert (status, said["code"], "Idempotency-Key" in said["message"]) == (400, "bad_request", True)
    assert "`idempotency_key`" in said["message"] or not key
    assert taken("requests") == []


def test_an_erased_person_is_sent_nothing(people):
    call("POST /v1/messages", body=RECEIPT, key="k")
    receipt = call("DELETE /v1/profiles/{id}", id_=ADA, body={"reason": "asked by letter"})[1]["receipt_id"]

    for key in ("k", "new"):
        status, said = call("POST /v1/messages", body=RECEIPT, key=key)
        assert (status, said["code"], receipt in said["message"]) == (404, "erased", True)
    work_off(decide, "requests")
    assert taken("deliveries") == []


def test_a_hundred_messages_are_each_answered_by_themselves_in_few_calls(people):
    keyed = [RECEIPT | {"idempotency_key": f"k-{number}"} for number in range(98)]
    call("POST /v1/messages/bulk", body={"messages": keyed[:1]})
    bad = [{"template": "receipt"}, keyed[0] | {"priority": 1}]

    with billed() as bill:
        status, said = call("POST /v1/messages/bulk", body={"messages": [*keyed, *bad]})

    statuses = [each["status"] for each in said["results"]]
    assert (status, said["accepted"], said["refused"]) == (207, 98, 2)
    assert statuses == [202] * 98 + [400, 422]
    assert [each["index"] for each in said["results"]] == list(range(100))
    assert "messages.98" in said["results"][98]["message"]
    assert len({each["send_id"] for each in said["results"][:98]}) == 98
    assert bill.calls["SendMessageBatch"] == 10
    assert bill.calls.total() <= 20


def test_a_bulk_that_is_sent_again_changes_nothing(people):
    body = {"messages": [RECEIPT | {"idempotency_key": f"k-{number}"} for number in range(3)]}
    first = call("POST /v1/messages/bulk", body=body)
    while work_off(decide, "requests"):
        pass

    again = call("POST /v1/messages/bulk", body=body)

    assert [each["send_id"] for each in again[1]["results"]] == [each["send_id"] for each in first[1]["results"]]
    assert {each["state"] for each in again[1]["results"]} == {"sending"}
    assert taken("requests") == []


def test_one_key_twice_in_a_bulk_is_one_message(people):
    twice = [RECEIPT | {"idempotency_key": "k"}] * 2

    status, said = call("POST /v1/messages/bulk", body={"messages": twice})

    assert (status, len({each["send_id"] for each in said["results"]})) == (202, 1)
    assert len(taken("requests")) == 1


@pytest.mark.parametrize("body", [{}, {"messages": []}, {"messages": [NEWS] * 101}, {"messages": "all"}])
def test_a_bulk_is_a_list_of_at_most_a_hundred(people, body):
    status, said = call("POST /v1/messages/bulk", body=body or {"x": 1})

    assert (status, said["message"]) == (400, "messages: is no list of 1 to 100 messages")


def test_a_message_that_the_queue_did_not_take_is_accepted_told_and_found_by_release(people, profiles_rows):
    written = StringIO()
    api.logger.registered_handler.setStream(written)
    boto3.client("sqs").delete_queue(QueueUrl=boto3.client("sqs").get_queue_url(QueueName="requests")["QueueUrl"])
    status, said = call("POST /v1/messages", body=RECEIPT)

    assert (status, "NonExistentQueue" in written.getvalue()) == (202, True)

    sends = DynamoSends(profiles_rows, api.wiring().clock)
    due = [each.key for each in sends.due(NOW, timedelta(minutes=21), LOOK_BACK)]

    assert any(key.endswith(said["send_id"]) for key in due)


def test_what_still_waits_is_cancelled_and_never_sent(people, heard):
    _, said = call("POST /v1/messages", body=RECEIPT)

    status, cancelled = call("DELETE /v1/messages/{id}", id_=said["send_id"])
    work_off(decide, "requests")

    assert (status, cancelled["state"], cancelled["reason"]) == (200, "dropped", "cancelled")
    assert cancelled["told"].startswith("Dropped on Tue 2026-03-10 16:00 in Europe/Berlin: whoever asked for the")
    assert taken("deliveries") == []
    assert [name for name, _ in heard.news()] == ["Message Dropped"]
    assert call("DELETE /v1/messages/{id}", id_=said["send_id"])[0] == 200


def test_what_went_out_cannot_be_cancelled_and_is_not_noted_as_cancelled(people, registry_rows):
    _, said = call("POST /v1/messages", body=RECEIPT)
    work_off(decide, "requests")
    work_off(deliver, "deliveries")

    status, refused = call("DELETE /v1/messages/{id}", id_=said["send_id"])

    assert (status, refused["code"], "is sent" in refused["message"]) == (409, "too_late", True)
    (row,) = [row for row in registry_rows.scan() if row.pk.startswith("AUDIT#")]
    assert json.loads(row.doc)["did"] == "cancelling asked"


def test_an_erasure_takes_what_messages_are_found_by(people, profiles_rows):
    _, said = call("POST /v1/messages", body=RECEIPT)
    found = [row for row in profiles_rows.scan() if row.pk == f"S#{said['send_id']}"]
    findable = api.wiring().erasing.traces[0]

    findable.sweep(type("Work", (), {"places": (ADA,)})(), "", lambda: False)

    assert len(found) == 1
    assert not [row for row in profiles_rows.scan() if row.pk.startswith("S#")]


def test_an_anonymous_visitor_who_became_known_is_one_person_to_the_api(people):
    by_visitor = {**RECEIPT, "identifier": {"namespace": "anonymous_id", "value": "v"}}

    _, said = call("POST /v1/messages", body=by_visitor)

    assert said["profile_id"] == ADA == user_profile_id("ada")
