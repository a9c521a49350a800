"""Signals arrive whole, in memory as on SQS."""

import boto3
import pytest

from segue.aws.signals import SqsSignals, decode_signal
from segue.memory.signals import MemorySignals
from segue.profiles.runs import Ended
from segue.profiles.signals import Enter, Exit, Resume
from tests.builders import NOON, an_event


@pytest.fixture(params=["memory", "aws"])
def queue(request: pytest.FixtureRequest):
    if request.param == "memory":
        signals = MemorySignals()
        return signals, signals.take
    request.getfixturevalue("aws")
    client = boto3.client("sqs")
    url = client.create_queue(QueueName="signals")["QueueUrl"]

    def take():
        bodies = []
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            bodies += [message["Body"] for message in messages]
        return [decode_signal(body) for body in bodies]

    return SqsSignals(client, url), take


def test_each_kind_of_signal_arrives_as_it_was_raised(queue):
    signals, take = queue
    raised = [
        Enter(profile_id="p", journey="j", version="v", run_id="r", event=an_event(properties={"a": 1.5}), key="k"),
        Resume(profile_id="p", run_id="r", step="s", outcome="matched", at=NOON, received_at=NOON),
        Exit(profile_id="p", run_id="r", why=Ended.GOAL, at=NOON),
    ]

    signals.raise_all(raised)

    assert sorted(take(), key=repr) == sorted(raised, key=repr)


def test_many_signals_all_arrive(queue):
    signals, take = queue
    raised = [Exit(profile_id="p", run_id=f"r{number}", why=Ended.GOAL, at=NOON) for number in range(23)]

    signals.raise_all(raised)

    assert sorted(take(), key=lambda signal: signal.run_id) == sorted(raised, key=lambda signal: signal.run_id)
