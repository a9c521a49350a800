"""Previews, and what became of messages, are looked at over the API."""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta

import boto3
import pytest

from bench._bill import billed
from functions.api import handler as api
from functions.decide import handler as decide
from segue.aws.sends import DynamoSends
from segue.decisions.decision import Action, Decision, RunRef, SendRecord, SendState
from segue.decisions.ports import Step
from segue.decisions.reasons import Reason
from tests.builders import a_request
from tests.functions.asking import HERE, NEWS, RECEIPT, agree, decisions, message, taken, work_off
from tests.functions.calling import ADA, DOCS, call
from tests.functions.conftest import NOW


def test_a_preview_answers_with_the_trace_and_keeps_nothing(people, profiles_rows):
    agree("ada", rows=people)
    before = [row.sk for row in profiles_rows.scan()]

    with billed() as bill:
        status, said = call("POST /v1/decisions/preview", body=NEWS)

    assert (status, said["action"], said["reason"], said["channel"]) == (200, "send", "allowed", "email")
    assert list(said) == list(DOCS["POST /v1/decisions/preview"][1])
    assert {"consent", "hours", "total cap"} <= {line["name"] for line in said["trace"]}
    assert [row.sk for row in profiles_rows.scan()] == before
    assert taken("requests") == []
    assert bill.calls == {"Query": 1, "PutItem": 1}  # the put is the line in the trail


def test_a_preview_of_tonight_says_when_next(people):
    agree("ada", rows=people)
    tonight = "2026-03-10T22:30:00+01:00"

    _, said = call("POST /v1/decisions/preview", body=NEWS | {"at": tonight})

    assert (said["action"], said["reason"]) == ("defer", "outside_window")
    assert said["due"] == "2026-03-11T08:00:00+00:00"
    assert said["at"] == "2026-03-10T21:30:00+00:00"


def test_a_preview_says_why_not(people):
    _, said = call("POST /v1/decisions/preview", body=NEWS)

    assert (said["action"], said["reason"], said["meaning"]) == (
        "drop",
        "no_consent",
        "The person has not consented to this purpose.",
    )


@pytest.mark.parametrize(
    "at", ["2020-01-01T00:00:00Z", "2027-03-12T15:00:00Z", "2026-03-10", "9999-12-31T23:59:59-14:00", 1e30]
)
def test_a_preview_looks_at_most_a_year_away(people, at):
    status, said = call("POST /v1/decisions/preview", body=NEWS | {"at": at})

    assert (status, "at: " in said["message"]) == (400, True)


def test_a_preview_of_what_is_over_is_refused_but_for_a_clock_that_is_a_little_behind(people):
    agree("ada", rows=people)
    over, behind = (NEWS | {"at": (NOW - timedelta(seconds=ago)).isoformat()} for ago in (61, 59))

    status, said = call("POST /v1/decisions/preview", body=over)
    _, seen = call("POST /v1/decisions/preview", body=behind)

    assert (status, said["message"]) == (400, "at: is over; it is 2026-03-10T15:00:00Z now")
    assert (seen["action"], seen["at"]) == ("send", "2026-03-10T15:00:00+00:00")


def test_a_preview_of_a_moment_at_which_the_message_has_expired_says_so(people):
    later, before = ((NOW + timedelta(hours=hours)).isoformat() for hours in (5, 3))

    status, said = call("POST /v1/decisions/preview", body=NEWS | {"at": later, "expires_at": before})

    assert (status, said["message"]) == (400, "expires_at: is not after at, so that it would have expired by then")


@pytest.mark.parametrize("send_id", ["m-nothing", "x.1-send", f"thanks-{'a' * 26}.1-send", "../..", "a#b"])
def test_a_message_that_is_not_there_is_not_found(people, send_id):
    for route in ("GET /v1/messages/{id}", "DELETE /v1/messages/{id}"):
        assert call(route, id_=send_id)[1]["code"] == "not_found"


def test_a_journeys_message_is_found_through_its_run(people, profiles_rows):
    machines = boto3.client("stepfunctions")
    machine = machines.create_state_machine(
        name="segue-test-thanks",
        definition='{"StartAt": "a", "States": {"a": {"Type": "Pass", "End": true}}}',
        roleArn="arn:aws:iam::123456789012:role/machines",
    )["stateMachineArn"]
    run_id = f"thanks-{'b' * 26}"
    machines.start_execution(stateMachineArn=machine, name=run_id, input=json.dumps({"profile_id": ADA}))
    run = RunRef(run_id=run_id, journey="thanks", version="v1", step="1-send")
    let_go = Decision(action=Action.SEND, reason=Reason.ALLOWED, at=NOW, channel="email")
    request = a_request(f"{run_id}.1-send", profile_id=ADA, run=run)
    record = SendRecord(request=request, state=SendState.SENDING, decisions=(let_go,))
    DynamoSends(profiles_rows).take(Step(record=record, was=None, attempt=0, holder=ADA))

    said = message(f"{run_id}.1-send")

    assert (said["state"], said["record"]["request"]["run"]["journey"]) == ("sending", "thanks")


def test_the_decisions_of_everybody_are_found_by_reason_and_time_page_by_page(people):
    bulk = [{"template": "news", "profile_id": ADA} for _ in range(5)]
    call("POST /v1/messages/bulk", body={"messages": bulk})
    while work_off(decide, "requests"):
        pass
    query = {"reason": "no_consent", "limit": "2"}

    found, cursor, pages = [], None, 0
    while cursor or not pages:
        status, page = call("GET /v1/decisions", query=query | ({"cursor": cursor} if cursor else {}) | until())
        assert status == 200
        found += [each["request"]["send_id"] for each in page["decisions"]]
        cursor, pages = page["cursor"], pages + 1

    assert (len(found), len(set(found)), pages) == (5, 5, 3)
    assert call("GET /v1/decisions", query={"reason": "suppressed"} | until())[1]["decisions"] == []
    in_berlin = {"since": "2026-03-10T16:00:00+01:00", "until": "2026-03-10T16:00:01+01:00"}
    assert len(call("GET /v1/decisions", query={"reason": "no_consent"} | in_berlin)[1]["decisions"]) == 5
    before = {"since": (NOW - timedelta(days=2)).isoformat(), "until": NOW.isoformat()}
    assert call("GET /v1/decisions", query={"reason": "no_consent"} | before)[1]["decisions"] == []


def until() -> dict[str, str]:
    """The clock stands still: what has just ended, ended at this very moment."""
    return {"until": (NOW + timedelta(seconds=1)).isoformat()}


def test_a_reason_that_holds_back_says_where_to_look_for_what_still_waits(people):
    _, held = call("GET /v1/decisions", query={"reason": "outside_window"})
    _, never = call("GET /v1/decisions", query={"reason": "no_consent"})

    assert held["decisions"] == []
    assert "GET /v1/profiles/{id}/decisions?reason=outside_window" in held["note"]
    assert never["note"] is None
    assert list(held) == list(DOCS["GET /v1/decisions"][0])


def written(*said: str) -> str:
    """A cursor as somebody may have made it up."""
    return urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


MARCH = ("2026-02-15T00:00:00Z", "2026-03-12T00:00:00Z")
WINTER = ("2026-01-01T00:00:00Z", "2026-03-12T00:00:00Z")


def test_the_pages_of_the_last_day_are_of_the_day_before_the_first_of_them(people, profiles_rows):
    ends = [NOW - timedelta(hours=hours) for hours in (1, 23)]
    for number, at in enumerate(ends):
        waits = SendRecord(request=a_request(f"m-{number}", profile_id=ADA, at=at), state=SendState.DEFERRED)
        ended = waits.finish(SendState.DROPPED, Reason.EXPIRED, at)
        DynamoSends(profiles_rows).take(Step(record=ended, was=None, attempt=0, holder=ADA))
    query = {"reason": "expired", "limit": "1"}
    _, first = call("GET /v1/decisions", query=query)
    api.wiring().__dict__["clock"] = type(api.wiring().clock)(wall=lambda: NOW + timedelta(hours=2))

    status, second = call("GET /v1/decisions", query=query | {"cursor": first["cursor"]})

    assert (status, [each["request"]["send_id"] for each in second["decisions"]]) == (200, ["m-1"])


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({}, "reason"),
        ({"reason": "because"}, "reason"),
        ({"reason": "allowed", "since": "2026-01-01T00:00:00Z"}, "since"),
        ({"reason": "allowed", "since": HERE}, "since"),
        ({"reason": "allowed", "cursor": "x"}, "cursor"),
        ({"reason": "allowed", "until": "9999-12-31T23:59:59-14:00"}, "until"),
        ({"reason": "allowed", "until": "0001-01-01T00:00:00Z"}, "until"),
        ({"reason": "allowed", "until": "2026-03-10T00:00:00Z", "since": "2026-03-10T00:00:00Z"}, "since"),
        ({"reason": "allowed", "cursor": written("2026-03-10T00:00:00Z", "m-1")}, "cursor"),
        ({"reason": "allowed", "cursor": written("2026-03-10T00:00:00Z", "m" * 1000, *MARCH)}, "cursor"),
        ({"reason": "allowed", "cursor": written("2026-03-10T00:00:00Z", "\ud800", *MARCH)}, "cursor"),
        (
            {"reason": "allowed", "cursor": written("2026-03-10T00:00:00Z", "m-1", *WINTER)},
            "since",
        ),
    ],
)
def test_a_look_over_everybody_is_bounded(people, query, says):
    status, said = call("GET /v1/decisions", query=query)

    assert (status, says in said["message"]) == (400, True)


def test_the_decisions_of_a_person_are_filtered(people):
    call("POST /v1/messages", body=NEWS)
    call("POST /v1/messages", body=RECEIPT | {"channel": "in_app"})
    work_off(decide, "requests")

    assert [each["reason"] for each in decisions(reason="no_consent")] == ["no_consent"]
    assert [each["request"]["template"] for each in decisions(action="send")] == ["receipt"]
    assert len(decisions(channel="email")) == 2
    assert len(decisions(since=(NOW - timedelta(minutes=1)).isoformat())) == 2
    assert len(decisions(until=(NOW - timedelta(minutes=1)).isoformat())) == 1
