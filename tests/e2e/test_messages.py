"""Messages through the deployed stack: caps hold whatever comes at once, and recipients can act without a login."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from segue.aws.sends import DynamoSends
from segue.decisions import asked
from segue.decisions.asked import Asked
from segue.decisions.decision import SendRecord, SendRequest, SendState
from segue.messages.tokens import InboxAccess, sign_inbox
from segue.profiles.identity import user_profile_id
from tests.e2e.conftest import Local, eventually

REQUESTS, CAP = 200, 2


def where_it_is_noon(now: datetime) -> str:
    """Signs of these zones are the wrong way round: Etc/GMT+5 is five hours behind."""
    offset = now.hour - 12
    return f"Etc/GMT{offset:+d}" if offset else "Etc/GMT"


def a_person(local: Local, user: str) -> str:
    said = {
        "userId": user,
        "traits": {"email": f"{user}@example.com"},
        "context": {
            "timezone": where_it_is_noon(local.clock.now()),
            "consent": {"categoryPreferences": {"marketing": True}},
        },
    }
    assert local.post("/v1/identify", said).status_code == 200
    eventually(lambda: local.lookup.find(user))
    return user_profile_id(user)


def wish(local: Local, profile_id: str, send_id: str, channel: str = "email") -> str:
    now = local.clock.now()
    request = SendRequest(
        send_id=send_id,
        profile_id=profile_id,
        template="we-miss-you",
        channel=channel,
        category="marketing",
        topic="offers",
        requested_at=now,
        expires_at=now + timedelta(days=9),
    )
    return asked.write(Asked(request=request))


def ask(local: Local, bodies: list[str]) -> None:
    """From several threads at once, so that several functions decide at once."""
    client, url = local.client("sqs"), local.deployed.outputs["RequestsQueueUrl"]
    batches = [bodies[start : start + 10] for start in range(0, len(bodies), 10)]

    def send(batch: list[str]) -> None:
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(batch)]
        assert "Failed" not in client.send_message_batch(QueueUrl=url, Entries=entries)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(send, batches))


def records(local: Local, profile_id: str) -> list[SendRecord]:
    return list(DynamoSends(local.lookup.rows).decided(profile_id))


def mails(local: Local, address: str) -> list[dict[str, Any]]:
    sent = httpx.get(f"{local.running.url}/_ministack/ses/messages").json()
    return [mail for mail in sent["messages"] if address in json.dumps(mail)]


def test_200_requests_at_once_for_one_person_send_exactly_the_cap(local: Local) -> None:
    profile_id = a_person(local, "capped")
    bodies = [wish(local, profile_id, f"capped-{number}") for number in range(REQUESTS)]

    ask(local, bodies + bodies[:50])

    eventually(lambda: len(records(local, profile_id)) == REQUESTS, within=120)
    eventually(lambda: local.waiting("DeliveriesQueueUrl") == 0, within=60)
    states = [record.state for record in records(local, profile_id)]
    assert states.count(SendState.SENT) == CAP
    assert states.count(SendState.DEFERRED) == REQUESTS - CAP
    assert len(mails(local, "capped@example.com")) == CAP


def test_a_recipient_unsubscribes_with_one_click_and_gets_nothing_more(local: Local) -> None:
    profile_id = a_person(local, "leaver")
    ask(local, [wish(local, profile_id, "leaver-1")])
    [mail] = eventually(lambda: mails(local, "leaver@example.com"), within=60)
    [url] = set(re.findall(r"http[^\"'\\\s<>)]+/u/[A-Za-z0-9._-]+", json.dumps(mail)))

    asked_first = httpx.get(url)
    subscribed = local.lookup.find("leaver").whole.subscriptions
    done = httpx.post(url, data={"List-Unsubscribe": "One-Click"})
    eventually(lambda: local.lookup.find("leaver").whole.subscriptions.get("email/offers"))
    ask(local, [wish(local, profile_id, "leaver-2")])
    last = eventually(lambda: (found := records(local, profile_id)) and len(found) == 2 and found[0], within=60)

    assert (asked_first.status_code, subscribed, done.status_code) == (200, {}, 200)
    assert (last.state, last.reason) == (SendState.DROPPED, "unsubscribed")


def test_a_card_lies_in_the_inbox_until_it_is_read(local: Local) -> None:
    profile_id = a_person(local, "reader")
    ask(local, [wish(local, profile_id, "reader-1", "in_app")])
    secret = local.client("secretsmanager").get_secret_value(SecretId=local.deployed.outputs["SigningSecret"])
    keys = json.loads(secret["SecretString"])["keys"]
    access = InboxAccess(profile_id=profile_id, until=local.clock.now() + timedelta(days=30))
    headers = {"Authorization": f"Bearer {sign_inbox(access, keys)}"}

    def inbox() -> dict[str, Any]:
        return httpx.get(f"{local.deployed.api}/v1/inbox", headers=headers).json()

    eventually(lambda: inbox()["unread"] == 1, within=60)
    [card] = inbox()["cards"]
    read = httpx.post(f"{local.deployed.api}/v1/inbox/{card['id']}/read", headers=headers)

    assert card["title"] == "New since your last visit"
    assert read.status_code == 200
    assert inbox()["unread"] == 0


@pytest.mark.parametrize("path", ["/u/nonsense", "/v1/inbox"])
def test_without_a_token_of_ours_there_is_nothing_to_see(local: Local, path: str) -> None:
    assert httpx.get(f"{local.deployed.api}{path}").status_code in (401, 404)
