"""Whose an event is, told by nothing but the event."""

import tracemalloc
from dataclasses import replace

import pytest

from segue.events.event import belonging_to
from segue.events.identifier import ANONYMOUS, USER, Identifier
from segue.profiles.identity import anonymous_profile_id, home, profile_id_of, user_profile_id
from tests.builders import an_event

EMAIL = Identifier("email", "5f3e")


def test_ids_are_derived_and_of_several_kinds():
    assert user_profile_id("ada") == user_profile_id("ada")
    assert len(user_profile_id("ada")) == 28
    assert len({profile_id_of(Identifier(kind, "ada"))[2:] for kind in (USER, ANONYMOUS, "email", "phone")}) == 4


def test_an_event_is_its_highest_ranked_identifier_s():
    assert home(an_event(user_id="ada", anonymous_id="v")) == user_profile_id("ada")
    assert home(an_event(anonymous_id="v")) == anonymous_profile_id("v")
    assert home(an_event(anonymous_id="v", identifiers=(EMAIL, Identifier(ANONYMOUS, "v")))) == profile_id_of(EMAIL)
    with pytest.raises(ValueError, match="nothing of who it was"):
        home(replace(an_event(), user_id=None))


def test_an_event_says_who_and_an_alias_says_also_who_it_was_before():
    both = an_event(user_id="ada", anonymous_id="v")
    alias = an_event("Aliased", user_id="ada", previous_id="w")

    assert both.who == (Identifier(USER, "ada"), Identifier(ANONYMOUS, "v"))
    assert alias.who == (Identifier(USER, "ada"), Identifier(ANONYMOUS, "w"))
    assert an_event(anonymous_id="v", previous_id="w").who == (Identifier(ANONYMOUS, "v"),)


@pytest.mark.parametrize("identifier", [Identifier(USER, "ada"), Identifier(ANONYMOUS, "v"), EMAIL])
def test_an_event_can_be_made_that_is_an_identifier_s(identifier):
    event = belonging_to(identifier, an_event(anonymous_id="v"))

    assert event.who == (identifier,)


def test_long_ids_are_not_remembered_since_any_client_can_make_a_crowd_of_them():
    tracemalloc.start()
    seen = {profile_id_of(Identifier(ANONYMOUS, f"{number}-{'x' * 1_000}")) for number in range(3_000)}
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(seen) == 3_000
    assert held < 1_500_000
