"""What a person wishes is kept as events, and comes out as it was said, whatever the policy keeps of them."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from segue.decisions.collecting import collects
from segue.decisions.policy import Policy
from segue.decisions.preference_centre import NotWanted, Wanted, as_they_will_be, changes, preferences
from segue.decisions.subscription import room_for_topic
from segue.events.identifier import USER, Identifier
from segue.profiles.bounds import MOST_SUBSCRIPTIONS, MOST_TRAITS
from segue.profiles.profile import Part
from tests.builders import NOON, a_profile

ADA = Identifier(USER, "ada")
POLICY = Policy()
HOURS = some.tuples(some.integers(0, 23), some.integers(0, 23)).filter(lambda both: both[0] != both[1])
WANTED = some.fixed_dictionaries(
    {},
    optional={
        "channels": some.dictionaries(
            some.sampled_from(sorted(set(POLICY.channels) - POLICY.unexposed)), some.booleans()
        ),
        "quiet_hours": HOURS.map(lambda both: f"{both[0]:02}:00-{both[1]:02}:30") | some.none(),
        "send_time": HOURS.map(lambda both: f"{both[0]:02}:15-{both[1]:02}:30") | some.none(),
        "preferred_channel": some.sampled_from(sorted(set(POLICY.channels) - POLICY.unexposed)) | some.none(),
        "time_zone": some.sampled_from(["Europe/Berlin", "Asia/Tokyo"]),
        "do_not_disturb": some.booleans() | some.just({"until": "2026-05-01T00:00:00Z"}),
    },
)


def said(wanted: dict, part: Part, at=NOON) -> Part:
    return as_they_will_be(part, changes(Wanted.model_validate(wanted), ADA, POLICY, at))


@settings(max_examples=200, deadline=None)
@given(WANTED, WANTED)
def test_what_was_said_last_holds_and_what_was_not_said_stays(first, second):
    part = said(second, said(first, Part()), NOON + timedelta(minutes=1))

    shown = preferences(part, POLICY, NOON + timedelta(minutes=2))

    expected = {**first, **second}
    for name in ("quiet_hours", "send_time", "preferred_channel", "time_zone"):
        assert shown[name] == expected.get(name)
    for channel, on in {**first.get("channels", {}), **second.get("channels", {})}.items():
        assert shown["channels"][channel] is on
    undisturbed = expected.get("do_not_disturb", False)
    assert (shown["do_not_disturb"] is not None) is bool(undisturbed)


@settings(max_examples=50, deadline=None)
@given(WANTED)
def test_the_same_said_at_the_same_moment_is_the_same_events_and_each_has_its_own_id(wanted):
    once, again = (changes(Wanted.model_validate(wanted), ADA, POLICY, NOON) for _ in range(2))

    assert once == again
    assert len({event.message_id for event in once}) == len(once)


def test_they_are_kept_of_people_who_do_not_consent_to_collection():
    keeps = collects(Policy.model_validate({"collection": {}}))
    everything = {"channels": {"email": False}, "quiet_hours": "22:00-07:00", "do_not_disturb": True}

    events = changes(Wanted.model_validate(everything), ADA, POLICY, NOON)

    assert keeps is not None
    assert len(events) == 3
    assert all(keeps(Part(), event) for event in events)


def test_invented_traits_do_not_displace_them():
    part = a_profile(traits={f"trait-{number}": 1 for number in range(MOST_TRAITS)}).whole

    shown = preferences(said({"quiet_hours": "22:00-07:00", "preferred_channel": "email"}, part), POLICY, NOON)

    assert (shown["quiet_hours"], shown["preferred_channel"]) == ("22:00-07:00", "email")


def test_a_topic_for_all_channels_reaches_each_and_one_channel_may_differ():
    part = said({"topics": {"offers": {"all": False, "email": True}}}, Part())

    assert preferences(part, POLICY, NOON)["topics"]["offers"] == {
        "email": True,
        **dict.fromkeys(("ads", "in_app", "inbox", "push", "sms"), False),
    }


def test_more_topics_than_are_kept_are_refused_and_those_that_are_kept_may_still_change():
    part = Part()
    for first in range(0, MOST_SUBSCRIPTIONS, 50):
        part = said({"topics": {f"topic-{number}": False for number in range(first, first + 50)}}, part)
    later = NOON + timedelta(minutes=1)

    for one_too_many in range(1000, 1010):  # which of them is not kept, hashes decide
        with pytest.raises(NotWanted, match="topics: there is no room"):
            said({"topics": {f"topic-{one_too_many}": False}}, part, later)

    assert said({"topics": {"topic-7": True}, "quiet_hours": "22:00-07:00"}, part, later).subscriptions["all/topic-7"]


def test_the_longest_name_of_a_topic_is_kept_and_a_longer_one_is_refused():
    longest = room_for_topic(POLICY.channels)

    kept = said({"topics": {"x" * longest: {"in_app": False}}}, Part())

    assert list(kept.subscriptions) == [f"in_app/{'x' * longest}"]
    for longer in ("x" * (longest + 1), "ü" * (longest // 2 + 1)):
        with pytest.raises(NotWanted, match=f"topics: a name has at most {longest} bytes"):
            said({"topics": {longer: False}}, Part())
