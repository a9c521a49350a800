"""What still comes of an erased person is dropped; what comes of others, whatever they shared with them, is kept."""

import hashlib
import time
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from segue.events.event import Event
from segue.events.identifier import Identifier
from segue.events.identity import Identity
from segue.events.vouching import FREE
from segue.profiles.erased import is_erased, screened
from segue.profiles.identity import profile_id_of, user_profile_id
from segue.profiles.mentioned import MOST_PEOPLE, mentioned
from segue.profiles.ports import Change
from segue.profiles.profile import Profile
from tests.builders import NOON, an_event
from tests.unit.profiles.erasing import (
    ADA,
    ANYTHING,
    EMAIL,
    HASHED,
    INTRODUCED,
    ORDER,
    PHONE,
    VISITOR,
    Company,
    a_rejected,
)


def test_somebody_else_on_a_device_that_was_shared_keeps_their_events_without_it(company):
    company.erase(ADA)
    company.work_off()

    absorbed = company.happen(an_event("Page Viewed", user_id="bob", anonymous_id="visitor-7", message_id="m"))

    assert (absorbed.applied, absorbed.erased) == (1, 0)
    assert "visitor-7" not in company.everything()


@pytest.mark.parametrize("namespace", sorted(FREE))
def test_whoever_shared_a_device_of_whatever_kind_goes_on_without_it(namespace):
    device = Identifier(namespace, "TABLET-77")
    context = {"device": {"type": "ios", "id": "TABLET-77", "model": "iPad"}, "externalIds": [{"id": "TABLET-77"}]}

    def on_it(user: str, name: str, **said) -> Event:
        event = an_event(name, user_id=user, message_id=f"{user}-{name}", **said)
        return replace(event, identifiers=(Identifier("user_id", user), device))

    company = Company()
    company.happen(on_it("ada-lovelace", "Signed In"), an_event(user_id="bob"))
    company.erase(ADA)
    company.work_off()

    absorbed = company.happen(on_it("bob", "Product Viewed", context=context, properties={"tablet": " TABLET-77"}))

    assert (absorbed.applied, absorbed.erased) == (1, 0)
    assert "TABLET-77" not in company.everything()
    viewed = company.profiles.head(user_profile_id("bob")).profile.value.whole.events["Product Viewed"]
    assert viewed.count == 1


def test_a_device_kept_by_its_hash_is_taken_out_of_what_the_event_says():
    hashed = Identifier("ios.id", hashlib.sha256(b"TABLET-77").hexdigest())
    event = an_event(user_id="bob", context={"device": {"id": "TABLET-77"}, "page": {"path": "/"}})
    event = replace(event, identifiers=(Identifier("user_id", "bob"), hashed))

    class People:
        def __getitem__(self, profile_id: str) -> Profile:
            return Profile(profile_id=profile_id, erased="r-1" if profile_id == profile_id_of(hashed) else None)

    kept = screened(event, People())

    assert (kept.context, kept.who) == ({"device": {}, "page": {"path": "/"}}, (Identifier("user_id", "bob"),))


def test_an_address_whose_owner_is_marked_is_gone_though_it_has_no_mark_yet(company):
    """The root is marked first."""
    company.happen(replace(INTRODUCED, message_id="m", identifiers=(*INTRODUCED.who, PHONE)))
    bringing = replace(an_event(user_id="new"), identifiers=(Identifier("user_id", "new"), PHONE))
    marked = company.profiles.profile(ADA)
    company.profiles.commit(
        Change(entries=(), profiles={ADA: replace(marked, value=Profile(profile_id=ADA, erased="r-1"))})
    )

    assert company.happen(bringing).erased == 1


def test_a_whole_person_is_marked_in_one_change(company):
    class Watched(type(company.profiles)):
        def commit(self, change):
            marked = [place for place, each in change.profiles.items() if each.value.erased]
            self.marked += [marked] if marked else []
            super().commit(change)

    company.profiles.__class__ = Watched
    company.profiles.marked = []

    company.erase(ADA)

    assert company.profiles.marked == [[ADA, VISITOR]]


def test_a_person_with_more_identifiers_than_fit_into_one_change_is_marked_all_the_same(company):
    numbered = [Identifier(f"loyalty-{number}", "x-loyal") for number in range(38)]
    for some_of in (numbered[:19], numbered[19:]):
        company.happen(
            replace(INTRODUCED, message_id=some_of[0].namespace, identifiers=(INTRODUCED.who[0], *some_of)),
        )
    assert len(company.profiles.profile(ADA).value.places) == 40

    company.erase(ADA)
    company.work_off()

    assert all(company.profiles.profile(profile_id_of(each)).value.erased for each in numbered)
    assert "x-loyal" not in company.everything()


def test_an_erased_address_under_a_new_id_is_dropped():
    email = Identifier("email", EMAIL)
    event = replace(ORDER, user_id="new", identifiers=(Identifier("user_id", "new"), email))

    def people(erased: bool):
        class People:
            def __getitem__(self, profile_id: str) -> Profile:
                gone = "r-1" if erased and profile_id.startswith("i-") else None
                return Profile(profile_id=profile_id, erased=gone)

        return People()

    assert screened(event, people(erased=True)) is None
    assert screened(event, people(erased=False)) == event


def test_an_erased_address_that_somebody_else_still_remembers_is_dropped_too(company):
    """It was said with Bob too, but was Ada's: a profile has one user id."""
    phone = Identifier("phone", "+49301234567")

    def calling(user: str, at: datetime, message_id: str) -> Event:
        event = an_event("Call Ended", at=at, user_id=user, message_id=message_id)
        return replace(event, identifiers=(Identifier("user_id", user), phone))

    company.happen(calling("ada-lovelace", NOON, "1"))
    company.happen(calling("bob", NOON + timedelta(hours=1), "2"))
    company.erase(ADA)
    company.work_off()

    for when in (timedelta(hours=-1), timedelta(hours=2)):
        assert company.happen(calling("bob", NOON + when, str(when))).erased == 1
    assert company.profiles.profile(profile_id_of(phone)).value.identifier is None


@pytest.mark.parametrize(
    ("payload", "erased"),
    [
        ({"anonymousId": "visitor-7"}, True),
        ({"userId": "ada-lovelace", "anonymousId": 7}, True),
        ({"userId": "bob", "context": {"traits": None}}, False),
        ({"userId": ["ada-lovelace"], "context": "x", "traits": 3}, False),
        ("ada-lovelace", False),
    ],
)
def test_a_rejected_event_of_an_erased_person_is_not_kept(company, payload, erased):
    company.erase(ADA)

    assert is_erased(a_rejected(payload), company.profiles, Identity()) is erased


@pytest.mark.parametrize(
    ("payload", "erased"),
    [
        ({"detail": {"mail": {"destination": [EMAIL], "tags": {"profile_id": ["u-nobody"]}}}}, True),
        ({"detail": {"mail": {"tags": {"profile_id": [ADA]}}}}, True),
        ({"detail": {"customer": {"id": "ada-lovelace"}}}, True),
        ({"detail": {"customerId": "visitor-7"}}, True),
        ({"excerpt": f'{{"email":"{EMAIL}", "na'}, True),
        ({"detail": {"to": f"Ada Lovelace <{EMAIL.upper()}>"}}, True),
        ({"detail": {"to": ["bob@example.com"]}}, False),
        ({"detail": {"paid": "ada-lovelace", "customer": {"phone": "+1 212 555 2368"}}}, False),
        ({"detail": {"note": "ada-lovelace wrote", "amount": 4155550123, "at": "2026-03-10T12:00:00Z"}}, False),
    ],
)
def test_another_systems_event_that_mentions_an_erased_person_is_not_kept(company, payload, erased):
    company.happen(replace(INTRODUCED, message_id="m", identifiers=(*INTRODUCED.who, Identifier("email", HASHED))))
    company.erase(ADA)

    assert is_erased(replace(a_rejected(payload), kind="bus event"), company.profiles, Identity()) is erased


def test_a_phone_number_is_known_however_it_is_written(company):
    company.happen(replace(INTRODUCED, message_id="m", identifiers=(*INTRODUCED.who, PHONE)))
    company.erase(ADA)

    for text in ("+1 (415) 555-0123", "call +14155550123 now"):
        assert is_erased(a_rejected({"properties": {"x": text}}), company.profiles, Identity()), text


@pytest.mark.parametrize(
    "text", ["a" * 100_000 + "@", "a@" * 50_000, "1 234 567 8901 " * 7_000, "1" * 100_000, "1 " * 50_000]
)
def test_a_text_that_is_made_to_waste_time_is_read_in_little(text):
    before = time.process_time()

    mentioned(a_rejected({"excerpt": text}), Identity(default_region="US"))

    assert time.process_time() - before < 1


@given(payload=ANYTHING, kind=some.sampled_from(["call", "bus event"]))
@settings(max_examples=100, deadline=None)
def test_whatever_was_rejected_few_people_are_looked_for_in_it(payload, kind):
    many = [f"{number}@example.com" for number in range(200)]

    assert len(mentioned(replace(a_rejected([payload, many]), kind=kind), Identity())) == MOST_PEOPLE
