"""An operator takes an identifier off a person, for good; and a profile can say why it is as it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from segue.events.identifier import ANONYMOUS, USER, Identifier
from segue.memory.profiles import MemoryProfiles
from segue.profiles.absorb import DEFAULT_LIMITS, absorb, by_person
from segue.profiles.explain import explain
from segue.profiles.head import Versioned
from segue.profiles.identity import profile_id_of, user_profile_id
from segue.profiles.receive import story
from segue.profiles.runs import Runs
from segue.profiles.unlink import NotTheirs, Unlink, unlink
from tests.builders import NOON, a_run, an_event

ADA, V, EMAIL = user_profile_id("ada"), Identifier(ANONYMOUS, "v"), Identifier("email", "5f3e")
LATER = NOON + timedelta(days=1)


def absorbed(*events) -> MemoryProfiles:
    profiles = MemoryProfiles()
    take(profiles, *events)
    return profiles


def take(profiles, *events) -> None:
    for group in by_person(events):
        absorb(group, profiles=profiles, notice=lambda *_: ())


def asked(identifier=V, profile_id=ADA) -> Unlink:
    return Unlink(profile_id=profile_id, identifier=identifier, by="arn:aws:iam::1:user/kim", why="a shared tablet")


def signing_in(at=NOON):
    return an_event("Signed In", at=at, user_id="ada", anonymous_id="v")


def test_an_unlinked_identifier_is_a_profile_of_its_own_with_its_own_events():
    profiles = absorbed(an_event("Product Viewed", at=NOON - timedelta(hours=1), anonymous_id="v"), signing_in())

    unlink(asked(), profiles=profiles, now=LATER)

    visitor, ada = profiles.head(profile_id_of(V)).profile.value, profiles.head(ADA).profile.value
    assert (visitor.profile_id, set(visitor.whole.events)) == (profile_id_of(V), {"Product Viewed"})
    assert (ada.members, set(ada.whole.events)) == ({}, {"Signed In"})


def test_it_stays_apart_whatever_events_say():
    profiles = absorbed(signing_in())
    unlink(asked(), profiles=profiles, now=LATER)

    take(profiles, signing_in(LATER + timedelta(days=1)), signing_in(NOON - timedelta(days=1)))

    assert profiles.head(profile_id_of(V)).profile_id == profile_id_of(V)


def test_it_stays_apart_through_others_too():
    profiles = absorbed(signing_in())
    unlink(asked(), profiles=profiles, now=LATER)

    shared = {"identifiers": (V, EMAIL), "anonymous_id": "v"}
    take(profiles, replace(an_event("Signed Up", at=LATER), user_id=None, **shared))
    take(
        profiles,
        replace(an_event("Signed Up", at=LATER + timedelta(hours=1)), identifiers=(Identifier(USER, "ada"), EMAIL)),
    )

    assert profiles.head(ADA).profile.value.members == {}
    assert profiles.head(profile_id_of(V)).profile_id == profile_id_of(EMAIL)


def test_the_runs_that_began_with_it_go_with_it():
    profiles = absorbed(an_event("Product Viewed", anonymous_id="v"))
    profiles.keep_runs(profile_id_of(V), Versioned(Runs(runs={"r": a_run("r")})))
    take(profiles, signing_in(NOON + timedelta(minutes=1)))

    unlink(asked(), profiles=profiles, now=LATER)

    assert set(profiles.runs(profile_id_of(V)).value.runs) == {"r"}
    assert profiles.runs(ADA).value.runs == {}


def test_it_is_told_in_the_timeline_who_did_it_and_why():
    profiles = absorbed(signing_in())

    event = unlink(asked(), profiles=profiles, now=LATER)

    assert list(story(profiles, profiles.head(ADA).profile.value, LATER)) == [event]
    assert (event.name, event.properties["why"]) == ("Identifier Unlinked", "a shared tablet")


@pytest.mark.parametrize("identifier", [Identifier(ANONYMOUS, "w"), EMAIL])
def test_what_is_not_theirs_cannot_be_unlinked(identifier):
    with pytest.raises(NotTheirs):
        unlink(asked(identifier), profiles=absorbed(signing_in()), now=LATER)


def test_a_profile_says_why_it_has_an_identifier_and_why_not_another():
    ada = [
        an_event(at=NOON + timedelta(minutes=n), user_id="ada", anonymous_id=f"v{n}", message_id=f"m{n}")
        for n in (1, 2)
    ]
    profiles = absorbed(*ada, an_event(at=NOON, user_id="bob", anonymous_id="v2", message_id="m0"), signing_in())
    unlink(asked(), profiles=profiles, now=LATER)

    bonds = explain(profiles.head(ADA).profile.value, profiles, DEFAULT_LIMITS)

    assert [(bond.identifier.value, bond.joined, bond.why) for bond in bonds] == [
        ("v1", True, "said together with this user_id by event m1"),
        ("v", False, "an operator unlinked it"),
        ("v2", False, "it was seen earlier with 1 other user_id"),
    ]
