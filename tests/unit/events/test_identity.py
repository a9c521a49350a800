"""How a workspace says what people are known by."""

import pytest
from pydantic import ValidationError

from segue.events.identity import DEVICES, Identity, problems


def an_identity(**given) -> Identity:
    return Identity.model_validate(given)


DEVICES_BY_NAME = (
    *("android.id", "android.idfa", "android.push_token"),
    "ga_client_id",
    *("ios.id", "ios.idfa", "ios.push_token"),
)


def test_by_default_a_user_id_counts_most_and_devices_least():
    assert Identity().ranking == ("user_id", "email", "phone", "anonymous_id", *DEVICES_BY_NAME)
    assert {name: Identity().limit(name) for name in ("user_id", "email", "ios.id", "crm")} == {
        "user_id": 1, "email": 5, "ios.id": 5, "crm": 5,
    }  # fmt: skip


def test_custom_namespaces_stand_before_visitors_and_devices_as_they_are_written():
    identity = an_identity(namespaces={"loyalty_id": {"limit": 1}, "crm": {}})

    assert identity.ranking[:6] == ("user_id", "email", "phone", "loyalty_id", "crm", "anonymous_id")
    assert identity.limit("loyalty_id") == 1


def test_an_unknown_type_ranks_after_the_written_ones_by_its_name():
    identity = an_identity(namespaces={"loyalty_id": {}})

    ranked = sorted(["anonymous_id", "zoo", "loyalty_id", "app_id", "user_id", "ios.id"], key=identity.rank)

    assert ranked == ["user_id", "loyalty_id", "app_id", "zoo", "anonymous_id", "ios.id"]


def test_what_is_written_is_ranked_as_it_is_written_and_the_rest_keeps_its_place():
    assert an_identity(namespaces={"email": {"limit": 1}}).ranking == Identity().ranking
    swapped = an_identity(namespaces={"email": {"limit": 1}, "user_id": {"limit": 2}})
    assert swapped.ranking[:3] == ("email", "user_id", "phone")
    before = an_identity(namespaces={"loyalty_id": {}, "email": {}})
    assert before.ranking.index("loyalty_id") < before.ranking.index("email")
    assert before.ranking[0] == "user_id"


def test_null_turns_a_namespace_off():
    identity = an_identity(namespaces={"phone": None, "crm": None})

    assert "phone" not in identity.ranking
    assert identity.rule("phone") is identity.rule("crm") is None


def test_what_a_namespace_does_not_say_is_as_it_is_by_default():
    email = an_identity(namespaces={"email": {"limit": 2}}).rule("email")

    assert email
    assert (email.limit, email.normalise, email.hashed) == (2, "email", True)


@pytest.mark.parametrize(
    "said",
    ["", "0", "000-000", "-", "-1", "null", "NULL", " Null ", "anonymous", "Anonymous", "void", "TEST-7", "true"],
)
def test_blocked_values_are_compared_without_case_and_blanks(said):
    blocked = an_identity(block=["void", "/^test-/", True]).rule("user_id").blocked

    assert blocked.holds(said)
    assert not blocked.holds(f"x{said}x1")


def test_yaml_takes_some_blocked_values_for_other_things():
    assert an_identity(block=[-2, None, 1.5, False]).block == ("-2", "null", "1.5", "false")


def test_a_namespace_may_block_more_than_the_others():
    identity = an_identity(namespaces={"crm": {"block": ["0-0-1"]}})

    assert identity.rule("crm").blocked.holds("0-0-1")
    assert identity.rule("crm").blocked.holds("null")
    assert not identity.rule("email").blocked.holds("0-0-1")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"namespaces": {"user:id": {}}}, "no name of a namespace"),
        ({"namespaces": {"": {}}}, "no name of a namespace"),
        ({"namespaces": {"User": {}}}, "no name of a namespace"),
        ({"namespaces": {"crm": {"limit": 0}}}, "greater than or equal to 1"),
        ({"namespaces": {"crm": {"paths": ["crm_id"]}}}, "begin with traits., properties. or context."),
        ({"namespaces": {"crm": {"paths": ["traits..x"]}}}, "no path"),
        ({"namespaces": {"crm": {"normalise": "upper"}}}, "'email', 'phone' or 'none'"),
        ({"block": ["/(/"]}, "no regular expression"),
        ({"default_region": "us"}, "default_region"),
        ({"identity_verification": False}, "identity_verification"),
        ({"namspaces": {}}, "namspaces"),
    ],
)
def test_what_is_written_wrong_is_told(written, told):
    with pytest.raises(ValidationError, match=told.replace(".", r"\.")):
        an_identity(**written)


def test_a_region_without_phone_numbers_is_a_problem_with_its_place():
    [problem] = problems(an_identity(default_region="XX"))

    assert problem.place == ("default_region",)
    assert "US or DE" in problem.hint
    assert list(problems(an_identity(default_region="DE"))) == list(problems(Identity())) == []


def test_to_believe_a_browser_key_is_a_risk_that_is_told():
    [risk] = problems(an_identity(identity_verification={"required": False}))

    assert risk.kind.is_warning
    assert "any person's profile" in risk.message


def test_an_identity_travels_in_the_bundle():
    identity = an_identity(
        namespaces={"email": {"limit": 1}, "user_id": {"limit": 2}, "phone": None, "crm": {"paths": ["properties.c"]}},
        block=[-1, "/x/"],
    )

    again = Identity.model_validate_json(identity.model_dump_json(exclude_defaults=True))

    assert again == identity
    assert again.ranking == identity.ranking


def test_the_devices_are_those_of_the_spec():
    assert DEVICES == DEVICES_BY_NAME
