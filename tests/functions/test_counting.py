"""What becomes of a request is counted once, by action and by reason, wherever that is found out."""

import json
from collections import Counter

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from functions.decide import handler as decide
from functions.deliver import handler as deliver
from segue.profiles.absorb import absorb
from tests.builders import an_event
from tests.functions.asking import RECEIPT, taken, work_off
from tests.functions.calling import CONTEXT, call
from tests.functions.conftest import NOW

BY_MAIL = RECEIPT | {"channel": "email"}
SENT_ON = {"send": 1, "allowed": 1}


def counts_in(written: str, metric: str = "Decisions") -> Counter[str]:
    """By what the metric was counted: an action or a reason; by nothing, where it has no such dimension."""
    found: Counter[str] = Counter()
    for said in map(json.loads, written.splitlines()):
        if metric in said:
            found[said.get("action") or said.get("reason") or ""] += int(said[metric][0])
    return found


@pytest.fixture
def counted(capsys):
    """What was counted since the last look."""
    return lambda metric="Decisions": counts_in(capsys.readouterr().out, metric)


@pytest.fixture
def decided(people, counted) -> str:
    """A receipt that is on its way to Ada."""
    _, said = call("POST /v1/messages", body=BY_MAIL)
    work_off(decide, "requests")
    assert counted() == SENT_ON
    return str(said["send_id"])


def test_what_was_sent_is_counted_when_it_was_allowed_and_not_again(decided, counted):
    work_off(deliver, "deliveries")

    assert counted() == {}


def test_what_is_dropped_on_its_way_is_counted_with_the_reason(decided, people, counted):
    bounced = an_event("Email Bounced", at=NOW, user_id="ada")
    absorb([bounced], profiles=people, notice=lambda _profile, _event: ())

    [delivery] = taken("deliveries")
    for _ in range(2):
        deliver.handler({"Records": [{"messageId": "1", "body": delivery}]}, CONTEXT)

    assert counted() == {"drop": 1, "suppressed": 1}


def test_what_is_put_off_on_its_way_is_counted_as_deferred(decided, counted):
    mailer = deliver.wiring().mailer
    mailer._client.meta.events.register("before-call.sesv2.SendEmail", throttled)

    work_off(deliver, "deliveries")

    assert counted() == {"defer": 1, "channel_busy": 1}


def throttled(**_):
    """As SES answers above its rate."""
    return AWSResponse("", 429, {}, None), {
        "Error": {"Code": "TooManyRequestsException"},
        "ResponseMetadata": {"HTTPStatusCode": 429},
    }


def test_what_the_channel_refuses_is_counted_by_reason_and_as_no_action(decided, counted):
    boto3.client("sesv2").delete_email_identity(EmailIdentity="b@example.com")

    work_off(deliver, "deliveries")

    assert counted() == {"channel_refused": 1}


def test_what_is_cancelled_is_counted_once(people, counted):
    _, said = call("POST /v1/messages", body=RECEIPT)

    statuses = [call("DELETE /v1/messages/{id}", id_=said["send_id"])[0] for _ in range(2)]

    assert statuses == [200, 200]
    assert counted() == {"drop": 1, "cancelled": 1}


def test_records_that_fail_are_counted(people, counted):
    records = [{"messageId": str(number), "body": "nonsense"} for number in range(3)]

    decide.handler({"Records": records}, CONTEXT)

    assert counted("RecordsFailed") == {"": 3}


def test_a_batch_without_a_failure_counts_none(people, counted):
    call("POST /v1/messages", body=RECEIPT)
    work_off(decide, "requests")

    assert counted("RecordsFailed") == {}
