"""What is absorbed on DynamoDB is what is absorbed in memory; and threads that get in each other's way lose nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import pytest

from segue.aws.profiles import DynamoProfiles
from segue.memory.profiles import MemoryProfiles
from segue.profiles.absorb import absorb, by_person
from segue.profiles.identity import anonymous_profile_id, user_profile_id
from segue.profiles.ports import Conflict
from segue.profiles.signals import Enter
from tests.builders import NOON, an_event

USERS, VISITORS = ["ada", "bob", "cleo"], ["v1", "v2", "v3", "v4"]
IDS = [*map(user_profile_id, USERS), *map(anonymous_profile_id, VISITORS)]


def some_events(random: Random, count: int):
    for number in range(count):
        user, visitor = random.choice([*USERS, None]), random.choice([*VISITORS, None])
        at = NOON + timedelta(minutes=random.randrange(60))
        yield an_event(
            random.choice(["Product Viewed", "Identified"]),
            at=at,
            message_id=f"m-{random.random()}",
            user_id=user,
            anonymous_id=visitor if user or visitor else "v1",
            client_time=random.choice([None, at, at - timedelta(days=3000)]),
            traits={"plan": number},
        )


def begins(profile, event):
    return [Enter(profile_id=profile.profile_id, journey="j", version="v", run_id=event.message_id, event=event)]


def absorb_all(events, profiles):
    return [enter for group in by_person(events) for enter in absorb(group, profiles=profiles, notice=begins).enters]


@pytest.mark.parametrize("seed", range(3))
def test_both_keepers_come_to_the_same_people(profiles_rows, seed):
    random = Random(seed)
    events = list(some_events(random, 30))
    deliveries = random.sample(events * 2, 60)
    aws, memory = DynamoProfiles(profiles_rows), MemoryProfiles()

    for start in range(0, 60, 7):
        batch = deliveries[start : start + 7]
        assert absorb_all(batch, aws) == absorb_all(batch, memory)

    for profile_id in IDS:
        assert aws.head(profile_id) == memory.head(profile_id)
        assert list(aws.timeline(profile_id, NOON)) == list(memory.timeline(profile_id, NOON))


def test_eight_threads_in_any_order_come_to_the_people_that_one_comes_to_in_order():
    random = Random(1)
    events = list(some_events(random, 500))
    alone, together = MemoryProfiles(), MemoryProfiles()
    absorb_all(sorted(events, key=lambda event: event.order), alone)
    deliveries = random.sample(events * 2, 1000)

    def patiently(batch):
        while True:
            try:
                return absorb_all(batch, together)
            except Conflict:
                continue

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(patiently, [deliveries[start : start + 10] for start in range(0, 1000, 10)]))

    for profile_id in IDS:
        assert together.profile(profile_id).value == alone.profile(profile_id).value
