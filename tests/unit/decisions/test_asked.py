"""A send request is read as a step writes it, and as it comes back after a deferral."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from segue.decisions import asked
from segue.decisions.asked import Asked
from segue.decisions.decision import RunRef
from segue.decisions.policy import Policy
from tests.builders import a_request

RUN = RunRef(run_id="thanks-1", journey="thanks", version="v1", step="1-send")
WISH = {
    "profile_id": "u-ada",
    "run": {"run_id": "thanks-1", "journey": "thanks", "version": "v1", "step": "1-send"},
    "template": "thank-you",
    "channel": "email",
    "category": "transactional",
    "purpose": None,
    "topic": None,
    "priority": None,
    "expires_after_seconds": 3600,
    "entered_at": "2026-03-10T13:00:00.123Z",
    "token": "t",
    "caused_at": None,
}


def words(_template, _run):
    return ("email", "in_app", "inbox")


def test_a_step_s_wish_is_completed_by_the_policy_and_the_clock():
    asked_for = json.dumps(WISH)
    request = asked.read(asked_for, policy=Policy(), words=words, at=lambda real: real + timedelta(days=1)).request

    assert request.send_id == "thanks-1.1-send"
    assert (request.purpose, request.priority) == ("service", 9)
    assert request.requested_at == datetime(2026, 3, 11, 13, 0, 0, 123_000, tzinfo=UTC)
    assert request.expires_at == request.requested_at + timedelta(hours=1)


def test_a_wish_may_be_less_urgent_than_its_category():
    calm = json.dumps({**WISH, "priority": 0})

    assert asked.read(calm, policy=Policy(), words=words, at=lambda real: real).request.priority == 0


def test_without_an_expiry_the_category_s_holds():
    wish = {name: value for name, value in WISH.items() if name != "expires_after_seconds"}

    request = asked.read(json.dumps(wish), policy=Policy(), words=words, at=lambda real: real).request

    assert request.expires_at == request.requested_at + timedelta(days=3)


def test_it_may_choose_among_channels_and_falls_back_to_what_there_are_words_for():
    choosing = json.dumps({**WISH, "channels": ["email", "inbox"], "fallback": True})

    request = asked.read(choosing, policy=Policy(), words=words, at=lambda real: real).request

    assert (request.ways, request.fallbacks) == (("email", "inbox"), ("in_app",))


def test_the_wish_of_an_earlier_version_knows_no_fallback():
    request = asked.read(json.dumps(WISH), policy=Policy(), words=words, at=lambda real: real).request

    assert (request.ways, request.fallbacks) == (("email",), ())


def test_a_woken_request_is_read_as_it_was_written():
    woken = Asked(request=a_request(run=RUN, token="t", topic="offers"), attempt=3)

    assert asked.read(asked.write(woken), policy=Policy(), words=words, at=lambda real: real) == woken


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"request": {}}', json.dumps({**WISH, "extra": 1})])
def test_what_is_neither_is_refused(body):
    with pytest.raises(ValueError):
        asked.read(body, policy=Policy(), words=words, at=lambda real: real)
