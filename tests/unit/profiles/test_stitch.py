"""Segment's worked example of how events become one person, and an address that two people share: in any order."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.memory.profiles import MemoryProfiles
from segue.profiles.absorb import absorb
from segue.profiles.identity import profile_id_of, user_profile_id
from segue.profiles.profile import Profile
from tests.unit.events.test_spec import by, read

SPEC = Path(__file__).parents[3].parent / "shared/data/segment_spec/segment_payloads.jsonl"
STITCH = "src/unify/identity-resolution/ecommerce-example.md"
ORDERS = st.permutations(range(5))


def people_after(calls: list[dict[str, Any]], order: list[int]) -> dict[str, Profile]:
    """The people who are known once the calls have come one by one, by profile id."""
    events = [read({**call, "messageId": f"m-{number}"}, 0, by()) for number, call in enumerate(calls)]
    profiles = MemoryProfiles()
    for number in order:
        absorb([events[number]], profiles=profiles, notice=lambda _profile, _event: ())
    heads = [profiles.head(profile_id_of(each)) for event in events for each in event.who]
    return {head.profile_id: head.profile.value for head in heads}


@pytest.mark.skipif(not SPEC.exists(), reason="the recorded payloads of the Segment spec are not here")
@given(order=ORDERS)
@settings(deadline=None, max_examples=60)
def test_the_five_events_of_the_worked_stitch_are_one_person_with_six_identifiers(order):
    calls = [json.loads(line)["payload"] for line in SPEC.read_text().splitlines() if STITCH in line]

    people = people_after(calls, order)

    [(profile_id, person)] = people.items()
    assert profile_id == user_profile_id("abc123def")
    assert {str(each) for each in person.identifiers} == {
        "user_id:abc123def",
        "anonymous_id:anon_123",
        "anonymous_id:anon_456",
        "anonymous_id:anon_789",
        "ios.id:ios_abc123",
        "android.id:and_1a2b3c4d",
    }
    counts = {name: seen.count for name, seen in person.whole.events.items()}
    assert counts == {"App Opened": 1, "ShoeA Clicked": 1, "Identified": 3}


@given(order=ORDERS)
@settings(deadline=None, max_examples=60)
def test_two_users_who_share_an_address_stay_two_people(order):
    shared = {"email": "family@example.com"}
    calls = [
        {"type": "identify", "userId": "ada", "anonymousId": "phone-a", "traits": shared},
        {"type": "identify", "userId": "bob", "anonymousId": "phone-b", "traits": shared},
        {"type": "track", "event": "Order Completed", "userId": "ada", "properties": {"order_id": "1"}},
        {"type": "track", "event": "Order Completed", "userId": "bob", "properties": {"order_id": "2"}},
        {"type": "track", "event": "Newsletter Read", "anonymousId": "phone-b", "properties": shared},
    ]

    people = people_after(calls, order)

    assert people.keys() == {user_profile_id("ada"), user_profile_id("bob")}
    for name, profile_id in (("ada", user_profile_id("ada")), ("bob", user_profile_id("bob"))):
        person = people[profile_id]
        assert (person.user_id, person.whole.events["Order Completed"].count) == (name, 1)
    assert sum(each.namespace == "email" for person in people.values() for each in person.identifiers) == 1
