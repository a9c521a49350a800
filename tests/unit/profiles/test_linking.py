"""A visitor turns out to be somebody: touches, runs and the events of both sides find each other."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from segue.events.identifier import ANONYMOUS, USER, Identifier
from segue.events.identity import Identity
from segue.memory.profiles import MemoryProfiles
from segue.memory.signals import MemorySignals
from segue.profiles.absorb import absorb
from segue.profiles.explain import explain
from segue.profiles.head import Versioned
from segue.profiles.identity import anonymous_profile_id, profile_id_of, user_profile_id
from segue.profiles.linking import MOST_CONCERNED
from segue.profiles.ports import Change, Conflict
from segue.profiles.profile import OWN
from segue.profiles.receive import Ports, receive, receive_all, story
from segue.profiles.resolve import MOST_IDENTIFIERS
from segue.profiles.runs import Runs
from segue.profiles.signals import Enter, Resume
from tests.builders import NOON, a_ledger, a_run, a_touch, an_event

ADA, BOB, VISITOR = user_profile_id("ada"), user_profile_id("bob"), anonymous_profile_id("v")


def minutes(number: int):
    return NOON + timedelta(minutes=number)


def browsing(at: int, name: str = "Product Viewed"):
    return an_event(name, at=minutes(at), anonymous_id="v")


def signing_in(at: int, user: str = "ada"):
    return an_event("Signed In", at=minutes(at), user_id=user, anonymous_id="v")


def every_event(runs, profile, events):
    """Follows as if each event resumed each run."""
    return [
        Resume(
            profile_id=profile.profile_id,
            run_id=run.run_id,
            step=event.message_id,
            outcome="matched",
            at=event.timestamp,
            received_at=event.received_at,
        )
        for run in runs.alive()
        for event in events
    ]


class World:
    def __init__(self, follow=every_event):
        self.profiles = MemoryProfiles()
        self.signals = MemorySignals()
        self.ports = Ports(
            profiles=self.profiles, signals=self.signals, notice=lambda _profile, _event: (), follow=follow
        )

    def receive(self, *events):
        self.signals.take()
        return receive(events, self.ports)

    def resumed(self):
        return {(signal.run_id, signal.at) for signal in self.signals.take() if isinstance(signal, Resume)}

    def reserve(self, profile_id, touch):
        ledger = self.profiles.ledger(profile_id)
        change = {profile_id: Versioned(ledger.value.reserve(touch), ledger.version)}
        self.profiles.commit(Change(entries=(), ledgers=change))

    def begin(self, profile_id, run):
        runs = self.profiles.runs(profile_id)
        kept = Runs(runs={**runs.value.runs, run.run_id: run}, entered={"thanks/": run.entry.timestamp})
        self.profiles.keep_runs(profile_id, Versioned(kept, runs.version))


def test_a_visitor_s_touches_count_for_the_user():
    world = World()
    touch, own = a_touch(), a_touch(minutes(1))
    world.receive(browsing(0), an_event())
    world.reserve(VISITOR, touch)
    world.reserve(ADA, own)

    world.receive(signing_in(1))

    assert world.profiles.head(VISITOR).ledger.value == a_ledger(touch, own)


def test_touches_follow_the_visitor_to_an_earlier_claimant():
    world = World()
    world.receive(browsing(0))
    world.reserve(VISITOR, a_touch())
    world.receive(signing_in(2, "bob"))

    world.receive(signing_in(1))

    assert world.profiles.ledger(ADA).value == a_ledger(a_touch())


def test_whoever_read_the_visitor_before_the_link_cannot_write_after_it():
    world = World()
    world.receive(browsing(0))
    before = world.profiles.head(VISITOR)

    world.receive(signing_in(1))

    with pytest.raises(Conflict):
        world.profiles.keep_runs(VISITOR, before.runs)
    with pytest.raises(Conflict):
        world.profiles.commit(Change(entries=(), ledgers={VISITOR: before.ledger}))


def test_a_visitor_s_runs_become_the_user_s():
    world = World()
    world.receive(browsing(0))
    world.begin(VISITOR, a_run("r"))

    world.receive(signing_in(1))

    runs = world.profiles.runs(ADA).value
    assert runs.runs == {"r": a_run("r", via=VISITOR)}
    assert runs.entered == {"thanks/": NOON}
    assert world.profiles.runs(VISITOR).value.alive() == ()


def test_runs_go_on_to_an_earlier_claimant_but_the_user_s_own_stay():
    world = World()
    world.receive(browsing(0))
    world.begin(VISITOR, a_run("the visitor's"))
    world.receive(signing_in(2, "bob"))
    world.begin(BOB, a_run("bob's"))

    world.receive(signing_in(1))

    assert set(world.profiles.runs(ADA).value.runs) == {"the visitor's"}
    assert set(world.profiles.runs(BOB).value.runs) == {"bob's"}
    assert world.profiles.runs(ADA).value.entered == {"thanks/": NOON}


def test_what_the_user_did_before_the_link_moves_the_visitor_s_run():
    world = World()
    world.receive(browsing(0))
    world.begin(VISITOR, a_run("r"))
    world.receive(an_event(at=minutes(2), user_id="ada"))

    world.receive(signing_in(1))

    assert ("r", minutes(2)) in world.resumed()


def test_what_the_visitor_did_before_the_link_moves_the_user_s_run():
    world = World()
    world.receive(an_event(user_id="ada"))
    world.begin(ADA, a_run("r"))
    world.receive(browsing(2))

    world.receive(signing_in(1))

    assert ("r", minutes(2)) in world.resumed()


def test_a_repeated_link_raises_the_same_again():
    world = World()
    world.receive(browsing(0))
    world.begin(VISITOR, a_run("r"))
    world.receive(an_event(at=minutes(2), user_id="ada"))
    first = (world.receive(signing_in(1)), world.resumed())[1]

    world.receive(signing_in(1))

    assert world.resumed() == first


def test_the_story_is_that_of_all_partitions():
    world = World()
    events = [browsing(0), signing_in(1), browsing(2), an_event(at=minutes(3), user_id="ada")]
    world.receive(*events)

    assert list(story(world.profiles, world.profiles.head(ADA).profile.value, NOON)) == events


def test_a_visitor_called_like_a_key_of_ours_is_a_visitor():
    world = World()
    world.receive(an_event("Signed In", user_id="ada", anonymous_id="own"), an_event(at=minutes(1), anonymous_id="own"))

    assert set(world.profiles.head(ADA).profile.value.parts) == {OWN, anonymous_profile_id("own")}


def test_alias_claims_its_previous_id():
    world = World()
    world.receive(browsing(0))

    world.receive(an_event("Aliased", at=minutes(1), previous_id="v", user_id="ada"))

    assert world.profiles.head(VISITOR).profile_id == ADA


def test_a_crowd_that_shares_devices_and_addresses_is_looked_at_in_part():
    """All of them are joined through each other, and kept apart by limits: the whole crowd is a city."""

    class Counting(MemoryProfiles):
        read = written = 0

        def profile(self, profile_id):
            self.read += 1
            return super().profile(profile_id)

        def commit(self, change):
            self.written = max(self.written, change.size)
            super().commit(change)

    profiles, rng, most = Counting(), Random(3), 0
    for number in range(900):
        visitor, address = f"a{rng.randrange(400)}", Identifier("email", f"e{rng.randrange(400)}")
        event = replace(
            an_event(at=minutes(number), anonymous_id=visitor), identifiers=(Identifier(ANONYMOUS, visitor),)
        )
        profiles.read = 0
        absorb([replace(event, identifiers=(*event.who, address))], profiles=profiles, notice=lambda *_: ())
        most = max(most, profiles.read)

    people = [profile for profile in everybody(profiles) if profile.owner is None]
    places = [place for profile in people for place in profile.places]
    assert most < 5 * MOST_CONCERNED
    assert profiles.written <= MOST_CONCERNED
    assert len(places) == len(set(places)) == len(everybody(profiles))


def test_a_person_of_a_hundred_kinds_of_identifiers_gets_a_user_id_all_the_same():
    """Each event brings nineteen of them. What a profile has no room for is not joined, and it is said why."""
    world, address = World(), Identifier("email", "m")
    for number in range(6):
        others = tuple(Identifier(f"ext{number}.{each}", f"v{number}.{each}") for each in range(19))
        world.receive(replace(an_event(at=minutes(number), user_id=None), identifiers=(address, *others)))

    event = replace(signing_in(60), anonymous_id=None, identifiers=(Identifier(USER, "ada"), address))
    received = world.receive(event)

    ada = world.profiles.head(ADA).profile.value
    owner = world.profiles.head(profile_id_of(address)).profile.value
    assert received.absorbed.applied == 1
    assert len(owner.places) == MOST_IDENTIFIERS
    assert all(len(profile.places) <= MOST_IDENTIFIERS for profile in everybody(world.profiles))
    whys = {bond.why for bond in explain(ada, world.profiles, Identity())}
    assert any("40 identifiers in all" in why for why in whys), whys


def test_a_full_profile_moves_as_a_whole_to_an_earlier_claim_s_root():
    """All its identifiers are joined by what was said later, so each has a new owner: in one change."""
    world, address = World(), Identifier("email", "m")
    for number in range(2):
        others = tuple(Identifier(f"ext{number}.{each}", "v") for each in range(19))
        world.receive(replace(an_event(at=minutes(10 + number), user_id=None), identifiers=(address, *others)))
    assert len(world.profiles.head(profile_id_of(address)).profile.value.places) == 39

    world.receive(replace(signing_in(5), anonymous_id=None, identifiers=(Identifier(USER, "ada"), address)))

    assert len(world.profiles.head(ADA).profile.value.places) == MOST_IDENTIFIERS


def everybody(profiles):
    return [row.value for _, sort_key, row in profiles.rows.everything() if sort_key == "HEAD#PROFILE"]


def test_one_person_s_trouble_is_not_another_s_and_one_event_s_not_the_next_one_s():
    def notice(_profile, event):
        if event.name == "Poison":
            raise RuntimeError(event.name)
        return (Enter(profile_id="p", journey="j", version="v", run_id=event.message_id, event=event),)

    world = World()
    ports = Ports(profiles=world.profiles, signals=world.signals, notice=notice, follow=every_event)
    fine, poison, next_to_it = an_event(user_id="bob"), an_event("Poison", at=minutes(1)), an_event(at=minutes(2))

    received, failed = receive_all([fine, poison, next_to_it], ports)

    assert [each.event for each in failed] == [poison]
    assert sum(each.absorbed.applied for each in received) == 2
    assert {signal.run_id for signal in world.signals.take()} == {fine.message_id, next_to_it.message_id}


def test_a_large_batch_of_one_person_is_committed_in_several_changes():
    world = World()
    events = [
        an_event(at=minutes(number), user_id="ada", anonymous_id=f"v{number}", message_id=f"m{number}")
        for number in range(150)
    ]  # beyond the fifth no visitor is hers, but each is read, and remembers her

    received = world.receive(*events)

    profile = world.profiles.head(ADA).profile.value
    assert received.absorbed.applied == 150
    assert profile.whole.events["Order Completed"].count == 150
    assert len(profile.members) == 5


def test_known_counts_repetitions_in_the_batch_and_before_it():
    world = World()
    world.receive(browsing(0))

    received = world.receive(browsing(0), browsing(1), browsing(1))

    assert (received.absorbed.applied, received.absorbed.known) == (1, 2)
