"""What an event costs in the profile function: AWS calls and capacity units counted on moto, CPU on this machine.

Run: python -m bench.profile. Ends with 1 when a budget of the design is exceeded.
"""

import math
import os
import statistics
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

from moto import mock_aws

from bench._bill import billed
from segue.aws.profiles import DynamoProfiles
from segue.aws.table import rows
from segue.events.event import Event
from segue.memory.profiles import MemoryProfiles
from segue.memory.signals import MemorySignals
from segue.profiles.computed import Traits
from segue.profiles.identity import user_profile_id
from segue.profiles.living import NO_RULES
from segue.profiles.ports import Change
from segue.profiles.profile import OWN
from segue.profiles.receive import Ports, receive_all
from segue.profiles.rules import Rules

NOON = datetime(2026, 3, 10, 13, tzinfo=UTC)
LOOKS = {"event": "Product Viewed"}
RULES = Rules(
    Traits.model_validate(
        {
            "computed": {
                "looks": {"kind": "count", **LOOKS},
                "spent": {"kind": "sum", "property": "price", **LOOKS},
                "favourite": {"kind": "most_frequent", "property": "category", **LOOKS},
            }
        }
    )
)
BUDGETS = {"alone": (6.0, 2.0), "ten of one person": (3.5, 2.0)}


def an_event(number: int, person: str = "ada", **given: Any) -> Event:
    at = NOON + timedelta(seconds=number)
    return Event(
        type="track",
        name="Product Viewed",
        message_id=f"8a6f3f7e-5c2f-4b0a-9d4e-{number:012d}",
        timestamp=at,
        received_at=at,
        client_time=at,
        source="web",
        user_id=person,
        properties={"product_id": f"p-{number}", "price": 12.5, "category": "vinyl", "name": "A record of some length"},
        context={"library": {"name": "analytics.js", "version": "5.2.1"}, "timezone": "Europe/Berlin"},
        **given,
    )


def two_kilobytes(person: str) -> Event:
    traits = {f"trait_{number}": f"value {number}" for number in range(21)}
    return Event(
        type="identify", name="Identified", message_id=f"i-{person}", timestamp=NOON, received_at=NOON,
        client_time=NOON, source="web", user_id=person, traits=traits,
    )  # fmt: skip


def ports(profiles: Any, rules: Rules = NO_RULES) -> Ports:
    return Ports(
        profiles=profiles,
        signals=MemorySignals(),
        notice=lambda _p, _e: (),
        follow=lambda _r, _p, _e: (),
        rules=rules,
    )


def costs() -> bool:
    batches: dict[str, list[Event]] = {
        "alone": [an_event(1)],
        "ten of one person": [an_event(number) for number in range(10, 20)],
        "ten of ten people": [an_event(20 + number, f"person-{number}") for number in range(10)],
        "alone, with a known visitor": [an_event(42, anonymous_id="visitor")],
        "alone, redelivered": [an_event(1)],
        "link to a new visitor": [an_event(50, anonymous_id="new visitor")],
    }
    within = True
    people = ports(DynamoProfiles(rows("Profiles")))
    receive_all([two_kilobytes(person) for person in ("ada", *(f"person-{number}" for number in range(10)))], people)
    receive_all([an_event(41, anonymous_id="visitor")], people)
    print(f"{'batch':30}{'calls':>8}{'written':>9}{'read':>7}   per event")
    for name, batch in batches.items():
        with billed() as bill:
            receive_all(batch, people)
        calls, written, read = (total / len(batch) for total in (bill.calls.total(), bill.written, bill.read))
        most_written, most_read = BUDGETS.get(name, (math.inf, math.inf))
        ok = written <= most_written and read <= most_read
        within &= ok
        print(f"{name:30}{calls:8.2f}{written:9.2f}{read:7.2f}   {dict(bill.calls)}{'' if ok else '  OVER BUDGET'}")
    return within


def after(many: int) -> None:
    """What one more event costs a person who has had so many, whose counters are put into the table."""
    person, number = f"person after {many}", 10**6 + many
    profiles = DynamoProfiles(rows("Profiles"))
    receive_all([two_kilobytes(person)], ports(profiles))
    found = profiles.profile(user_profile_id(person))
    part = reduce(RULES.fold, (an_event(each, person) for each in range(many)), found.value.whole)
    change = Change(
        entries=(), profiles={found.value.profile_id: replace(found, value=found.value.with_part(OWN, part))}
    )
    profiles.commit(change)
    with billed() as bill:
        receive_all([an_event(number, person)], ports(profiles, RULES))
    name = f"alone, after {many:,} events"
    print(f"{name:30}{bill.calls.total():8.2f}{bill.written:9.2f}{bill.read:7.2f}   {dict(bill.calls)}")


def speed(events: Iterable[Event]) -> None:
    """CPU of the fold, the identity and the commit alone, with rows in memory: batches of ten, as SQS gives them."""
    events, rates = list(events), []
    for _ in range(5):
        people = ports(MemoryProfiles())
        began = time.process_time()
        for start in range(0, len(events), 10):
            receive_all(events[start : start + 10], people)
        rates.append(len(events) / (time.process_time() - began))
    spread = f"{min(rates):,.0f} to {max(rates):,.0f}"
    print(f"\nin memory, {len(events):,} events: {statistics.median(rates):,.0f} events/s of CPU ({spread})")


def make_table() -> None:
    rows("Profiles").Meta.region = "eu-central-1"
    rows("Profiles").create_table(billing_mode="PAY_PER_REQUEST")


if __name__ == "__main__":
    os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-central-1"}
    with mock_aws():
        make_table()
        fine = costs()
        for many in (10, 1_000, 100_000):
            after(many)
    speed(an_event(number, f"person-{number * 7919 % 1000}") for number in range(10_000))
    sys.exit(not fine)
