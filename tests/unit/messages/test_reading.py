"""Whose cards a person sees: their own and those of the visitor they were; a device sees nothing of the person."""

from dataclasses import replace
from datetime import timedelta

import pytest

from segue.events.identifier import ANONYMOUS, Identifier
from segue.memory.inbox import MemoryInbox
from segue.memory.profiles import MemoryProfiles
from segue.memory.signals import MemorySignals
from segue.messages.inbox import Card
from segue.messages.reading import MOST_OTHERS, mark_read, read_cards
from segue.profiles import receive
from segue.profiles.head import Versioned
from segue.profiles.identity import anonymous_profile_id, user_profile_id
from segue.profiles.ports import Change
from segue.profiles.profile import Profile
from segue.profiles.resolve import Claim, Member
from tests.builders import NOON, an_event

ADA, BOB, VISITOR = user_profile_id("ada"), user_profile_id("bob"), anonymous_profile_id("visitor")
MINUTE = timedelta(minutes=1)
WELCOME = Card(send_id="welcome", sent_at=NOON, title="Welcome", body="Visitor")
THANKS = Card(send_id="thanks", sent_at=NOON + MINUTE, title="Thanks", body="Ada")


class World:
    """A welcome for the visitor and a thank-you for Ada, who are not known to be the same."""

    def __init__(self) -> None:
        self.ports = {"profiles": MemoryProfiles(), "inbox": MemoryInbox()}
        self.ports["inbox"].put(VISITOR, WELCOME)
        self.ports["inbox"].put(ADA, THANKS)

    def link(self, user_id: str = "ada", anonymous_id: str = "visitor", *, at=NOON) -> None:
        event = an_event("Signed In", at=at, user_id=user_id, anonymous_id=anonymous_id)
        ports = receive.Ports(
            profiles=self.ports["profiles"],
            signals=MemorySignals(),
            notice=lambda *_: (),
            follow=lambda *_: (),
        )
        receive.receive([event], ports)

    def sees(self, profile_id: str, limit: int = 50) -> list[str]:
        return [card.title for card in read_cards(profile_id, limit, **self.ports)]


@pytest.fixture
def world() -> World:
    return World()


def test_before_the_link_everybody_sees_their_own(world: World) -> None:
    assert (world.sees(ADA), world.sees(VISITOR)) == (["Thanks"], ["Welcome"])


def test_after_the_link_a_person_sees_what_came_to_the_visitor_too(world: World) -> None:
    world.link()

    assert world.sees(ADA) == ["Thanks", "Welcome"]
    assert world.sees(ADA, 1) == ["Thanks"]


def test_a_device_never_sees_the_inbox_of_the_person(world: World) -> None:
    world.link()

    assert world.sees(VISITOR) == ["Welcome"]
    assert mark_read(VISITOR, THANKS.card_id, NOON, **world.ports) is None


def test_a_visitor_whom_another_claimed_earlier_takes_their_cards_along(world: World) -> None:
    world.link("ada")
    world.link("bob", at=NOON - MINUTE)

    assert (world.sees(ADA), world.sees(BOB)) == (["Thanks"], ["Welcome"])


def test_what_came_to_the_visitor_can_be_read_by_the_person(world: World) -> None:
    world.link()

    read = mark_read(ADA, WELCOME.card_id, NOON, **world.ports)

    assert read == replace(WELCOME, read_at=NOON)
    assert read_cards(ADA, 50, **world.ports) == [THANKS, read]
    assert read_cards(VISITOR, 50, **world.ports) == [read]
    assert mark_read(ADA, "nothing", NOON, **world.ports) is None


def test_a_card_that_was_put_on_both_sides_of_the_link_is_one_card(world: World) -> None:
    world.link()
    world.ports["inbox"].put(ADA, WELCOME)
    world.ports["inbox"].mark_read(VISITOR, WELCOME.card_id, NOON)

    assert read_cards(ADA, 50, **world.ports) == [THANKS, replace(WELCOME, read_at=NOON)]


def test_of_many_visitors_the_latest_linked_are_looked_at(world: World) -> None:
    many = {f"v{number}": NOON + number * MINUTE for number in range(MOST_OTHERS + 1)}
    members = {
        anonymous_profile_id(visitor): Member(Identifier(ANONYMOUS, visitor), ADA, Claim(at, visitor))
        for visitor, at in many.items()
    }
    ada = Versioned(Profile(profile_id=ADA, members=members))
    world.ports["profiles"].commit(Change(entries=(), profiles={ADA: ada}))
    for visitor in many:
        world.ports["inbox"].put(anonymous_profile_id(visitor), replace(WELCOME, send_id=visitor))

    cards = read_cards(ADA, 50, **world.ports)

    assert {card.send_id for card in cards} == {"thanks", *many} - {"v0"}
