"""What tests of the send API ask for, and how it goes on from there."""

import json
from datetime import timedelta

import boto3

from segue.profiles.absorb import absorb
from tests.builders import NOON, an_event
from tests.functions.calling import ADA, CONTEXT, DOCS, call
from tests.functions.conftest import NOW

TO_ADA = {"identifier": {"namespace": "user_id", "value": "ada"}}


RECEIPT = {"template": "receipt", **TO_ADA, "properties": {"order": "No. 7-secret"}}


NEWS = {"template": "news", **TO_ADA}


def taken(queue: str, most: int = 10) -> list[str]:
    """What lies in a queue, taken off it."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=most).get("Messages", [])
    for each in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return [each["Body"] for each in found]


def work_off(function, queue: str) -> int:
    bodies = taken(queue)
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    assert function.handler({"Records": records}, CONTEXT) == {"batchItemFailures": []}
    return len(bodies)


def message(send_id: str) -> dict:
    status, said = call("GET /v1/messages/{id}", id_=send_id)
    assert status == 200
    return said


def agree(*people: str, at=NOON, rows) -> None:
    """They consent to marketing."""
    said = [an_event("Consent Given", at=at, user_id=each, properties={"purpose": "marketing"}) for each in people]
    absorb(said, profiles=rows, notice=lambda _profile, _event: ())


def decisions(**query: str) -> list[dict]:
    return call("GET /v1/profiles/{id}/decisions", id_=ADA, query=query)[1]["decisions"]


def shown(route: str, number: int) -> object:
    """What docs/api.md shows, of Ada."""
    return json.loads(json.dumps(DOCS[route][number]).replace("u-onf3xv5nzuvvxxxxxxxxxxxxxx", ADA))


HERE = (NOW + timedelta(days=1)).isoformat()
