"""Services ask for messages over the deployed API, under IAM: each is asked for once, decided, looked up, cancelled."""

from uuid import uuid4

import pytest

from tests.e2e.conftest import Local, eventually
from tests.e2e.test_erasure import signed
from tests.e2e.test_messages import a_person, mails


@pytest.fixture(scope="module")
def ada(local: Local) -> tuple[str, str]:
    return a_person(local, "asked")


def wish(profile_id: str, **more: object) -> dict[str, object]:
    return {"template": "we-miss-you", "profile_id": profile_id, "channel": "email", **more}


def sent(local: Local, send_id: str) -> bool:
    return bool(signed(local, "GET", f"/v1/messages/{send_id}").json()["state"] == "sent")


def test_what_is_asked_for_is_sent_once_however_often_it_is_asked(local: Local, ada: tuple[str, str]) -> None:
    user, profile_id = ada
    body = {"messages": [wish(profile_id, idempotency_key=f"{user}-1")] * 2}

    answers = [signed(local, "POST", "/v1/messages/bulk", body) for _ in range(2)]

    ids = {result["send_id"] for answer in answers for result in answer.json()["results"]}
    assert [answer.status_code for answer in answers] == [202, 202]
    assert len(ids) == 1
    eventually(lambda: sent(local, next(iter(ids))), within=90)
    assert len(mails(local, f"{user}@example.com")) == 1
    too_late = signed(local, "DELETE", f"/v1/messages/{ids.pop()}")
    assert (too_late.status_code, too_late.json()["code"]) == (409, "too_late")


def test_a_preview_tells_and_sends_nothing_and_what_waits_is_cancelled(local: Local, ada: tuple[str, str]) -> None:
    user, profile_id = ada
    quiet = {"quiet_hours": "08:00-19:00", "channels": {"push": False}}
    changed = signed(local, "PUT", f"/v1/profiles/{profile_id}/preferences", quiet)
    eventually(lambda: "quiet_hours" in local.find(user).whole.traits, within=60)

    seen = signed(local, "POST", "/v1/decisions/preview", wish(profile_id)).json()
    asked = signed(local, "POST", "/v1/messages", wish(profile_id, properties={"order": uuid4().hex})).json()
    waits = eventually(
        lambda: (
            (said := signed(local, "GET", f"/v1/messages/{asked['send_id']}").json())["state"] == "deferred" and said
        ),
        within=60,
    )
    cancelled = signed(local, "DELETE", f"/v1/messages/{asked['send_id']}")
    again = signed(local, "DELETE", f"/v1/messages/{asked['send_id']}")

    assert (changed.status_code, changed.json()["channels"]["push"]) == (202, False)
    assert (seen["action"], seen["reason"]) == ("defer", "quiet_hours")
    assert waits["due"]
    assert (cancelled.status_code, cancelled.json()["reason"]) == (200, "cancelled")
    assert again.json() == cancelled.json()
    assert len(mails(local, f"{user}@example.com")) <= 1
    listed = eventually(
        lambda: [
            each["request"]["send_id"]
            for each in signed(local, "GET", "/v1/decisions?reason=cancelled").json()["decisions"]
        ],
        within=30,
    )
    assert asked["send_id"] in listed


def test_what_is_wrong_is_told_and_nothing_is_kept(local: Local, ada: tuple[str, str]) -> None:
    _, profile_id = ada

    for body, status, said in (
        (wish(profile_id, template="we-mis-you"), 400, "did you mean 'we-miss-you'?"),
        (wish(profile_id, channel="sms"), 400, "no words for sms"),
        (wish("u-nobody"), 404, "nobody is known"),
        (wish(profile_id, expires_at="2001-01-01T00:00:00Z"), 400, "expires_at: is over"),
    ):
        answer = signed(local, "POST", "/v1/messages", body)
        assert (answer.status_code, said in answer.json()["message"]) == (status, True), answer.text
