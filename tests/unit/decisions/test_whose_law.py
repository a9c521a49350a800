"""Under whose law a person is, and how that is known."""

import pytest

from segue.decisions.decide import decide
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.whose_law import whose_law
from tests.builders import a_head, a_profile, a_request
from tests.unit.decisions.test_laws import BERLIN, BERLINER, FLORIDIAN, TEXAN, eastern, lines, policy

ABROAD = "where they were seen last says Germany (BE): all hold"
UNKNOWN = "country unknown, so the law of the United States holds"
TEXANS = {"possible_regions": ["US-TX", "DE"]}
THE_STATES = "the United States, by the time zone; which state is unknown, so the law of each holds"


def under(traits: dict, *, by: Policy | None = None, location: str | None = None, zone: str | None = None) -> str:
    return whose_law(a_profile(traits=traits, location=location, time_zone=zone).whole, by or policy(), "sms").saw


@pytest.mark.parametrize(
    ("traits", "location", "saw"),
    [
        ({"address": {"country": "US", "state": "Texas"}}, None, "Texas, by the address"),
        ({"country": "usa", "state": "tx"}, None, "Texas, by the address"),
        ({"state": "TX"}, None, "Texas, by the address"),
        ({"phone": FLORIDIAN}, None, "Florida, by the area code of the phone number"),
        ({"phone": "(305) 555-0123"}, None, "Florida, by the area code of the phone number"),
        ({"phone": BERLINER}, None, "Germany, by the phone number"),
        ({}, "US-AL", "Alabama, by where they were seen last"),
        (
            {"phone": FLORIDIAN, "address": {"country": "US", "state": "TX"}},
            None,
            "Texas, by the address; the area code of the phone number says Florida: both hold",
        ),
        (
            {"phone": FLORIDIAN, "address": {"country": "US", "state": "TX"}},
            "DE-BE",
            f"Texas, by the address; the area code of the phone number says Florida; {ABROAD}",
        ),
        ({"phone": FLORIDIAN, "address": {"country": "US"}}, None, "Florida, by the area code of the phone number"),
        (
            {"address": {"country": "US", "state": "??"}},
            None,
            "the United States, by the address; which state is unknown, so the law of each holds",
        ),
        (
            {"phone": "+12385550123"},
            None,
            "the United States or Canada, by the phone number; which state is unknown, so the law of each holds",
        ),
        (
            {"phone": "+12385550123", "address": {"country": "DE"}},
            None,
            "Germany, by the address; the phone number says the United States or Canada: both hold",
        ),
        ({"phone": "+12385550123", "address": {"country": "CA"}}, None, "Canada, by the address"),
        ({"phone": "+12385550123"}, "US-TX", "Texas, by where they were seen last"),
        ({"phone": "800 555 0123"}, None, UNKNOWN),
        ({"address": {"country": "Atlantis"}}, None, UNKNOWN),
        ({"address": "1 Main Street", "phone": 305, "state": ["TX"]}, None, UNKNOWN),
        ({}, None, UNKNOWN),
    ],
)  # fmt: skip
def test_it_is_said_under_whose_law_a_person_is_and_how_that_is_known(traits, location, saw) -> None:
    assert under(traits, location=location) == saw


@pytest.mark.parametrize(
    ("channel", "traits", "saw"),
    [
        ("email", {"email": "2642512345@qq.com"}, UNKNOWN),
        (
            "email",
            {"email": "+49 170 555@example.com", "phone": FLORIDIAN},
            "Florida, by the area code of the phone number",
        ),
        ("email", {"email": "a@example.com", "phone": BERLINER}, "Germany, by the phone number"),
        ("push", {"push_token": "4165551234", "phone": BERLINER}, "Germany, by the phone number"),
        ("sms", {"mobile": TEXAN}, "Texas, by the area code of the phone number"),
        (
            "sms",
            {"mobile": TEXAN, "phone": BERLINER},
            "Texas, by the area code of the phone number; the phone number says Germany: both hold",
        ),
    ],
)
def test_a_phone_says_where_somebody_is_on_every_channel_and_nothing_else_is_read_as_one(channel, traits, saw) -> None:
    by = policy(channels={"sms": {"address": "mobile"}})

    assert whose_law(a_profile(traits=traits, time_zone=None).whole, by, channel).saw == saw


def test_of_an_area_code_that_nobody_knows_the_law_of_both_countries_holds_for_a_team_that_is_elsewhere() -> None:
    berlin = policy(default_time_zone="Europe/Berlin")

    found = lines({"phone": "+12385550123"}, eastern(10, 22), by=berlin)
    somebody = a_profile(traits={"phone": "+12385550123"}, time_zone=None).whole

    assert found["law: Federal (TCPA)"].until == eastern(11, 8)
    assert whose_law(somebody, berlin, "sms").regions == ("US", "CA")


@pytest.mark.parametrize(
    ("zone", "traits", "given", "saw"),
    [
        ("America/Chicago", {}, BERLIN, THE_STATES),
        ("America/New_York", {"phone": "3055550100"}, BERLIN, "Florida, by the area code of the phone number"),
        ("America/New_York", {"state": "FL"}, BERLIN, "Florida, by the address"),
        (
            "America/Toronto",
            {"phone": "305 555 0100"},
            BERLIN,
            "Florida, by the area code of the phone number; the time zone says Canada or Bahamas: both hold",
        ),
        (
            "America/New_York",
            {"phone": BERLINER},
            BERLIN,
            "Germany, by the phone number; the time zone says the United States: both hold",
        ),
        ("America/New_York", {"phone": "+12385550123"}, BERLIN, THE_STATES),
        ("Europe/Berlin", {"phone": BERLINER}, {}, "Germany, by the phone number"),
        ("Europe/Berlin", {}, BERLIN, "Germany, by the time zone among the policy's places"),
        ("America/Chicago", {}, TEXANS, "Texas, by the time zone among the policy's places"),
        ("America/New_York", {}, TEXANS, THE_STATES),
        (
            "Europe/Berlin",
            {},
            {},
            (
                "Germany or Denmark or Norway or Sweden or Svalbard & Jan Mayen, by the time zone, so the law of each "
                "holds"
            ),
        ),
        (
            "Europe/Berlin",
            {"phone": "+12385550123"},
            BERLIN,
            (
                "Germany, by the time zone among the policy's places; the phone number says the United States or "
                "Canada: both hold"
            ),
        ),
        ("UTC", {}, BERLIN, "country unknown, so the law of Germany holds"),
    ],
)
def test_a_time_zone_says_where_somebody_is_too(zone, traits, given, saw) -> None:
    assert under(traits, by=policy(**given), zone=zone) == saw


def test_the_law_of_florida_holds_for_a_number_that_a_team_in_berlin_has_of_somebody_in_new_york() -> None:
    """20:30 there."""
    by = policy(**BERLIN)
    head = a_head(profile=a_profile(traits={"phone": "3055550100"}, time_zone="America/New_York"))

    decision = decide(a_request(channel="sms", at=eastern(10, 20, 30)), head, by, eastern(10, 20, 30))

    assert (decision.reason, decision.due) == (Reason.JURISDICTION, eastern(11, 8))


@pytest.mark.parametrize(
    ("given", "places"),
    [
        ({}, ("US",)),
        ({"default_time_zone": "Europe/Berlin"}, ("DE",)),
        ({"possible_time_zones": ["America/Toronto", "America/Denver"]}, ("CA", "US")),
        ({"possible_regions": ["US-TX", "DE"]}, ("US-TX", "DE")),
        ({"default_time_zone": "UTC"}, ()),
    ],
)
def test_where_somebody_may_be_follows_from_the_zones_if_the_policy_does_not_say(given, places) -> None:
    assert policy(**given).places == places


def test_a_national_number_says_nothing_to_a_team_that_is_not_in_america() -> None:
    assert under({"phone": "305 555 0123"}, by=policy(**BERLIN)).startswith("country unknown")
