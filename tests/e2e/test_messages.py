"""Messages through the deployed stack: caps hold whatever comes at once, and recipients can act without a login."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from segue.aws.sends import DynamoSends
from segue.decisions import asked
from segue.decisions.asked import Asked
from segue.decisions.decision import SendRecord, SendRequest, SendState
from segue.messages.tokens import InboxAccess, sign_inbox
from segue.profiles.identity import user_profile_id
from tests.e2e.conftest import Local, eventually


def where_it_is(hour: int, now: datetime) -> str:
    """Signs of these zones are the wrong way round: Etc/GMT+5 is five hours behind."""
    offset = (now.hour - hour + 11) % 24 - 11
    return f"Etc/GMT{offset:+d}" if offset else "Etc/GMT"


def a_person(local: Local, name: str, hour: int = 12) -> tuple[str, str]:
    """Their user id, another each time, and their profile id."""
    user = f"{name}-{uuid4().hex[:8]}"
    said = {
        "userId": user,
        "traits": {"email": f"{user}@example.com"},
        "context": {
            "timezone": where_it_is(hour, local.clock.now()),
            "consent": {"categoryPreferences": {"marketing": True}},
        },
    }
    assert local.post("/v1/identify", said).status_code == 200
    eventually(lambda: local.find(user))
    return user, user_profile_id(user)


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


def ask(local: Local, bodies: list[str], clients: int = 8) -> None:
    """From several clients at once, so that several functions decide at once."""
    client, url = local.client("sqs"), local.deployed.outputs["RequestsQueueUrl"]
    batches = [bodies[start : start + 10] for start in range(0, len(bodies), 10)]

    def send(batch: list[str]) -> None:
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(batch)]
        assert not client.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")

    with ThreadPoolExecutor(clients) as threads:
        list(threads.map(send, batches))


def records(local: Local, profile_id: str) -> list[SendRecord]:
    return list(DynamoSends(local.lookup.rows).decided(profile_id))


def mails(local: Local, address: str) -> list[dict[str, Any]]:
    by_account = httpx.get(f"{local.running.url}/_ministack/ses/messages").json()["messages"]
    return [mail for sent in by_account.values() for mail in sent if address in mail["To"]]


def test_before_nine_it_waits_for_nine_where_the_person_is(local: Local) -> None:
    hour = 8 if local.clock.now().minute < 50 else 7  # so that it does not turn nine meanwhile
    user, profile_id = a_person(local, "sleeper", hour)
    ask(local, [wish(local, profile_id, f"{user}-1")])

    eventually(lambda: mails(local, f"{user}@example.com"), within=90)
    [record] = eventually(
        lambda: [record for record in records(local, profile_id) if record.state is SendState.SENT], within=10
    )
    deferred, sent = record.decisions

    assert (deferred.reason, sent.reason) == ("outside_window", "allowed")
    assert deferred.due is not None
    assert (deferred.due.minute, deferred.due <= sent.at) == (0, True)


def test_a_recipient_unsubscribes_with_one_click_and_gets_nothing_more(local: Local) -> None:
    user, profile_id = a_person(local, "leaver")
    ask(local, [wish(local, profile_id, f"{user}-1")])
    [mail] = eventually(lambda: mails(local, f"{user}@example.com"), within=60)
    [url] = re.findall(r'href="([^"]+/u/[^"]+)"', mail["BodyHtml"])

    asked_first = httpx.get(url)
    subscribed = local.find(user).whole.subscriptions
    done = httpx.post(url, data={"List-Unsubscribe": "One-Click"})
    eventually(lambda: local.find(user).whole.subscriptions.get("email/offers"))
    ask(local, [wish(local, profile_id, f"{user}-2")])
    last = eventually(lambda: (found := records(local, profile_id)) and len(found) == 2 and found[0], within=60)

    assert (asked_first.status_code, subscribed, done.status_code) == (200, {}, 200)
    assert (last.state, last.reason) == (SendState.DROPPED, "unsubscribed")


def test_a_card_lies_in_the_inbox_until_it_is_read(local: Local) -> None:
    _, profile_id = a_person(local, "reader")
    ask(local, [wish(local, profile_id, "reader-1", "inbox")])
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


@pytest.mark.parametrize(("path", "status"), [("/u/nonsense", 404), ("/v1/inbox", 401)])
def test_without_a_token_of_ours_there_is_nothing_to_see(local: Local, path: str, status: int) -> None:
    assert httpx.get(f"{local.deployed.api}{path}").status_code == status
