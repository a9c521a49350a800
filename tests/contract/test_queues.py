"""What is put on the queues of requests and deliveries can be taken off again."""

import json
from datetime import timedelta

import boto3
import pytest

from segue.aws.queues import SqsDeliveries, SqsRequests
from segue.clock import Clock
from segue.decisions import asked
from segue.decisions.asked import Asked
from segue.decisions.decision import SendRecord, SendState
from segue.decisions.policy import Policy
from segue.memory.queues import MemoryDeliveries, MemoryRequests
from tests.builders import NOON, a_request

FAST = Clock(start=NOON, anchor=NOON, rate=60)


@pytest.fixture
def url(aws):
    return boto3.client("sqs").create_queue(QueueName="q")["QueueUrl"]


@pytest.fixture(params=["memory", "aws"])
def queues(request):
    """Both ports, and what stands in them: woken requests, and places of records."""
    if request.param == "memory":
        requests, deliveries = MemoryRequests(), MemoryDeliveries()
        return requests, deliveries, lambda: [wish for wish, _ in requests.asked], lambda: deliveries.handed
    url = request.getfixturevalue("url")
    client = boto3.client("sqs")

    def bodies() -> list[str]:
        return [message["Body"] for message in client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]]

    def wishes() -> list[Asked]:
        return [
            asked.read(body, policy=Policy(), words=lambda _name, _run: (), at=lambda real: real) for body in bodies()
        ]

    def places() -> list[tuple[str, str]]:
        return [(said["profile_id"], said["key"]) for said in map(json.loads, bodies())]

    return SqsRequests(client, url, Clock()), SqsDeliveries(client, url), wishes, places


def test_a_request_is_woken_as_it_was(queues):
    requests, _, wishes, _ = queues

    requests.wake(a_request(topic="offers"), 2, timedelta())

    assert wishes() == [Asked(request=a_request(topic="offers"), attempt=2)]


def test_a_delivery_says_where_its_record_is(queues):
    _, deliveries, _, places = queues
    record = SendRecord(request=a_request(), state=SendState.SENDING)

    deliveries.hand_over(record)

    assert places() == [("u-ada", record.key)]


class Recorder:
    """An SQS client that only says what it was asked."""

    def __init__(self) -> None:
        self.delays: list[int] = []

    def send_message(self, **said) -> None:
        self.delays.append(said["DelaySeconds"])


@pytest.mark.parametrize(
    ("clock", "delay", "seconds"),
    [
        (Clock(), timedelta(minutes=15), 900),
        (Clock(), timedelta(seconds=1, microseconds=1), 2),
        (Clock(), timedelta(hours=1), 900),
        (FAST, timedelta(minutes=15), 15),
        (FAST, timedelta(seconds=61), 2),
    ],
)
def test_a_delay_is_whole_seconds_of_real_time_never_too_short_and_never_more_than_sqs_takes(clock, delay, seconds):
    client = Recorder()

    SqsRequests(client, "url", clock).wake(a_request(), 1, delay)

    assert client.delays == [seconds]


def test_what_the_api_asks_for_arrives_in_batches_and_without_its_properties(url):
    requests = SqsRequests(boto3.client("sqs"), url, Clock())

    requests.ask([a_request(f"m-{number}", properties={"order": "secret"}) for number in range(23)])

    bodies = []
    while found := boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [each["Body"] for each in found]
    read = [asked.read(body, policy=Policy(), words=lambda _name, _run: (), at=lambda real: real) for body in bodies]
    assert sorted(each.request.send_id for each in read) == sorted(f"m-{number}" for number in range(23))
    assert {each.attempt for each in read} == {0}
    assert "secret" not in "".join(bodies)
