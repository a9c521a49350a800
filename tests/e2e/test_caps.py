"""Caps through the deployed stack: whatever comes at once, comes again or is killed, only what is allowed is sent."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from segue.decisions.decision import SendRecord, SendState
from segue.decisions.reasons import Reason
from tests.e2e.conftest import Local, eventually
from tests.e2e.test_exactly_once import kill_workers
from tests.e2e.test_messages import a_person, ask, mails, records, wish

REQUESTS, CLIENTS = 500, 32
#: A queue gives a message up when it was received five times.
MOST_KILLS = 4
#: Of the example policy.
MAILS_A_DAY, TOUCHES_A_WEEK = 2, 5


@pytest.fixture(scope="module")
def asked(local: Local) -> tuple[str, str, list[str]]:
    """Half of the requests are for mails, half for cards, which only the cap over all channels holds."""
    user, profile_id = a_person(local, "capped")
    channels = ("email", "inbox")
    bodies = [wish(local, profile_id, f"{user}-{n}", channels[n % 2]) for n in range(REQUESTS)]
    return user, profile_id, bodies


def test_500_requests_for_one_person_send_exactly_what_the_caps_allow_while_workers_are_killed(
    local: Local, asked: tuple[str, str, list[str]]
) -> None:
    user, profile_id, bodies = asked

    with killing(local, "Decide", "Deliver") as killed:
        ask(local, bodies + bodies[:50], CLIENTS)
        eventually(lambda: len(records(local, profile_id)) == REQUESTS, within=240)
    eventually(lambda: not on_their_way(local, profile_id), within=150)

    found = records(local, profile_id)
    went = [record for record in found if is_touch(record)]
    sent = Counter(record.message.channel for record in went)
    assert sum(killed.values()) > 0
    assert (sum(sent.values()), sent["email"] <= MAILS_A_DAY) == (TOUCHES_A_WEEK, True)
    assert {record.state for record in found if not is_touch(record)} == {SendState.DEFERRED}
    assert len(mails(local, f"{user}@example.com")) <= sent["email"]
    ledger = local.lookup.profiles.head(profile_id).ledger.value
    assert set(ledger.touches) == {record.request.send_id for record in went}


def test_a_redelivered_queue_changes_nothing(local: Local, asked: tuple[str, str, list[str]]) -> None:
    user, profile_id, bodies = asked
    eventually(lambda: len(records(local, profile_id)) == REQUESTS, within=240)
    eventually(lambda: not on_their_way(local, profile_id), within=150)
    before, mailed = whole(local, profile_id), len(mails(local, f"{user}@example.com"))

    ask(local, bodies * 2, CLIENTS)
    eventually(lambda: local.waiting("RequestsQueueUrl") == 0, within=240)
    eventually(lambda: local.waiting("DeliveriesQueueUrl") == 0, within=60)

    assert whole(local, profile_id) == before
    assert len(mails(local, f"{user}@example.com")) == mailed


def whole(local: Local, profile_id: str) -> dict[str, SendRecord]:
    return {record.request.send_id: record for record in records(local, profile_id)}


def on_their_way(local: Local, profile_id: str) -> list[SendRecord]:
    moving = (SendState.SENDING, SendState.CALLING)
    return [record for record in records(local, profile_id) if record.state in moving]


def is_touch(record: SendRecord) -> bool:
    """A call whose outcome is lost with its worker may have reached the person, and is not repeated."""
    return record.state is SendState.SENT or record.reason is Reason.OUTCOME_UNKNOWN


@contextmanager
def killing(local: Local, *functions: str) -> Iterator[Counter[str]]:
    """Now and then the workers of these functions are killed; no message so often that it would be given up."""
    killed: Counter[str] = Counter()
    done = threading.Event()

    def kill_now_and_then() -> None:
        for _ in range(MOST_KILLS):
            if done.wait(5):
                return
            for function in functions:
                killed[function] += kill_workers(local, function)

    killer = threading.Thread(target=kill_now_and_then)
    killer.start()
    try:
        yield killed
    finally:
        done.set()
        killer.join()
