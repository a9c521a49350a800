"""Subscriptions by channel and topic: what somebody left they left until they come back to it."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.decisions.decide import decide
from segue.decisions.decision import Action
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.subscription import can_be_left, room_for_topic, subscribed, unsubscribed
from segue.profiles.fold import fold
from segue.profiles.profile import Part, Permission
from tests.builders import NOON, a_head, a_profile, a_request, an_event

HOUR = timedelta(hours=1)


def a_part(*said: str) -> Part:
    """`-email` is an unsubscription, `+email/offers` a subscription; an hour between each two."""
    part = Part()
    for hour, word in enumerate(said):
        channel, _, topic = word[1:].partition("/")
        given = {"channel": channel} | ({"topic": topic} if topic else {})
        name = "Subscribed" if word[0] == "+" else "Unsubscribed"
        part = fold(part, an_event(name, at=NOON + hour * HOUR, properties=given))
    return part


@pytest.mark.parametrize(
    ("said", "channel", "topic", "stands"),
    [
        (["-email"], "email", "offers", "email"),
        (["-email"], "push", "offers", None),
        (["-all"], "push", None, "all"),
        (["-ALL"], "push", None, "all"),
        (["-all/offers"], "push", "offers", "all/offers"),
        (["-all/offers"], "push", "news", None),
        (["-all", "+email"], "email", "offers", None),
        (["-all", "+email"], "push", "offers", "all"),
        (["-all", "+all"], "email", "offers", None),
        (["-email", "+email/offers"], "email", "offers", None),
        (["-email", "+email/offers"], "email", "news", "email"),
        (["-email/offers", "+email"], "email", "offers", "email/offers"),
        (["-email", "+all"], "email", "offers", "email"),
        (["-all/offers", "+email"], "email", "offers", "all/offers"),
        (["-all/offers", "+email/offers"], "email", "offers", None),
        (["+email", "-all"], "email", "offers", "all"),
        (["-email", "-email/offers", "+email/offers"], "email", "offers", None),
    ],
)
def test_an_unsubscription_stands_until_the_person_comes_back_to_it_or_to_a_part_of_it(said, channel, topic, stands):
    left = unsubscribed(a_part(*said), channel, topic)

    assert (left[0] if left else None) == stands


def test_of_both_at_once_the_unsubscription_stands():
    part = Part(subscriptions={"email": Permission(False, NOON), "email/offers": Permission(True, NOON)})

    assert unsubscribed(part, "email", "offers")[0] == "email"


@pytest.mark.parametrize(
    ("said", "is_subscribed"),
    [([], False), (["+email"], False), (["+email/offers"], True), (["+all/offers"], True), (["+push/offers"], False)],
)
def test_a_topic_is_subscribed_to_by_name(said, is_subscribed):
    assert subscribed(a_part(*said), "email", "offers") is is_subscribed


TOPICS = {"topics": {"offers": {"default": "unsubscribed"}, "news": {}}}


@pytest.mark.parametrize(
    ("topic", "subscriptions", "reason"),
    [
        ("offers", {}, Reason.UNSUBSCRIBED),
        ("offers", {"email/offers": True}, Reason.ALLOWED),
        ("offers", {"email/offers": True, "all": False}, Reason.UNSUBSCRIBED),
        ("news", {}, Reason.ALLOWED),
        ("gossip", {}, Reason.UNSUBSCRIBED),
        (None, {}, Reason.ALLOWED),
    ],
)
def test_who_never_subscribed_to_an_opt_in_topic_is_not_written_to_about_it(topic, subscriptions, reason):
    head = a_head(profile=a_profile(subscriptions=subscriptions))

    assert decide(a_request(topic=topic), head, Policy.model_validate(TOPICS), NOON).reason is reason


def test_a_transactional_message_has_no_subscription():
    head = a_head(profile=a_profile(subscriptions={"all": False}))
    request = a_request(category="transactional", purpose="service", topic="offers")

    assert decide(request, head, Policy.model_validate(TOPICS), NOON).action is Action.SEND


KEYS = ["all", "all/offers", "email", "email/offers"]
REACH = {"all": set(KEYS), "all/offers": {"all/offers", "email/offers"}, "email": {"email", "email/offers"},
         "email/offers": {"email/offers"}}  # fmt: skip


@given(st.dictionaries(st.sampled_from(KEYS), st.tuples(st.booleans(), st.integers(0, 3))))
def test_a_message_may_go_if_each_unsubscription_was_followed_by_a_subscription_within_its_reach(said):
    part = Part(subscriptions={key: Permission(on, NOON + hour * HOUR) for key, (on, hour) in said.items()})

    lifted = all(
        on or any(other_on and later > hour and other in REACH[key] for other, (other_on, later) in said.items())
        for key, (on, hour) in said.items()
    )
    assert (unsubscribed(part, "email", "offers") is None) is lifted


@given(st.dictionaries(st.sampled_from(KEYS), st.tuples(st.booleans(), st.integers(0, 3))), st.sampled_from(KEYS))
def test_the_last_word_is_an_unsubscription_if_it_was_one(said, key):
    known = {name: Permission(on, NOON + hour * HOUR) for name, (on, hour) in said.items()}

    assert unsubscribed(Part(subscriptions=known | {key: Permission(False, NOON + 9 * HOUR)}), "email", "offers")


@given(st.text(min_size=1, max_size=110).filter(lambda name: "/" not in name))
def test_a_topic_that_can_be_left_is_kept_by_every_channel(topic):
    policy = Policy()
    parts = [
        fold(Part(), an_event("Unsubscribed", properties={"channel": channel, "topic": topic}))
        for channel in ("all", *policy.channels)
    ]

    kept = [bool(part.subscriptions) for part in parts]

    assert can_be_left(topic, policy.channels) is all(kept)
    assert all(kept) or len(json.dumps(topic, ensure_ascii=False).encode()) - 2 > room_for_topic(policy.channels)
