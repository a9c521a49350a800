"""What an operator does to a deployed stack, on moto."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx
import pytest
from typer.testing import CliRunner

from segue.aws.rejections import DynamoRejections
from segue.aws.table import Row
from segue.cli.main import app
from segue.events.plan import Violation
from segue.events.rejected import Rejected

TODAY = datetime.now(UTC)
OUTPUTS = {"RegistryTable": "Registry", "ApiUrl": "https://example.com/"}


def a_row(*, days_ago: int, rule: Any = "plan", **said: Any) -> Rejected:
    call = {"type": "track", "event": "New", "userId": "ada", "messageId": "m-1", **said}
    return Rejected(
        id=call["messageId"],
        source="shop",
        received_at=TODAY - timedelta(days=days_ago),
        violations=(Violation("event", "'New' is not in the tracking plan", rule),),
        payload=call,
    )


def at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("rejections", "replay"):
        monkeypatch.setattr(f"segue.cli.{module}.outputs_of", lambda _environment: OUTPUTS)


def replay(rows: type[Row], *kept: Rejected, monkeypatch: pytest.MonkeyPatch) -> tuple[list[dict[str, Any]], str]:
    posted: list[dict[str, Any]] = []

    def post(_url: str, json: dict[str, Any], **_: Any) -> httpx.Response:
        posted.extend(json["batch"])
        return httpx.Response(200)

    DynamoRejections(rows).keep(kept)
    monkeypatch.setattr(httpx, "post", post)
    at_hand(monkeypatch)
    told = CliRunner().invoke(app, ["replay", "--rejected", "--write-key", "key", "--environment", "dev"])
    assert told.exit_code == 0, told.output
    return posted, told.output


def test_a_rejected_call_is_sent_once_from_its_earliest_row_even_if_that_is_of_another_day(registry_rows, monkeypatch):
    first, again = a_row(days_ago=5), a_row(days_ago=0, sentAt=TODAY.isoformat())

    posted, told = replay(registry_rows, first, again, monkeypatch=monkeypatch)

    assert [(call["messageId"], call["timestamp"]) for call in posted] == [("m-1", first.received_at.isoformat())]
    assert "1 of 1 were sent again" in told


def test_what_a_key_may_not_send_is_not_sent_with_another(registry_rows, monkeypatch):
    posted, told = replay(registry_rows, a_row(days_ago=0, rule="key"), monkeypatch=monkeypatch)

    assert posted == []
    assert "its write key may not send it" in " ".join(told.split())


def test_a_replay_to_aws_asks_for_a_key(registry_rows, monkeypatch):
    at_hand(monkeypatch)

    told = CliRunner().invoke(app, ["replay", "--rejected", "--environment", "dev"])

    assert told.exit_code == 1
    assert "--write-key" in told.output


def test_a_replay_needs_a_file_or_the_rejected_events():
    told = CliRunner().invoke(app, ["replay"])

    assert told.exit_code == 1
    assert "--rejected" in told.output


def test_rejected_events_are_listed_with_each_violation(registry_rows, monkeypatch):
    DynamoRejections(registry_rows).keep([a_row(days_ago=0)])
    at_hand(monkeypatch)

    told = CliRunner().invoke(app, ["rejected", "--environment", "dev"]).output

    assert "m-1 from shop" in told
    assert "event: 'New' is not in the tracking plan" in told


def test_rejected_events_are_counted_by_name_and_violation(registry_rows, monkeypatch):
    DynamoRejections(registry_rows).keep(
        [a_row(days_ago=0, messageId=f"m-{number}", event="Old" if number else "New") for number in range(3)]
    )
    at_hand(monkeypatch)

    told = CliRunner().invoke(app, ["rejected", "--summary", "--environment", "dev"]).output.splitlines()

    wrong = ["event:", "'New'", "is", "not", "in", "the", "tracking", "plan"]
    assert [line.split() for line in told[:2]] == [
        ["2", "Old", *wrong],
        ["1", "New", *wrong],
    ]
    assert told[2].startswith("3 events")


def test_what_a_client_sent_is_told_as_it_is_and_commands_neither_the_markup_nor_the_screen(registry_rows, monkeypatch):
    hostile = a_row(days_ago=0, messageId="[/red]m\x1b[2J")
    field = "properties.[link=http://e.example]\x9b2J"
    kept = replace(hostile, violations=(Violation(field, "is not in the tracking plan"),))
    DynamoRejections(registry_rows).keep([replace(kept, source="[bold]shop")])
    at_hand(monkeypatch)

    told = CliRunner().invoke(app, ["rejected", "--environment", "dev"])

    assert told.exit_code == 0, told.output
    assert told.output.startswith("[/red]m\N{REPLACEMENT CHARACTER}[2J from [bold]shop, ")
    assert "properties.[link=http://e.example]\N{REPLACEMENT CHARACTER}2J: is not in" in told.output


def test_an_event_of_a_cloud_source_is_put_on_its_queue_to_be_mapped_again(registry_rows, monkeypatch):
    queue = boto3.client("sqs").create_queue(QueueName="sources")["QueueUrl"]
    monkeypatch.setitem(OUTPUTS, "SourcesQueueUrl", queue)
    kept = replace(a_row(days_ago=1), kind="bus event", payload={"id": "e-1", "detail": {"n": 1}})
    cut = replace(kept, id="e-2", payload={"excerpt": "…"})

    posted, told = replay(registry_rows, kept, cut, monkeypatch=monkeypatch)

    sent = boto3.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(each["Body"]) for each in sent] == [{"source_name": "shop", "event": kept.payload}]
    assert posted == []
    assert "1 of 2 events of cloud sources are mapped again" in told
    assert "too large to be kept whole" in " ".join(told.split())
