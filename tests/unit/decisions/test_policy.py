"""What a policy says, and what it leaves to the defaults."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from segue.decisions.check import problems
from segue.decisions.policy import Policy
from segue.events.plan import TrackingPlan
from segue.workspace.laws import Jurisdictions, shipped


def test_nothing_said_is_the_stated_defaults():
    policy = Policy()

    assert str(policy.channels["email"].window) == "09:00-20:00"
    assert (policy.channels["email"].cap.limit, policy.total.limit) == (2, 5)
    assert policy.category("transactional").exempt == {"windows", "caps"}
    assert policy.horizon == timedelta(days=7)


def test_what_is_said_changes_that_and_nothing_else():
    policy = Policy.model_validate({"channels": {"email": {"window": "08:00-22:00"}}})

    assert str(policy.channels["email"].window) == "08:00-22:00"
    assert policy.channels["email"].cap.limit == 2
    assert policy.channels["sms"].cap.limit == 1


def test_null_takes_a_rule_away():
    policy = Policy.model_validate({"channels": {"email": {"window": None, "cap": None}}, "total": None})

    assert (policy.channels["email"].window, policy.channels["email"].cap, policy.total) == (None, None, None)


def test_an_unknown_category_is_under_everything():
    assert Policy().category("surprise").exempt == frozenset()


def test_a_policy_is_read_back_from_its_json():
    policy = Policy.model_validate(
        {
            "default_time_zone": "Europe/Berlin",
            "channels": {"email": {"window": None}, "carrier_pigeon": {"cap": {"limit": 1, "per": "30d"}}},
            "categories": {"news": {"expires_after": "1d12h"}},
        }
    )

    assert Policy.model_validate_json(policy.model_dump_json()) == policy
    assert Policy.model_validate_json(policy.model_dump_json(exclude_defaults=True)) == policy


def test_a_copy_with_other_rules_finds_all_that_follows_from_them_anew():
    policy = Policy()
    email = policy.channels["email"].model_copy(update={"cap": None})
    assert (policy.law_book.channels, len(policy.limits("email"))) == (frozenset(), 2)

    copy = policy.model_copy(update={"laws": Jurisdictions().over(shipped()), "channels": {"email": email}})

    assert (copy.law_book.channels, len(copy.limits("email"))) == ({"sms", "calls"}, 1)
    assert (policy.law_book.channels, len(policy.limits("email"))) == (frozenset(), 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"default_time_zone": "Mars/Olympus"},
        {"channels": {"email": {"window": "9 to 5"}}},
        {"channels": {"email": {"cap": {"limit": -1, "per": "1d"}}}},
        {"categories": {"marketing": {"exempt": ["suppression"]}}},
        {"chanels": {}},
    ],
)
def test_a_mistake_is_refused(wrong):
    with pytest.raises(ValidationError):
        Policy.model_validate(wrong)


@pytest.mark.parametrize(("length", "places"), [(93, []), (94, [("topics", "x" * 94)])])
def test_a_topic_has_a_name_that_fits_into_a_profile(length, places):
    policy = Policy.model_validate({"topics": {"x" * length: {}}})

    assert [problem.place for problem in problems(policy, TrackingPlan())] == places
