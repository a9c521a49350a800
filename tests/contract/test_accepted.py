"""What the API has accepted is kept once, and found by its id; what has ended, by reason. In memory as on DynamoDB."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bench._bill import billed
from segue.aws.accepted import DynamoAccepted
from segue.aws.ended import MOST_BYTES, DynamoEnded
from segue.aws.profiles import DynamoProfiles
from segue.aws.sends import DynamoSends
from segue.aws.table import Row
from segue.decisions.decision import ApiRef, SendRecord, SendState
from segue.decisions.ports import LOOK_BACK, MOST_TOGETHER, Accepted, Ended, Sends, Step
from segue.decisions.reasons import Reason
from segue.events.identifier import ANONYMOUS, Identifier
from segue.memory.accepted import MemoryAccepted
from segue.memory.ended import MemoryEnded
from segue.memory.profiles import MemoryProfiles
from segue.memory.sends import MemorySends
from segue.profiles.head import Versioned
from segue.profiles.identity import anonymous_profile_id
from segue.profiles.ports import Change, Crowd, Entry
from tests.builders import NOON, a_profile, a_request, an_event

WAKE = NOON + timedelta(minutes=20)
MINUTE = timedelta(minutes=1)


@dataclass
class Keepers:
    sends: Sends
    accepted: Accepted
    ended: Ended
    people: Crowd
    profiles: Any


@pytest.fixture(params=["memory", "aws"])
def kept(request: pytest.FixtureRequest) -> Keepers:
    if request.param == "memory":
        profiles = MemoryProfiles()
        sends = MemorySends(profiles.rows)
        return Keepers(sends, MemoryAccepted(sends), MemoryEnded(profiles.rows), profiles, profiles)
    rows = request.getfixturevalue("profiles_rows")
    dynamo = DynamoProfiles(rows)
    return Keepers(DynamoSends(rows), DynamoAccepted(rows), DynamoEnded(rows), dynamo, dynamo)


def a_record(send_id: str = "m-1", **given: Any) -> SendRecord:
    request = a_request(send_id, api=ApiRef(by="arn", said="digest"), properties={"order": "7"}, **given)
    return SendRecord(request=request, state=SendState.DEFERRED, due=NOON)


def test_a_record_is_found_by_its_id_with_its_properties(kept: Keepers) -> None:
    record = a_record()

    assert set(kept.accepted.keep([record], WAKE)) == set()

    assert kept.accepted.several(["m-1", "m-2"]) == {"m-1": record}
    assert kept.sends.get("u-ada", record.key) == record


def test_an_id_is_kept_once_and_the_first_stays(kept: Keepers) -> None:
    first = a_record()
    kept.accepted.keep([first], WAKE)

    known = kept.accepted.keep([a_record(at=NOON + MINUTE), a_record("m-2", profile_id="u-bob")], WAKE)

    assert set(known) == {"m-1"}
    assert kept.accepted.several(["m-1"]) == {"m-1": first}
    assert set(kept.accepted.several(["m-2"])) == {"m-2"}
    assert len(list(kept.sends.decided("u-ada"))) == 1


def test_as_many_as_go_together_are_kept_at_once(kept: Keepers) -> None:
    records = [a_record(f"m-{number}") for number in range(MOST_TOGETHER)]
    kept.accepted.keep(records[:20], WAKE)

    known = kept.accepted.keep(records, WAKE)

    assert set(known) == {f"m-{number}" for number in range(20)}
    assert len(kept.accepted.several([each.request.send_id for each in records])) == MOST_TOGETHER


def test_of_many_who_ask_for_the_same_at_once_one_is_the_first(kept: Keepers) -> None:
    with ThreadPoolExecutor(8) as threads:
        known = list(threads.map(lambda _: set(kept.accepted.keep([a_record()], WAKE)), range(16)))

    assert sorted(map(len, known)) == [0] + [1] * 15
    assert len(list(kept.sends.decided("u-ada"))) == 1


def test_what_is_not_decided_falls_due(kept: Keepers) -> None:
    kept.accepted.keep([a_record()], WAKE)

    assert list(kept.sends.due(WAKE, timedelta(), LOOK_BACK)) == []
    [waiting] = kept.sends.due(WAKE, MINUTE, LOOK_BACK)
    assert (waiting.profile_id, waiting.key) == ("u-ada", a_record().key)


def test_what_is_forgotten_is_not_found_and_its_record_stays(kept: Keepers) -> None:
    kept.accepted.keep([a_record()], WAKE)

    kept.accepted.forget(["m-1", "m-2"])

    assert kept.accepted.several(["m-1"]) == {}
    assert kept.sends.get("u-ada", a_record().key)


def end(kept: Keepers, send_id: str, at: datetime, reason: Reason = Reason.NO_CONSENT, **given: Any) -> None:
    record = a_record(send_id, **given).finish(SendState.DROPPED, reason, at)
    kept.sends.take(Step(record=record, was=None, attempt=0, holder=record.request.profile_id))


def test_a_page_that_would_begin_before_its_span_is_empty_and_asks_for_no_range_that_dynamodb_refuses(
    kept: Keepers,
) -> None:
    before = f"{(NOON - MINUTE).isoformat(timespec='milliseconds')}#m-1"

    with billed() as bill:
        page = kept.ended.page(Reason.NO_CONSENT, NOON, NOON + MINUTE, limit=9, before=before)

    assert page == ([], "")
    assert bill.calls == {}


def test_what_ended_is_found_by_reason_and_time_the_latest_first(kept: Keepers) -> None:
    days = (0, 1, 2, 5)
    for day in days:
        end(kept, f"m-{day}", NOON + timedelta(days=day), profile_id=f"u-{day}")
    end(kept, "m-other", NOON, Reason.SUPPRESSED)
    kept.accepted.keep([a_record("m-waiting")], WAKE)

    page, rest = kept.ended.page(Reason.NO_CONSENT, NOON, NOON + timedelta(days=5), limit=9)

    assert ([each.request.send_id for each in page], rest) == (["m-2", "m-1", "m-0"], "")


def test_pages_follow_each_other_to_the_end(kept: Keepers) -> None:
    for number in range(25):
        end(kept, f"m-{number:02}", NOON + number * timedelta(hours=1))
    seen: list[str] = []
    before, pages = "", 0
    while before or not pages:
        page, before = kept.ended.page(Reason.NO_CONSENT, NOON, NOON + timedelta(days=3), limit=10, before=before)
        seen += [each.request.send_id for each in page]
        pages += 1

    assert (seen, pages) == ([f"m-{number:02}" for number in reversed(range(25))], 3)


def test_many_that_ended_at_one_moment_are_all_found(kept: Keepers) -> None:
    for number in range(30):
        end(kept, f"m-{number:02}", NOON)

    first, rest = kept.ended.page(Reason.NO_CONSENT, NOON, NOON + MINUTE, limit=20)
    second, end_of = kept.ended.page(Reason.NO_CONSENT, NOON, NOON + MINUTE, limit=20, before=rest)

    assert len({each.request.send_id for each in (*first, *second)}) == 30
    assert end_of == ""


def test_a_page_of_large_records_is_shorter(profiles_rows: type[Row]) -> None:
    sends, ended = DynamoSends(profiles_rows), DynamoEnded(profiles_rows)
    for number in range(15):
        record = replace(a_record(f"m-{number:02}"), detail="x" * 380_000)
        record = record.finish(SendState.DROPPED, Reason.NO_CONSENT, NOON + number * MINUTE)
        sends.take(Step(record=record, was=None, attempt=0, holder="u-ada"))

    first, rest = ended.page(Reason.NO_CONSENT, NOON, NOON + timedelta(hours=1), limit=100)
    second, end_of = ended.page(Reason.NO_CONSENT, NOON, NOON + timedelta(hours=1), limit=100, before=rest)

    assert [each.request.send_id for each in (*first, *second)] == [f"m-{number:02}" for number in reversed(range(15))]
    assert (len(first), end_of) == (MOST_BYTES // 381_000, "")


def test_several_people_are_read_at_once_without_those_whom_nobody_knows(kept: Keepers) -> None:
    visitor = anonymous_profile_id("visitor")
    event = an_event(anonymous_id="visitor", user_id=None)
    profile = a_profile(visitor, identifier=Identifier(ANONYMOUS, "visitor"))
    kept.profiles.commit(Change(entries=(Entry(event=event),), profiles={visitor: Versioned(profile)}))

    found = kept.people.several([visitor, "u-nobody", visitor])

    assert found == {visitor: profile}
    assert kept.people.several([]) == {}
