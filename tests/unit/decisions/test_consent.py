"""Consent as a decision sees it: what was said last, else what holds by default where the person is."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.decisions.consent import standing
from segue.decisions.decide import decide
from segue.decisions.decision import Action
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.regimes import CHECKED, PURPOSES, REGIMES, STRICTEST, regime_of
from segue.profiles.consent import Consent, Consents, Said
from segue.profiles.fold import fold
from segue.profiles.profile import Counted, Part, Stamped
from tests.builders import NOON, a_head, a_profile, a_request, an_event

DAY = timedelta(days=1)
BY_REGION = {"purposes": {name: {"default": "by_region"} for name in PURPOSES}}


def seen(part: Part, purpose="marketing", channel="email", policy=None, now=NOON):
    found = standing(purpose, channel, part, Policy.model_validate(BY_REGION if policy is None else policy), now)
    return found.granted, found.saw


def there(region: str | None = None, **given) -> Part:
    return Part(location=Stamped(region, NOON) if region else None, **given)


def saying(*said: Consent) -> dict[str, Consents]:
    return {"marketing": Consents(tuple(sorted(said, key=lambda each: each.order, reverse=True)))}


def test_what_was_said_last_decides_and_is_told_with_its_text():
    said = Consent(said=Said.WITHDRAWN, at=NOON, source="web", text_version="3", method="preference centre")

    assert seen(there("US", consents=saying(said))) == (
        False,
        "marketing: withdrawn on 2026-03-10 (text 3, web, preference centre)",
    )


@pytest.mark.parametrize(
    ("region", "granted", "saw"),
    [
        ("DE", False, "denied by default in Germany (GDPR opt-in)"),
        ("NO", False, "denied by default in Norway (GDPR opt-in)"),
        ("GB", False, "denied by default in the United Kingdom (UK GDPR and PECR opt-in)"),
        ("CH", False, "denied by default in Switzerland (Swiss UCA opt-in)"),
        ("CA", False, "denied by default in Canada (CASL opt-in)"),
        ("US-NY", True, "granted by default in the United States (NY) (US opt-out)"),
        ("JP", False, "denied by default in Japan (no law looked up)"),
        ("ZZ", False, "denied by default in another country (no law looked up)"),
    ],
)
def test_who_was_never_asked_is_under_the_law_of_where_they_are(region, granted, saw):
    assert seen(there(region)) == (granted, f"marketing: {saw}, known by where they were seen last; never asked")


def test_where_nobody_knows_it_is_as_where_it_is_strictest():
    assert seen(there()) == (False, "marketing: never asked; region unknown, so denied as where it is strictest")


def test_a_decision_tells_it_to_the_marketer():
    decision = decide(
        a_request(),
        a_head(profile=a_profile(consents={}, traits={"email": "a@b.example", "address": {"country": "DE"}})),
        Policy.model_validate(BY_REGION),
        NOON,
    )

    assert (decision.action, decision.reason) == (Action.DROP, Reason.NO_CONSENT)
    (line,) = [check.saw for check in decision.trace if check.name == "consent"]
    assert line == "marketing: denied by default in Germany (GDPR opt-in), known by their address; never asked"


@pytest.mark.parametrize(("channel", "granted"), [("email", True), ("push", True), ("in_app", True), ("sms", False)])
def test_in_the_us_a_text_message_needs_consent_all_the_same(channel, granted):
    assert seen(there("US-CA"), channel=channel)[0] is granted


def test_where_two_countries_are_possible_the_stricter_holds():
    granted, saw = seen(Part(time_zone=Stamped("America/Phoenix", NOON)))

    assert not granted
    assert saw == (
        "marketing: denied by default in Canada, or the United States (CASL opt-in), "
        "known by their time zone; never asked"
    )


def test_a_policy_may_say_what_holds_in_a_country_or_a_part_of_it():
    policy = {"purposes": {"ads": {"default": "by_region", "regions": {"US-CA": "denied", "JP": "granted"}}}}

    found = {region: seen(there(region), "ads", policy=policy)[0] for region in ("US-CA", "US-NY", "US", "JP", "DE")}

    assert found == {"US-CA": False, "US-NY": True, "US": False, "JP": True, "DE": False}


def test_a_plain_default_of_the_policy_holds_everywhere():
    assert seen(there("DE"), policy={"purposes": {"marketing": {"default": "granted"}}}) == (
        True,
        "marketing: never asked, granted by default",
    )


def test_an_unknown_region_is_as_strict_as_any_that_the_policy_names():
    policy = {"purposes": {"marketing": {"default": "granted", "regions": {"DE": "denied"}}}}

    assert (seen(there(), policy=policy)[0], seen(there("US"), policy=policy)[0]) == (False, True)


def test_a_category_of_a_consent_manager_stands_for_the_purpose():
    policy = {"purposes": {"marketing": {"categories": ["C0004", "Advertising"]}}}
    part = fold(Part(), an_event(context={"consent": {"categoryPreferences": {"C0004": True}}}))
    later = fold(part, an_event(at=NOON + DAY, context={"consent": {"categoryPreferences": {"advertising": False}}}))

    assert (seen(part, policy=policy)[0], seen(later, policy=policy)[0]) == (True, False)


def test_two_categories_of_a_purpose_that_disagree_at_once_are_a_no():
    policy = {"purposes": {"marketing": {"categories": ["C0004", "Advertising"]}}}
    said = {"C0004": True, "Advertising": False}

    assert not seen(fold(Part(), an_event(context={"consent": {"categoryPreferences": said}})), policy=policy)[0]


SOFT = {"purposes": {"marketing": {"default": "by_region", "soft_opt_in": {"within": "1000d"}}}}


@pytest.mark.parametrize(
    ("region", "channel", "days", "granted"),
    [
        ("DE", "email", 900, True),
        ("DE", "email", 1000, False),
        ("DE", "push", 1, False),
        ("CA", "sms", 729, True),
        ("CA", "sms", 730, False),
        ("JP", "email", 1, False),
        (None, "email", 1, False),
        ("US", "sms", 1, False),
    ],
)
def test_the_exception_for_existing_customers_is_as_wide_as_the_law_and_the_policy_both_have_it(
    region, channel, days, granted
):
    part = there(region, events={"Order Completed": Counted(1, NOON, NOON)})

    assert seen(part, channel=channel, policy=SOFT, now=NOON + days * DAY)[0] is granted


def test_where_two_countries_are_possible_an_existing_customer_is_one_in_either():
    bought = {"Order Completed": Counted(1, NOON, NOON)}
    part = Part(traits={"phone": Stamped("+1 212 555 0100", NOON)}, events=bought)

    assert (seen(part, policy=SOFT)[0], seen(part, channel="sms", policy=SOFT)[0]) == (True, False)


def test_the_exception_for_existing_customers_is_told_and_off_by_default():
    part = there("DE", events={"Order Completed": Counted(1, NOON, NOON)})

    assert not seen(part)[0]
    assert "existing customer in Germany (GDPR opt-in)" in seen(part, policy=SOFT)[1]


def test_who_has_never_bought_is_no_existing_customer():
    assert not seen(there("DE"), policy=SOFT)[0]


def test_an_existing_customer_who_said_no_is_not_written_to():
    said = saying(Consent(said=Said.DENIED, at=NOON))
    part = there("DE", consents=said, events={"Order Completed": Counted(1, NOON, NOON)})

    assert not seen(part, policy=SOFT)[0]


GPC = an_event(context={"privacy": {"gpc": True}})


def yes(at, name="Consent Given"):
    return an_event(name, at=at, properties={"purpose": "ads"})


@pytest.mark.parametrize(
    ("events", "granted"),
    [
        ([GPC], False),
        ([GPC, yes(NOON - DAY)], False),
        ([GPC, yes(NOON + DAY)], True),
        ([GPC, yes(NOON + DAY), an_event(at=NOON + 2 * DAY, context={"privacy": {"gpc": True}})], True),
        ([GPC, yes(NOON + DAY), yes(NOON + 2 * DAY, "Consent Withdrawn")], False),
        ([GPC, an_event(at=NOON + DAY, context={"consent": {"categoryPreferences": {"ads": True}}})], False),
    ],
    ids=["signal", "yes before", "yes after", "yes after, signal again", "yes after, withdrawn", "stamp after"],
)
def test_global_privacy_control_opts_out_of_ads_until_the_person_says_yes_to_this_business(events, granted):
    part = there("US")
    for event in events:
        part = fold(part, event)

    assert seen(part, "ads")[0] is granted


def test_global_privacy_control_is_told_and_no_matter_for_marketing():
    part = fold(there("US"), GPC)

    assert seen(part, "ads")[1] == "ads: opted out by Global Privacy Control on 2026-03-10"
    assert seen(part)[0]


def test_every_row_has_a_source_and_a_date_and_no_country_stands_in_two():
    countries = [country for regime in REGIMES for country in regime.countries]

    assert all(regime.source.startswith("https://") and regime.since < CHECKED for regime in REGIMES)
    assert len(countries) == len(set(countries))
    assert set().union(*(regime.opt_out for regime in REGIMES)) <= set(PURPOSES)
    assert all(regime_of(country) in REGIMES for country in countries)
    assert regime_of("ZZ") is STRICTEST


PARTS = st.builds(
    Part,
    location=st.sampled_from([None, "DE", "US", "US-CA", "CA", "JP", "ZZ"]).map(
        lambda region: Stamped(region, NOON) if region else None
    ),
    traits=st.dictionaries(
        st.sampled_from(["phone", "address"]), st.sampled_from(["+1 212", "+49 30", {"country": "US"}, 7])
    ).map(lambda traits: {name: Stamped(value, NOON) for name, value in traits.items()}),
    time_zone=st.sampled_from([None, "America/New_York", "America/Phoenix", "UTC"]).map(
        lambda zone: Stamped(zone, NOON) if zone else None
    ),
    opted_out=st.sampled_from([None, NOON]),
)
CHANNELS = st.sampled_from(["email", "sms", "push", "in_app", "carrier_pigeon", None])


@given(PARTS, st.sampled_from(["marketing", "ads", "analytics", "surprise"]), CHANNELS)
def test_as_shipped_nobody_is_taken_to_have_said_yes(part, purpose, channel):
    assert not seen(part, purpose, channel, policy={})[0]


@given(PARTS, st.sampled_from(PURPOSES), CHANNELS)
def test_to_know_more_of_where_somebody_is_never_adds_a_country_that_grants(part, purpose, channel):
    granted, _ = seen(part, purpose, channel)

    nowhere, _ = seen(Part(), purpose, channel)
    assert not nowhere
    if granted:
        assert seen(Part(location=Stamped("US", NOON)), purpose, channel)[0]
