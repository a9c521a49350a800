"""By which way a person came first and last, whatever the order in which their events are folded in."""

from datetime import timedelta
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.aws.table import decode, encode
from segue.journeys.facts import facts, parsed
from segue.profiles.channel_source import channel_source
from segue.profiles.fold import fold
from segue.profiles.profile import OWN, Part, Profile
from tests.builders import NOON, an_event

DIRECT, EMAIL, SEARCH = (
    {"channel": "Direct", "source": "(direct)", "medium": "(none)"},
    {"channel": "Email", "source": "news", "medium": "email", "campaign": "spring"},
    {"channel": "Organic Search", "source": "google", "medium": "organic"},
)


def a_visit(way: Any, *, hour: int = 0, **given: Any):
    return an_event("Page Viewed", at=NOON + timedelta(hours=hour), context={"channel_source": way}, **given)


def a_profile_of(*events) -> Profile:
    return Profile(profile_id="p", parts={OWN: reduce(fold, events, Part())})


def sources(*events) -> tuple[str, str]:
    whole = a_profile_of(*events).whole
    return whole.first_source.channel, whole.last_source.channel


def test_the_first_and_the_last_way_are_kept():
    assert sources(a_visit(EMAIL, hour=1), a_visit(SEARCH, hour=2)) == ("Email", "Organic Search")


def test_a_direct_visit_may_be_the_first_but_never_takes_the_place_of_a_known_way():
    visits = a_visit(DIRECT), a_visit(EMAIL, hour=1), a_visit(DIRECT, hour=2)

    assert sources(*visits) == ("Direct", "Email")
    assert sources(visits[0], visits[2]) == ("Direct", "Direct")


@pytest.mark.parametrize("odd", [None, "Email", 7, [], {}, {"channel": None}, {"channel": ""}, {"source": "news"}])
def test_an_event_without_a_way_changes_nothing(odd):
    assert channel_source(a_visit(odd)) is None
    assert sources(a_visit(EMAIL), a_visit(odd, hour=1)) == ("Email", "Email")


def test_whoever_came_by_no_way_has_a_condition_that_is_a_plain_no():
    troubles: list[Any] = []
    known = facts(a_visit(None), a_profile_of(a_visit(None)))

    assert not parsed('profile.first_source.channel == "Email"').holds(known, troubles.append)
    assert troubles == []


def test_a_condition_and_a_template_see_it():
    event = a_visit(EMAIL)
    known = facts(event, a_profile_of(event))

    assert parsed('profile.last_source.campaign == "spring" && profile.first_source.at <= now').holds(known)


def test_what_is_not_said_is_not_there():
    assert a_profile_of(a_visit(SEARCH)).as_context()["last_source"] == {**SEARCH, "at": NOON}


def test_a_profile_is_read_as_it_was_written():
    profile = a_profile_of(a_visit(EMAIL), a_visit(DIRECT, hour=1))

    assert decode(Profile, encode(Profile, profile)) == profile


VISITS = st.builds(
    a_visit,
    st.sampled_from([DIRECT, EMAIL, SEARCH, None, {**EMAIL, "campaign": "autumn"}]),
    hour=st.integers(0, 2),
    message_id=st.sampled_from(["a", "b"]),
)


@given(st.lists(st.tuples(VISITS, st.sampled_from("xyz")), max_size=8), st.randoms())
def test_neither_the_order_nor_the_part_of_an_event_matters(visits, random):
    def folded(each: list[Any]) -> tuple[Any, Any]:
        parts: dict[str, Part] = {}
        for event, place in each:
            parts[place] = fold(parts.get(place, Part()), event)
        whole = reduce(Part.merge, random.sample(list(parts.values()), len(parts)), Part())
        return whole.first_source, whole.last_source

    straight, shuffled = list(visits), random.sample(visits, len(visits))

    assert folded(straight) == folded(shuffled) == folded([(event, "x") for event, _ in visits])
