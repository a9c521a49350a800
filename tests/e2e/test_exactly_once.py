"""Order and duplicates do not matter: through the deployed stack, with eight clients and killed workers."""

import hashlib
import json
import os
import random
import secrets
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from segue.aws.profiles import DynamoProfiles
from segue.aws.table import encode
from segue.events.identifier import Identifier
from segue.profiles.identity import anonymous_profile_id, profile_id_of, user_profile_id
from segue.profiles.profile import Profile
from segue.profiles.standing import NO_STANDING
from tests.e2e.conftest import Local, eventually

#: A stack that was kept has seen these people before, at other times.
RUN = secrets.token_hex(3)
CLIENTS, PEOPLE, EVENTS = 8, 40, 1_000
EVENT_NAMES = ("Product Added", "Page Viewed Twice", "Order Completed")


def calls(prefix: str, until: datetime) -> list[dict[str, Any]]:
    """1,000 events of 40 people: anonymous visits, identifications, and what they do afterwards.

    Visitors leave their e-mail address without signing in, so that profiles merge by it; and each address is shared by
    two people, which must not merge them.
    """
    chance = random.Random(prefix.partition("-")[2])
    began = until - timedelta(days=2)
    made: list[dict[str, Any]] = []
    for number in range(EVENTS):
        person = chance.randrange(PEOPLE)
        at = (began + timedelta(seconds=number * 60 + chance.randrange(60))).isoformat()
        call: dict[str, Any] = {"messageId": f"{prefix}-{number}", "timestamp": at}
        user, device = f"{prefix}-u{person}", f"{prefix}-d{person}-{chance.randrange(2)}"
        address = f"{prefix}-{person // 2}@example.com"
        kind = chance.random()
        if kind < 0.1:
            call |= {"type": "identify", "anonymousId": device, "traits": {"email": chance.choice(spelt(address))}}
        elif kind < 0.4:
            call |= {"type": "track", "anonymousId": device}
        elif kind < 0.85:
            call |= {"type": "track", "userId": user}
        else:
            call |= {
                "type": "identify",
                "userId": user,
                "anonymousId": device,
                "traits": {"step": number, "email": address},
            }
        if call["type"] == "track":
            call |= {"event": chance.choice(EVENT_NAMES), "properties": {"order_id": f"o-{number}", "product_id": "p"}}
        made.append(call)
    return made


def spelt(address: str) -> tuple[str, ...]:
    return address, address.upper(), f" {address} "


def send(local: Local, batches: Sequence[list[dict[str, Any]]]) -> None:
    for batch in batches:
        answer = local.post("/v1/batch", {"batch": batch})
        assert answer.json() == {"success": True}


def in_batches(all_calls: list[dict[str, Any]], size: int) -> list[list[dict[str, Any]]]:
    return [all_calls[start : start + size] for start in range(0, len(all_calls), size)]


def settled(local: Local) -> bool:
    return all(local.waiting(queue) == 0 for queue in ("EventsQueueUrl", "SignalsQueueUrl"))


def profiles(local: Local, prefix: str) -> dict[str, Any]:
    """Everything that is known of each person and device, without what names the run of the test."""
    found = {}
    for person in range(PEOPLE):
        found[f"u{person}"] = plain(kept(local, user_profile_id(f"{prefix}-u{person}")), prefix)
    for name in devices():
        found[name] = plain(kept(local, anonymous_profile_id(f"{prefix}-{name}")), prefix)
    for number in range(PEOPLE // 2):
        found[f"e{number}"] = plain(kept(local, address_id(prefix, number)), prefix)
    return found


def hashed(prefix: str, number: int) -> str:
    return hashlib.sha256(f"{prefix}-{number}@example.com".lower().encode()).hexdigest()


def address_id(prefix: str, number: int) -> str:
    return profile_id_of(Identifier("email", hashed(prefix, number)))


def kept(local: Local, profile_id: str) -> Profile:
    return DynamoProfiles(local.lookup.rows).profile(profile_id).value


def plain(profile: Profile, prefix: str) -> dict[str, Any]:
    """The whole document, its ids told apart by people and not by runs of the test."""
    written = encode(Profile, replace(profile, standing=NO_STANDING))
    for number in range(PEOPLE // 2):
        written = written.replace(hashed(prefix, number), f"address {number}")
    written = written.replace(prefix, "").replace(prefix.upper(), "")
    ids = {user_profile_id(f"{prefix}-u{person}"): f"u{person}" for person in range(PEOPLE)}
    ids |= {anonymous_profile_id(f"{prefix}-{device}"): device for device in devices()}
    ids |= {address_id(prefix, number): f"e{number}" for number in range(PEOPLE // 2)}
    for profile_id, name in ids.items():
        written = written.replace(profile_id, name)
    plainly: dict[str, Any] = json.loads(written)
    return plainly


def devices() -> list[str]:
    return [f"d{person}-{number}" for person in range(PEOPLE) for number in range(2)]


@pytest.fixture(scope="module")
def until(local: Local) -> datetime:
    """All three sendings are of the same moments."""
    return local.clock.now().replace(microsecond=0)


@pytest.fixture(scope="module")
def in_order(local: Local, until: datetime) -> dict[str, Any]:
    send(local, in_batches(calls(f"calm{RUN}-x", until), 100))
    eventually(lambda: settled(local), within=120)
    return profiles(local, f"calm{RUN}-x")


def test_twice_in_random_order_from_eight_clients_gives_the_profiles_of_once_in_order(
    local: Local, in_order: dict[str, Any], until: datetime
) -> None:
    twice = calls(f"storm{RUN}-x", until) * 2
    random.Random(1).shuffle(twice)
    shares = [in_batches(twice[client::CLIENTS], 25) for client in range(CLIENTS)]

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda share: send(local, share), shares))
    eventually(lambda: settled(local), within=180)

    assert profiles(local, f"storm{RUN}-x") == in_order
    merged = [name for name, profile in in_order.items() if name.startswith(("d", "e")) and "owner" in profile]
    assert len(merged) > PEOPLE  # visitors and addresses that turned out to be somebody's


def test_a_killed_worker_loses_nothing_and_doubles_nothing(
    local: Local, in_order: dict[str, Any], until: datetime
) -> None:
    killed = 0
    done = threading.Event()

    def kill_now_and_then() -> None:
        nonlocal killed
        while not done.wait(0.7):
            killed += kill_workers(local, "ProfilesProfile")

    killer = threading.Thread(target=kill_now_and_then)
    killer.start()
    try:
        for batch in in_batches(calls(f"kill{RUN}-x", until), 50):
            send(local, [batch])
    finally:
        done.set()
        killer.join()
    eventually(lambda: settled(local), within=240)

    assert killed > 0
    assert profiles(local, f"kill{RUN}-x") == in_order


def kill_workers(local: Local, function: str) -> int:
    """SIGKILL for the emulator's processes that run a function; how many there were."""
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode(errors="replace")
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == local.running.pid and function in command:
            os.kill(int(process.name), signal.SIGKILL)
            found += 1
    return found
