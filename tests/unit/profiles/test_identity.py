"""Whose an event is, told by nothing but the event."""

from dataclasses import replace

import pytest

from segue.profiles.identity import anonymous_profile_id, claims, home, user_profile_id
from segue.profiles.profile import Claim
from tests.builders import NOON, an_event


def test_ids_are_derived_and_of_two_kinds():
    assert user_profile_id("ada") == user_profile_id("ada")
    assert len(user_profile_id("ada")) == 28
    assert user_profile_id("ada")[2:] != anonymous_profile_id("ada")[2:]


def test_an_event_with_a_user_is_the_user_s_else_the_visitor_s():
    assert home(an_event(user_id="ada", anonymous_id="v")) == user_profile_id("ada")
    assert home(an_event(anonymous_id="v")) == anonymous_profile_id("v")
    with pytest.raises(ValueError, match="neither"):
        home(replace(an_event(), user_id=None))


def test_an_event_with_both_claims_and_so_does_an_alias():
    both = an_event(user_id="ada", anonymous_id="v", message_id="m")
    alias = an_event("Aliased", user_id="ada", previous_id="w", message_id="m")

    assert list(claims(both)) == [("v", Claim(user_profile_id("ada"), NOON, "m"))]
    assert list(claims(alias)) == [("w", Claim(user_profile_id("ada"), NOON, "m"))]
    assert list(claims(an_event(anonymous_id="v"))) == []
