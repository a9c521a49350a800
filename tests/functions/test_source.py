"""The real handler, on moto, with recorded payloads as the rules' transformer writes them."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from functions.source import handler as source
from segue.aws.imports import write_progress
from segue.aws.profiles import DynamoProfiles
from segue.aws.settings import Settings
from segue.aws.table import Row
from segue.events.imports import Progress
from segue.profiles.head import Versioned
from segue.profiles.identity import user_profile_id
from segue.profiles.ports import Change, Entry
from segue.profiles.profile import Profile
from segue.workspace.load import load
from tests.builders import NOON, a_profile, an_event
from tests.heard import Heard

EVENTS = Path(__file__).parent.parent / "events"
ADA = user_profile_id("ada")


class Context(SimpleNamespace):
    function_name, memory_limit_in_mb = "source", 1024
    invoked_function_arn, aws_request_id = "arn:aws:lambda:x", "request-1"
    left_ms = 30_000

    def get_remaining_time_in_millis(self) -> int:
        return self.left_ms


def recorded(name: str) -> dict[str, Any]:
    return json.loads((EVENTS / f"{name}.json").read_text())


def of(source_name: str, event: dict[str, Any]) -> str:
    return json.dumps({"source_name": source_name, "event": event})


def work(*bodies: str, left_ms: int = 30_000) -> list[str]:
    """The ids of the messages that failed."""
    records = [{"messageId": f"sqs-{number}", "body": body} for number, body in enumerate(bodies)]
    answer = source.handler({"Records": records}, Context(left_ms=left_ms))
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


@pytest.fixture
def heard(profiles_rows: type[Row], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Heard]:
    bundle = tmp_path / "workspace.json"
    bundle.write_text(load("workspace").to_bundle())
    boto3.client("events").create_event_bus(Name="segue-test")
    place = {"LocationConstraint": "eu-central-1"}
    boto3.client("s3").create_bucket(Bucket="imports", CreateBucketConfiguration=place)
    queue = boto3.client("sqs").create_queue(QueueName="sources")["QueueUrl"]
    settings = Settings(
        environment="test", workspace_path=str(bundle), bus="segue-test", profiles_table="Profiles",
        imports_bucket="imports", sources_queue=queue,
        clock="2026-03-10T13:00:00+00:00@2026-01-01T00:00:00+00:00*0.001",
    )  # fmt: skip
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "source")
    profile = a_profile(ADA)
    entry = Entry(event=an_event("Product Added", user_id="ada"))
    DynamoProfiles(profiles_rows).commit(Change(entries=(entry,), profiles={ADA: Versioned(profile, 0)}))
    source.wiring.cache_clear()
    yield Heard(source.wiring().bus._client)
    source.wiring.cache_clear()


def upload(content: bytes, name: str = "orders.jsonl") -> dict[str, Any]:
    """S3's event of it."""
    etag = boto3.client("s3").put_object(Bucket="imports", Key=f"incoming/{name}", Body=content)["ETag"].strip('"')
    event = recorded("s3_object_created")
    event["detail"]["object"] |= {"key": f"incoming/{name}", "etag": etag, "size": len(content)}
    return event


def waiting() -> list[str]:
    url = source.wiring().settings.sources_queue
    found = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in found]


def test_an_order_goes_on_to_the_bus(heard: Heard) -> None:
    assert work(of("shopify", recorded("shopify_order_created"))) == []

    assert [(event.name, event.user_id, event.source) for event in heard.events()] == [
        ("Identified", "7001001", "shopify"),
        ("Order Completed", "7001001", "shopify"),
    ]


def test_a_bounce_finds_its_person_by_the_profile_id_in_the_tags(heard: Heard) -> None:
    event = recorded("ses_bounced")
    event["detail"]["mail"]["tags"]["profile_id"] = [ADA]

    assert work(of("ses", event)) == []

    [bounced] = heard.events()
    assert (bounced.name, bounced.user_id, bounced.properties["bounce_type"]) == ("Email Bounced", "ada", "hard")


def test_an_open_of_somebody_who_was_erased_meanwhile_leaves_nothing(heard: Heard, profiles_rows: type[Row]) -> None:
    profiles = DynamoProfiles(profiles_rows)
    gone = Versioned(Profile(profile_id=ADA, erased="r-1"), profiles.profile(ADA).version)
    profiles.commit(Change(entries=(), profiles={ADA: gone}))
    event = recorded("ses_opened")
    event["detail"]["mail"]["tags"]["profile_id"] = [ADA]

    assert work(of("ses", event)) == []

    assert heard.said == []


def test_what_cannot_be_mapped_goes_on_as_a_rejected_event(heard: Heard) -> None:
    event = recorded("ses_bounced")

    assert work(of("ses", event), of("gone", event)) == []

    assert [(each.source, each.payload, each.kind) for each in heard.rejected()] == [
        ("ses", event, "bus event"),
        ("gone", event, "bus event"),
    ]
    assert heard.events() == []


def test_a_message_that_is_not_ours_fails_alone(heard: Heard) -> None:
    assert work("not json", '{"other": 1}', of("shopify", recorded("shopify_order_created"))) == ["sqs-0", "sqs-1"]
    assert len(heard.events()) == 2


def test_an_uploaded_file_is_taken_in_and_summed_up(heard: Heard) -> None:
    lines = [json.dumps({"type": "identify", "userId": f"u-{number}"}) for number in range(250)]

    assert work(of("import", upload("\n".join([*lines, "bad"]).encode()))) == []

    summary = json.loads(
        boto3.client("s3").get_object(Bucket="imports", Key="summaries/orders.jsonl.json")["Body"].read()
    )
    assert (summary["accepted"], summary["rejected"], summary["line"], summary["done"]) == (250, 1, 251, True)
    assert len(heard.events()) == 250
    assert heard.rejected()[0].violations[0].field == "line 251"


def test_a_file_that_takes_longer_goes_on_in_the_next_message(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [json.dumps({"type": "identify", "userId": f"u-{number}"}) for number in range(450)]
    left = iter([30_000, 5_000] * 10)
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", lambda _: next(left))

    assert work(of("import", upload("\n".join(lines).encode()))) == []
    portions = 1
    while bodies := waiting():
        assert work(*bodies) == []
        portions += 1

    assert portions == 4
    assert sorted(event.user_id for event in heard.events()) == sorted(f"u-{number}" for number in range(450))


def test_files_that_come_when_time_is_up_wait_for_the_next_function(heard: Heard) -> None:
    begun = Progress(key="incoming/x.jsonl", etag="e", uploaded_at=NOON)

    assert work(write_progress(begun), left_ms=11_000) == []

    assert waiting() == [write_progress(begun)]


def test_a_file_that_was_overwritten_meanwhile_is_left_to_the_event_of_the_new_one(heard: Heard) -> None:
    event = upload(b"{}")
    upload(b"another")

    assert work(of("import", event)) == []
    assert (heard.said, waiting()) == ([], [])


def test_a_file_that_is_not_there_fails_and_so_reaches_somebody(heard: Heard) -> None:
    gone = Progress(key="incoming/gone.jsonl", etag="e", uploaded_at=NOON)

    assert work(write_progress(gone)) == ["sqs-0"]
