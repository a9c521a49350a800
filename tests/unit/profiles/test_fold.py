"""What one event says of a person."""

import zoneinfo
from datetime import timedelta
from importlib.resources import files

import pytest

from segue.profiles.fold import fold
from segue.profiles.profile import Counted, Part, Permission, Stamped
from tests.builders import NOON, an_event

LATER = NOON + timedelta(hours=1)


def folded(*events) -> Part:
    part = Part()
    for event in events:
        part = fold(part, event)
    return part


def said(part: Part) -> dict[str, tuple]:
    return {purpose: (str(consents.latest.said), consents.at) for purpose, consents in part.consents.items()}


def test_identify_sets_traits_and_each_keeps_when_it_was_said():
    part = folded(an_event("Identified", traits={"plan": "gold"}), an_event("Identified", at=LATER, traits={"age": 7}))

    assert part.traits == {"plan": Stamped("gold", NOON), "age": Stamped(7, LATER)}


def test_the_later_trait_holds_whichever_comes_first():
    early, late = an_event("Identified", traits={"plan": 1}), an_event("Identified", at=LATER, traits={"plan": 2})

    assert folded(late, early).traits["plan"].value == folded(early, late).traits["plan"].value == 2


def test_context_traits_are_the_person_s_on_any_call():
    part = folded(an_event(context={"traits": {"plan": "gold"}}, properties={"not": "a trait"}))

    assert part.traits == {"plan": Stamped("gold", NOON)}


def test_a_group_s_traits_are_not_the_person_s():
    assert folded(an_event("Grouped", traits={"industry": "music"})).traits == {}


def test_events_are_counted_by_name_with_first_and_last():
    part = folded(an_event(at=LATER), an_event(), an_event("Page Viewed"))

    assert part.events == {"Order Completed": Counted(2, NOON, LATER), "Page Viewed": Counted(1, NOON, NOON)}


def test_consent_is_said_by_the_context_of_any_call():
    part = folded(an_event(context={"consent": {"categoryPreferences": {" Marketing": True, "ads": False, "x": "?"}}}))

    assert said(part) == {"marketing": ("granted", NOON), "ads": ("denied", NOON)}


@pytest.mark.parametrize("name", ["Segment Consent Preference Updated", "Consent Preference Updated"])
def test_a_consent_event_may_say_it_in_its_properties(name):
    part = folded(an_event(name, properties={"categoryPreferences": {"marketing": False}}))

    assert said(part) == {"marketing": ("denied", NOON)}


def test_of_two_consents_at_once_the_refusal_holds():
    yes, no = (an_event(context={"consent": {"categoryPreferences": {"ads": on}}}) for on in (True, False))

    assert folded(yes, no).consents["ads"].granted is folded(no, yes).consents["ads"].granted is False


@pytest.mark.parametrize(
    ("properties", "key"),
    [
        ({}, "email"),
        ({"channel": "sms"}, "sms"),
        ({"channel": "email", "topic": "offers"}, "email/offers"),
        ({"channel": 7, "topic": ""}, "email"),
    ],
)
def test_unsubscribing_is_from_a_channel_or_a_topic_of_it(properties, key):
    part = folded(an_event("Unsubscribed", properties=properties))

    assert part.subscriptions == {key: Permission(False, NOON)}


def test_whoever_subscribes_again_later_is_subscribed():
    part = folded(an_event("Subscribed", at=LATER), an_event("Unsubscribed"))

    assert part.subscriptions == {"email": Permission(True, LATER)}


@pytest.mark.parametrize("name", ["Email Bounced", "Email Marked as Spam"])
def test_bounces_and_complaints_suppress_the_channel_since_the_first(name):
    assert folded(an_event(name, at=LATER), an_event(name)).suppressions == {"email": NOON}


@pytest.mark.parametrize("kind", ["Soft", "transient"])
def test_a_bounce_that_passes_suppresses_nothing(kind):
    assert folded(an_event("Email Bounced", properties={"bounce_type": kind})).suppressions == {}


def test_an_event_name_in_another_kind_of_call_is_just_a_name():
    assert folded(an_event("Unsubscribed", type="page")).subscriptions == {}


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_is_taken_from_context_or_traits(name):
    assert folded(an_event(context={"timezone": name})).time_zone == Stamped(name, NOON)
    assert folded(an_event("Identified", traits={"timezone": name})).time_zone == Stamped(name, NOON)


@pytest.mark.parametrize(
    "name",
    ["Berlin", "", "../etc/passwd", "/etc/localtime", "America", "localtime", "GMT+25", "a" * 500, "\0", 7, None],
)
def test_what_is_not_an_iana_zone_is_not_taken(name):
    assert folded(an_event(context={"timezone": name})).time_zone is None


def test_odd_shapes_in_the_context_say_nothing():
    for odd in ("text", 7, None, [1], {"categoryPreferences": "all"}):
        assert folded(an_event(context={"traits": odd, "consent": odd})).consents == {}


def test_folding_changes_nothing_in_place():
    part = folded(an_event("Identified", traits={"plan": 1}))

    fold(part, an_event("Identified", at=LATER, traits={"plan": 2}))

    assert part == folded(an_event("Identified", traits={"plan": 1}))


def test_a_zone_that_only_this_machine_knows_is_not_taken(tmp_path):
    with files("tzdata").joinpath("zoneinfo", "UTC").open("rb") as zone:
        (tmp_path / "Lunar").write_bytes(zone.read())
    zoneinfo.reset_tzpath(to=[tmp_path])
    try:
        assert zoneinfo.ZoneInfo("Lunar")
        assert folded(an_event(context={"timezone": "Lunar"})).time_zone is None
    finally:
        zoneinfo.reset_tzpath()
