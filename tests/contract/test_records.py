"""`Records`, `Erasures` and `Exports`: what each promises, in memory as on AWS."""

import io
import json
from dataclasses import replace
from datetime import datetime, timedelta

import boto3
import httpx
import pytest

from bench._bill import billed
from segue.aws.erasures import DynamoErasures, DynamoTrail
from segue.aws.exports import S3Exports
from segue.aws.inbox import DynamoInbox
from segue.aws.profiles import DynamoProfiles
from segue.aws.records import DynamoRecords
from segue.memory.erasures import MemoryErasures, MemoryTrail
from segue.memory.exports import MemoryExports
from segue.memory.inbox import MemoryInbox
from segue.memory.profiles import MemoryProfiles
from segue.memory.records import MemoryRecords
from segue.messages.inbox import Card
from segue.profiles.erasure import Erasure, Running, Work
from segue.profiles.head import Versioned
from segue.profiles.identity import user_profile_id
from segue.profiles.ports import Change, Conflict, Entry
from tests.builders import NOON, a_profile, an_event

ERASURE = Erasure(
    receipt_id="r-1",
    asked_at=NOON,
    by="arn",
    reason="asked",
    work=Work(root="u-ada", places=("u-ada",), names=("ada",), runs=(Running(journey="j", run_id="1"),)),
)


@pytest.fixture(params=["memory", "aws"])
def kept(request):
    """Records of Ada's partition: two events, a profile and a card."""
    if request.param == "memory":
        profiles, inbox = MemoryProfiles(), MemoryInbox()
        records = MemoryRecords(profiles.rows, inbox)
    else:
        rows = request.getfixturevalue("profiles_rows")
        profiles, inbox, records = DynamoProfiles(rows), DynamoInbox(rows), DynamoRecords(rows)
    place = a_profile().profile_id
    events = [an_event("First", message_id="1"), an_event("Second", at=NOON.replace(hour=14), message_id="2")]
    profiles.commit(
        Change(entries=tuple(Entry(event=each) for each in events), profiles={place: Versioned(a_profile())})
    )
    inbox.put(place, Card(send_id="s", sent_at=NOON, title="Thanks", body="You"))
    return records


HOME = user_profile_id("ada")


def words(records, place, low="", high="\x7f", **how):
    return [record.key.partition("#")[0] for record in records.between(place, low, high, **how)]


def test_rows_are_read_by_key_both_ways(kept):
    there = [record.document["event"]["name"] for record in kept.between(HOME, "EVENT#", "EVENT$")]
    back = [record.document["event"]["name"] for record in kept.between(HOME, "EVENT#", "EVENT$", newest_first=True)]

    assert (there, back) == (["First", "Second"], ["Second", "First"])


def test_every_kind_of_row_is_there_as_json(kept):
    assert words(kept, "u-ada") == ["HEAD", "INBOX"]
    (card,) = kept.between("u-ada", "INBOX#", "INBOX$")
    assert (card.place, card.document["title"]) == ("u-ada", "Thanks")


def test_the_end_of_a_range_is_not_in_it(kept):
    (_, second) = kept.between(HOME, "EVENT#", "EVENT$")

    assert len(list(kept.between(HOME, "EVENT#", second.key))) == 1


def test_a_range_that_ends_before_it_begins_is_empty_and_is_not_asked_for(kept):
    with billed() as bill:
        found = [*kept.between(HOME, "EVENT#b", "EVENT#a"), *kept.between(HOME, "EVENT#b", "EVENT#b")]

    assert found == []
    assert bill.calls == {}


def test_what_is_forgotten_is_gone_and_may_be_forgotten_again(kept):
    rows = [*kept.between(HOME, "", "HEAD#"), *kept.between("u-ada", "INBOX#", "INBOX$")]

    kept.forget(rows)
    kept.forget(rows)

    assert words(kept, HOME, high="HEAD#") == []
    assert words(kept, "u-ada") == ["HEAD"]


@pytest.fixture(params=["memory", "aws"])
def erasures(request):
    return MemoryErasures() if request.param == "memory" else DynamoErasures(request.getfixturevalue("registry_rows"))


def test_an_erasure_is_kept_and_read_back_at_its_version(erasures):
    kept = erasures.keep(Versioned(ERASURE))

    assert erasures.find("r-1") == kept == Versioned(ERASURE, 1)
    assert erasures.find("r-2") is None


def test_of_two_who_write_the_same_erasure_one_is_told(erasures):
    kept = erasures.keep(Versioned(ERASURE))
    erasures.keep(replace(kept, value=replace(ERASURE, work=None)))

    for stale in (kept, Versioned(ERASURE)):
        with pytest.raises(Conflict):
            erasures.keep(stale)
    assert erasures.find("r-1").value.work is None


def test_a_print_that_was_blocked_tells_its_receipt(erasures):
    erasures.block(["one", "two"], "r-1")
    erasures.block(["two"], "r-1")

    assert erasures.blocked(["none", "two"]) == "r-1"
    assert erasures.blocked(["none"]) is None


@pytest.fixture(params=["memory", "aws"])
def trail(request):
    """The port, and what stands in it of one day."""
    if request.param == "memory":
        memory = MemoryTrail()
        return memory, lambda: memory.noted
    rows = request.getfixturevalue("registry_rows")
    written = ("at", "who", "did", "to")

    def noted():
        said = [json.loads(row.doc) for row in rows.query("AUDIT#2026-03-10")]
        return [(datetime.fromisoformat(each["at"]), *(each[word] for word in written[1:])) for each in said]

    return DynamoTrail(rows), noted


def test_the_trail_tells_who_did_what_to_whom_in_order(trail):
    kept, noted = trail
    entries = [(NOON, "arn:aws:iam::1:user/op", "profile read", "u-ada")]
    entries.append((NOON + timedelta(minutes=1), "arn:aws:iam::1:user/op", "erasure asked", "r-1"))

    for entry in entries:
        kept.note(*entry)

    assert noted() == entries


@pytest.fixture(params=["memory", "aws"])
def exports(request):
    if request.param == "memory":
        return MemoryExports()
    request.getfixturevalue("aws")
    client = boto3.client("s3")
    client.create_bucket(Bucket="exports", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return S3Exports(client, "exports")


def test_an_export_has_an_address_until_it_is_forgotten(exports):
    address = exports.put("u-ada", "1", io.BytesIO(b"{}"))
    exports.put("u-ada", "2", io.BytesIO(b"{}"))
    exports.put("u-adam", "1", io.BytesIO(b"{}"))

    assert "u-ada/1" in address
    assert [exports.forget("u-ada"), exports.forget("u-ada"), exports.forget("u-adam")] == [2, 0, 1]


def test_an_address_in_aws_is_signed_and_does_not_last(aws):
    client = boto3.client("s3")
    client.create_bucket(Bucket="exports", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})

    asked = httpx.URL(S3Exports(client, "exports").put("u-ada", "1", io.BytesIO(b"{}"))).params

    assert int(asked.get("X-Amz-Expires", 900)) <= 900
