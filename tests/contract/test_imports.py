"""Files that are to be imported, in memory and in S3."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest

from segue.aws import imports as s3_imports
from segue.aws.imports import S3Imports, begun_by, read_progress, summary_key, write_progress
from segue.events.imports import Progress
from segue.events.ports import Broken, Imports, Overwritten
from segue.memory.imports import MemoryImports
from tests.builders import NOON

KEY = "incoming/calls.jsonl"
CONTENT = b"".join(b'{"line": %d}\n' % number for number in range(40))


@dataclass
class World:
    imports: Imports
    upload: Callable[[bytes, str], str]
    sent: Callable[[], list[Progress]]
    summed_up: Callable[[], list[Progress]]


def in_memory(_: pytest.FixtureRequest) -> World:
    files = MemoryImports()

    def upload(content: bytes, key: str) -> str:
        files.files[key] = (etag := f"e-{hash(content)}", content)
        return etag

    return World(files, upload, lambda: files.going_on, lambda: files.ended)


def on_aws(request: pytest.FixtureRequest) -> World:
    request.getfixturevalue("aws")
    s3, sqs = boto3.client("s3"), boto3.client("sqs")
    s3.create_bucket(Bucket="imports", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    url = sqs.create_queue(QueueName="sources")["QueueUrl"]

    def upload(content: bytes, key: str) -> str:
        return s3.put_object(Bucket="imports", Key=key, Body=content)["ETag"].strip('"')

    def sent() -> list[Progress]:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [read_progress(json.loads(message["Body"])["import"]) for message in messages]

    def summed_up() -> list[Progress]:
        found = s3.list_objects_v2(Bucket="imports", Prefix="summaries/").get("Contents", [])
        bodies = [s3.get_object(Bucket="imports", Key=each["Key"])["Body"].read() for each in found]
        return [read_progress(json.loads(body)) for body in bodies]

    return World(S3Imports(s3, "imports", sqs, url), upload, sent, summed_up)


@pytest.fixture(params=["memory", "aws"])
def world(request: pytest.FixtureRequest) -> World:
    return {"memory": in_memory, "aws": on_aws}[request.param](request)


def some(**given: Any) -> Progress:
    return Progress(**{"key": KEY, "etag": "e-1", "uploaded_at": NOON, "offset": 20, "line": 2, **given})


@pytest.mark.parametrize("offset", [0, 13, len(CONTENT) - 1, len(CONTENT)])
def test_a_file_is_read_from_any_byte_on(world: World, offset: int) -> None:
    etag = world.upload(CONTENT, KEY)

    assert b"".join(world.imports.read(KEY, etag, offset)) == CONTENT[offset:]


def test_a_file_that_was_taken_in_is_gone_and_a_late_message_for_it_is_nothing_to_worry_about(world: World) -> None:
    etag = world.upload(CONTENT, KEY)
    world.imports.sum_up(some(etag=etag))

    with pytest.raises(Overwritten):
        next(world.imports.read(KEY, etag, 0))
    world.imports.sum_up(some(etag=etag))
    assert world.summed_up()


def test_a_new_file_under_the_name_of_one_that_was_taken_in_is_taken_in_too(world: World) -> None:
    world.imports.sum_up(some(etag=world.upload(b"first", KEY)))
    second = world.upload(b"second", KEY)

    assert b"".join(world.imports.read(KEY, second, 0)) == b"second"


def test_a_newer_file_outlives_the_end_of_the_import_of_the_older_one(world: World) -> None:
    first, second = world.upload(b"first", KEY), world.upload(b"second", KEY)
    world.imports.sum_up(some(etag=first))

    assert b"".join(world.imports.read(KEY, second, 0)) == b"second"


def test_another_file_under_the_name_is_not_taken_for_the_first(world: World) -> None:
    etag = world.upload(CONTENT, KEY)
    world.upload(b"another", KEY)

    with pytest.raises(Overwritten):
        list(world.imports.read(KEY, etag, 13))


def test_what_goes_on_and_what_has_ended_is_told_whole(world: World) -> None:
    world.imports.go_on(some(accepted=2))
    world.imports.sum_up(some(done=True, rejected=1))

    assert world.sent() == [some(accepted=2)]
    assert world.summed_up() == [some(done=True, rejected=1)]


@pytest.fixture
def aws_world(request: pytest.FixtureRequest) -> World:
    return on_aws(request)


@pytest.mark.parametrize("offset", [0, 7, 300, len(CONTENT)])
@pytest.mark.parametrize("members", [1, 3])
def test_a_packed_file_is_read_unpacked_from_any_byte_on(
    aws_world: World, monkeypatch: pytest.MonkeyPatch, offset: int, members: int
) -> None:
    monkeypatch.setattr(s3_imports, "_PIECE_BYTES", 50)
    size = len(CONTENT) // members + 1
    packed = b"".join(gzip.compress(CONTENT[at : at + size]) for at in range(0, len(CONTENT), size))
    etag = aws_world.upload(packed, f"{KEY}.gz")

    assert b"".join(aws_world.imports.read(f"{KEY}.gz", etag, offset)) == CONTENT[offset:]


@pytest.mark.parametrize(
    ("packed", "told"),
    [
        (gzip.compress(CONTENT)[:-12], "cut off"),
        (gzip.compress(CONTENT)[:40] + b"nonsense, not gzip at all" * 4, "broken"),
        (b"not packed at all", "broken"),
        (gzip.compress(CONTENT) + b"rest", "broken"),
    ],
)
def test_a_packed_file_that_cannot_be_unpacked_says_so(aws_world: World, packed: bytes, told: str) -> None:
    etag = aws_world.upload(packed, f"{KEY}.gz")

    with pytest.raises(Broken, match=told):
        list(aws_world.imports.read(f"{KEY}.gz", etag, 0))


def test_a_file_that_unpacks_without_end_is_given_up(aws_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_imports, "MOST_UNPACKED_BYTES", 1024 * 1024)
    etag = aws_world.upload(gzip.compress(b"0" * 5_000_000), f"{KEY}.gz")

    with pytest.raises(Broken, match="split it"):
        list(aws_world.imports.read(f"{KEY}.gz", etag, 0))


def test_a_file_that_is_gone_is_an_error_that_reaches_somebody(aws_world: World) -> None:
    with pytest.raises(Exception, match="NoSuchKey"):
        list(aws_world.imports.read(KEY, "e-1", 0))


def test_a_message_names_the_portion_and_s3_s_own_event_the_first() -> None:
    event = {"time": "2026-03-10T13:00:00Z", "detail": {"object": {"key": KEY, "etag": "e-1"}}}

    assert read_progress(json.loads(write_progress(some()))["import"]) == some()
    assert begun_by(event) == replace(some(), offset=0, line=0)
    assert summary_key(KEY) == "summaries/calls.jsonl.json"
