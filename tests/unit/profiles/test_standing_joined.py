"""Where people stand who gain and lose identifiers: segments and visits go where the events go."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from segue.events.identifier import ANONYMOUS, USER, Identifier
from segue.profiles.identity import anonymous_profile_id, profile_id_of
from segue.profiles.profile import Profile
from segue.profiles.receive import receive_all
from segue.profiles.unlink import Unlink, unlink
from tests.builders import NOON, an_event
from tests.unit.profiles.people import ADA, DAY, HOUR, MINUTE, World, rules


def test_the_visit_of_a_visitor_goes_on_as_the_user_s():
    world = World(rules({"sessions": {}}))
    visitor = {"user_id": None, "anonymous_id": "v1"}
    world.happens(an_event("Page Viewed", **visitor))

    world.happens(an_event("Identified", at=NOON + MINUTE, user_id="ada", anonymous_id="v1"))
    world.passes(NOON + DAY)

    assert [name for name, *_ in world.told(anonymous_profile_id("v1"))] == ["Session Started"]
    assert world.profiles.profile(anonymous_profile_id("v1")).value.standing.told == 1
    assert [(name, at) for name, at, *_ in world.told()] == [("Session Ended", 30 * MINUTE)]


WHO = {
    "u1": (Identifier(USER, "u1"), Identifier("email", "a")),
    "u2": (Identifier(USER, "u2"), Identifier("email", "a")),
    "a": (Identifier("email", "a"),),
    "v": (Identifier("email", "a"), Identifier(ANONYMOUS, "v")),
    "v1": (Identifier(USER, "u1"), Identifier(ANONYMOUS, "v")),
    "v2": (Identifier(ANONYMOUS, "v"),),
}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(WHO)), st.integers(0, 4)), min_size=3, max_size=9).flatmap(
        st.permutations
    ),
    st.sampled_from([1, 3, 9]),
)
def test_nothing_that_is_told_takes_the_place_of_something_else_when_people_are_joined_and_parted(drawn, at_once):
    stages = [{"stage": "buyer", "when": 'profile.events["Order Completed"].count > 2'}, {"stage": "visitor"}]
    world = World(rules({"sessions": {}, "lifecycle": stages}, some='profile.events["Order Completed"].count > 1'))
    events = [
        an_event(at=NOON + minute * MINUTE, message_id=str(number), user_id=None, identifiers=WHO[who])
        for number, (who, minute) in enumerate(drawn)
    ]

    for start in range(0, len(events), at_once):
        _, failed = receive_all(events[start : start + at_once], world.ports, NOON + 5 * MINUTE)

        assert not failed


#: User, visitor and address. Who claims a visitor before somebody else did takes their orders away.
CARRIED = st.sampled_from(
    [(None, "v", None), ("ada", "v", None), ("bob", "v", None), (None, "v", "x"), ("bob", "w", "x"), ("ada", "w", None)]
)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(CARRIED, st.integers(0, 9)), min_size=3, max_size=7))
def test_whoever_gains_or_loses_identifiers_stands_where_they_belong(said):
    """In any order of arrival; the rest of a person is asked anew a minute later at the latest."""
    given = rules(
        {"computed": {"orders": {"kind": "count", "event": "Order Completed"}}}, buyers="profile.computed.orders >= 3"
    )
    world = World(given)
    for number, ((user, visitor, address), minute) in enumerate(said):
        event = an_event(at=NOON + minute * MINUTE, message_id=f"m{number}", user_id=user, anonymous_id=visitor)
        who = (("user_id", user), ("email", address), ("anonymous_id", visitor))
        event = replace(event, identifiers=tuple(Identifier(*each) for each in who if each[1]))
        world.happens(replace(event, received_at=NOON + 2 * HOUR + number * MINUTE))
    world.passes(NOON + DAY)

    for profile in everybody(world.profiles):
        orders = given.read(profile, NOON + DAY, ("computed",))["computed"].get("orders", 0)
        assert ("buyers" in profile.standing.segments) == (profile.owner is None and orders >= 3)


def test_after_an_unlinking_both_stand_where_they_belong():
    world = World(rules(buyers='profile.events["Order Completed"].count >= 2'))
    world.happens(*(an_event(at=NOON, message_id=f"m{n}", anonymous_id="tablet") for n in range(2)))
    world.happens(an_event("Signed In", at=NOON + MINUTE, user_id="ada", anonymous_id="tablet"))
    assert world.told(ADA) == [("Segment Entered", MINUTE, "buyers")]

    tablet = Identifier(ANONYMOUS, "tablet")
    unlink(
        Unlink(profile_id=ADA, identifier=tablet, by="op", why="shared"), profiles=world.profiles, now=NOON + 2 * MINUTE
    )
    world.passes(NOON + HOUR)

    assert ("Segment Left", 2 * MINUTE, "buyers") in world.told(ADA)
    assert set(world.profiles.profile(profile_id_of(tablet)).value.standing.segments) == {"buyers"}


def everybody(profiles) -> list[Profile]:
    return [row.value for _, sort_key, row in profiles.rows.everything() if sort_key == "HEAD#PROFILE"]
