"""What every keeper of people promises of their timers and of what is told of them, in memory as on DynamoDB."""

from dataclasses import replace
from datetime import timedelta

import pytest

from segue.aws.profiles import DynamoProfiles
from segue.events.identifier import USER, Identifier
from segue.memory.profiles import MemoryProfiles
from segue.profiles.head import Versioned
from segue.profiles.identity import user_profile_id
from segue.profiles.ports import Change, Entry, Known
from segue.profiles.profile import Profile
from segue.profiles.signals import Enter
from segue.profiles.standing import Session, Standing
from tests.builders import NOON, an_event

ADA = user_profile_id("ada")
STANDING = Standing(
    segments={"vip": NOON},
    lifecycle="new",
    session=Session(started=NOON, last=NOON, landing_page="/"),
    wake=NOON + timedelta(hours=1),
    told=3,
    rules="abc",
)


@pytest.fixture(params=["memory", "aws"])
def profiles(request):
    return MemoryProfiles() if request.param == "memory" else DynamoProfiles(request.getfixturevalue("profiles_rows"))


def enter(event) -> Enter:
    return Enter(profile_id=ADA, journey="j", version="v", run_id=event.message_id, event=event)


def told(number: int = 1):
    return an_event("Segment Entered", message_id=f"segue-{number}", client_time=NOON)


def change(*entries, standing=STANDING, version=0, wakes=None) -> Change:
    person = Profile(profile_id=ADA, identifier=Identifier(USER, "ada"), standing=standing)
    return Change(
        entries=entries,
        profiles={ADA: Versioned(person, version)},
        wakes={ADA: standing.wake} if wakes is None else wakes,
    )


def test_how_a_person_stands_is_read_back_as_it_was_kept(profiles):
    profiles.commit(change())

    assert profiles.profile(ADA).value.standing == STANDING


def test_what_an_event_brought_stands_in_the_timeline_and_is_known_again_with_it(profiles):
    event = an_event(client_time=NOON)
    brought = Entry(event=told(), raises=(enter(told()),))
    entry = Entry(event=event, raises=(enter(event),), brought=(brought,))
    profiles.commit(change(entry))

    with pytest.raises(Known) as known:
        profiles.commit(change(entry, version=1))

    assert [each.message_id for each in profiles.timeline(ADA, NOON)] == sorted([event.message_id, "segue-1"])
    ((raised,), (again,)) = (known.value.raised.values(), known.value.brought.values())
    assert [(each.run_id, each.event.name) for each in raised] == [
        (event.message_id, "Order Completed"),
        ("segue-1", "Segment Entered"),
    ]
    assert [each.message_id for each in again] == ["segue-1"]


def test_entries_tell_what_each_event_began_by_itself(profiles):
    event = an_event(client_time=NOON)
    brought = Entry(event=told(), raises=(enter(told()),))
    profiles.commit(change(Entry(event=event, raises=(enter(event),), brought=(brought,))))

    found = {entry.event.name: [each.run_id for each in entry.raises] for entry in profiles.entries(ADA, NOON)}

    assert found == {"Order Completed": [event.message_id], "Segment Entered": ["segue-1"]}


def test_a_profile_is_changed_with_its_timer_and_without(profiles):
    profiles.commit(change())
    for version, lifecycle in ((1, "customer"), (2, "lapsed")):
        wakes = {} if version == 1 else {ADA: None}
        profiles.commit(change(standing=replace(STANDING, lifecycle=lifecycle), version=version, wakes=wakes))

    assert (profiles.profile(ADA).version, profiles.profile(ADA).value.standing.lifecycle) == (3, "lapsed")


def test_a_timer_is_not_moved_for_another_version(profiles):
    profiles.commit(change())

    profiles.timer_again(ADA, 7, NOON)

    assert profiles.profile(ADA).version == 1
