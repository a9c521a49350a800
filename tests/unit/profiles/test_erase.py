"""A person who is erased is gone, wherever they were, and does not come back, whatever is still on its way."""

import hashlib
import io
import json
import time
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from segue.decisions.decision import SendRecord, SendState
from segue.decisions.ports import Step
from segue.events.event import Event
from segue.events.identifier import Identifier
from segue.events.identity import Identity
from segue.events.plan import Violation
from segue.events.rejected import Rejected
from segue.events.vouching import FREE
from segue.memory.sends import MemorySends
from segue.messages.inbox import Card
from segue.profiles.erase import Indiscreet, prints
from segue.profiles.erased import is_erased, screened
from segue.profiles.export import export
from segue.profiles.head import Versioned
from segue.profiles.identity import anonymous_profile_id, profile_id_of, user_profile_id
from segue.profiles.mentioned import MOST_PEOPLE, mentioned
from segue.profiles.ports import Change
from segue.profiles.profile import Profile
from segue.profiles.runs import Runs
from tests.builders import NOON, a_request, a_run, an_event
from tests.unit.profiles.erasing import HOUR, Company

ADA, VISITOR = user_profile_id("ada-lovelace"), anonymous_profile_id("visitor-7")
EMAIL = "ada@example.com"
HASHED = hashlib.sha256(EMAIL.encode()).hexdigest()
PHONE = Identifier("phone", "+14155550123")
ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text() | some.emails(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from(["id", "userId", "x"]), inner),
    max_leaves=8,
)
PAGE = an_event("Page Viewed", anonymous_id="visitor-7")
INTRODUCED = an_event(
    "Identified", at=NOON + HOUR, user_id="ada-lovelace", anonymous_id="visitor-7", traits={"email": EMAIL}
)
ORDER = an_event(at=NOON + 2 * HOUR, user_id="ada-lovelace")
HERS = (PAGE, INTRODUCED, ORDER)


def a_rejected(payload, id_="r-1") -> Rejected:
    return Rejected(id=id_, source="web", received_at=NOON, violations=(Violation("x", "is wrong"),), payload=payload)


@pytest.fixture
def company() -> Company:
    """Ada, who has left a trace of each kind; and Bob, of whom nothing may be lost."""
    company = Company()
    company.happen(*HERS, an_event(user_id="bob"))
    company.profiles.keep_runs(ADA, Versioned(Runs(runs={"thanks-1": a_run()})))
    sends = MemorySends(company.profiles.rows)
    for number, state in enumerate((SendState.DEFERRED, SendState.SENT)):
        record = SendRecord(request=a_request(f"send-{number}", profile_id=ADA), state=state)
        sends.take(Step(record=record, was=None, attempt=0, holder=ADA, wake=NOON + HOUR))
    company.inbox.put(VISITOR, Card(send_id="s", sent_at=NOON, title="Hello ada-lovelace", body=""))
    theirs = [{"userId": "ada-lovelace"}, {"excerpt": f'{{"email":"{EMAIL}"'}, {"properties": {"to": [EMAIL]}}]
    company.rejections.keep(a_rejected(payload, f"r-{number}") for number, payload in enumerate(theirs))
    company.rejections.keep([a_rejected({"userId": "bob"}, "bob's")])
    company.exports.put(ADA, "1", io.BytesIO(EMAIL.encode()))
    return company


def test_nothing_is_left_of_an_erased_person_anywhere(company):
    company.erase(ADA)
    company.work_off()

    left = company.everything()
    assert not [word for word in ("ada-lovelace", "visitor-7", EMAIL) if word in left]
    assert company.profiles.head(VISITOR).profile.value.erased


@pytest.mark.parametrize("stops", [False, True])
def test_nothing_is_left_of_a_person_with_more_devices_than_a_profile_has(company, stops):
    """Five of them are hers; the others remember her all the same, and nothing else is known of most of them."""
    times = [NOON + HOUR + timedelta(seconds=number) for number in range(8)]
    company.happen(
        *(
            an_event(
                "Signed In", at=at, user_id="ada-lovelace", anonymous_id=f"device-{number}", message_id=f"d{number}"
            )
            for number, at in enumerate(times)
        ),
        an_event("Page Viewed", anonymous_id="device-7", message_id="alone"),
    )

    company.erase(ADA)
    company.work_off(enough=lambda: stops)

    left = company.everything()
    places = [ADA, VISITOR]
    seen = [row.value.seen for _, key, row in company.profiles.rows.everything() if key == "HEAD#PROFILE"]
    assert not [number for number in range(7) if f"device-{number}" in left]
    assert not [each for each in seen if not each.keys().isdisjoint(places)]
    nobodys = company.profiles.profile(anonymous_profile_id("device-7")).value
    assert nobodys.whole.events["Page Viewed"].count == 1


def test_the_receipt_tells_what_was_deleted_and_nothing_of_the_person(company):
    begun = company.erase(ADA)
    company.work_off()

    receipt = company.erasures.find(begun.receipt_id).value
    assert receipt.work is None
    assert receipt.receipt() | {"completed_at": None} == {
        "receipt_id": begun.receipt_id,
        "state": "complete",
        "asked_at": NOON.isoformat(),
        "asked_by": "arn:aws:iam::1:user/op",
        "reason": "asked by letter",
        "completed_at": None,
        "deleted": {
            "decisions": 1,
            "deferred sends": 1,
            "exports": 1,
            "identifiers": 2,
            "inbox cards": 1,
            "rejected events": 3,
            "runs": 1,
            "timeline rows": 6,
        },
    }


def test_an_export_tells_the_rejected_events_that_an_erasure_would_delete(company):
    head = company.profiles.head(VISITOR)

    pieces = export(head, records=company.records, refusals=company.refusals, now=NOON)

    rejected = json.loads("".join(pieces))["rejected"]
    assert [each["id"] for each in rejected] == ["r-0", "r-1", "r-2"]
    assert rejected[0]["payload"] == {"userId": "ada-lovelace"}
    assert rejected[0]["violations"][0]["message"] == "is wrong"


def test_others_keep_what_is_theirs(company):
    company.erase(ADA)
    company.work_off()

    assert company.profiles.head(user_profile_id("bob")).profile.value.whole.events["Order Completed"].count == 1
    assert [each.id for each in company.rejections.on(NOON.date())] == ["bob's"]


@pytest.mark.parametrize("portions", [False, True])
def test_their_runs_are_stopped_at_the_start_of_each_round(company, portions):
    company.happen(*(an_event(at=NOON + timedelta(days=n), user_id="ada-lovelace") for n in range(40)))
    receipt_id = company.erase(ADA).receipt_id
    rounds = {1}

    while company.errands.asked:
        company.now += company.errands.asked.pop(0)[1]
        work = company.go_on(receipt_id, enough=lambda: portions).work
        rounds |= {work.round} if work else set()

    assert company.stopped.runs == ["thanks/thanks-1"] * len(rounds)


@settings(deadline=None)
@given(order=some.permutations(HERS), cut=some.integers(0, 3), rounds=some.integers(0, 6))
def test_events_in_flight_and_later_imports_bring_nobody_back(order, cut, rounds):
    company = Company()
    company.happen(*HERS)
    company.erase(VISITOR)

    dropped = company.happen(*order[:cut]).erased if cut else 0
    for _ in range(rounds):
        if company.errands.asked:
            receipt_id, after = company.errands.asked.pop(0)
            company.now += after
            company.go_on(receipt_id)
    company.work_off()
    dropped += company.happen(*order).erased

    assert dropped == cut + 3
    assert "EVENT#" not in company.everything()
    assert EMAIL not in company.everything()


def test_whoever_has_read_the_person_before_cannot_write_any_more(company):
    profile, runs = company.profiles.profile(ADA), company.profiles.runs(ADA)
    ledger = company.profiles.ledger(ADA)
    company.erase(ADA)

    for change in (
        Change(entries=(), profiles={ADA: profile}),
        Change(entries=(), runs={ADA: runs}),
        Change(entries=(), ledgers={ADA: ledger}),
    ):
        with pytest.raises(Exception, match="rows have another version"):
            company.profiles.commit(change)


def test_what_lands_while_it_settles_is_found_by_the_next_round(company):
    receipt_id = company.erase(ADA).receipt_id
    company.go_on(receipt_id)
    company.inbox.put(ADA, Card(send_id="late", sent_at=NOON, title=EMAIL, body=""))

    early = company.go_on(receipt_id)
    company.work_off()

    assert early.completed_at is None
    assert EMAIL not in company.everything()
    assert company.erasures.find(receipt_id).value.deleted["inbox cards"] == 2


def test_an_erasure_that_is_cut_off_all_the_time_comes_to_its_end(company):
    company.happen(*(an_event(at=NOON + timedelta(days=n), user_id="ada-lovelace") for n in range(40)))
    receipt_id = company.erase(ADA).receipt_id

    company.work_off(enough=lambda: True)

    assert company.erasures.find(receipt_id).value.completed_at
    assert EMAIL not in company.everything()


def test_asking_twice_is_asking_once(company):
    first, second = company.erase(ADA), company.erase(VISITOR)
    company.work_off()

    third = company.erase(ADA)

    assert first.receipt_id == second.receipt_id == third.receipt_id
    assert third.completed_at
    assert company.errands.asked == []


def test_somebody_linked_between_the_reading_and_the_block_is_erased_too(company):
    class Hurried(type(company.profiles)):
        """Links another visitor just before the block."""

        def commit(self, change):
            if ADA in change.profiles and change.profiles[ADA].value.erased and not self.late:
                self.late = True
                company.happen(an_event("Signed In", user_id="ada-lovelace", anonymous_id="visitor-8"))
            super().commit(change)

    company.profiles.__class__ = Hurried
    company.profiles.late = False

    company.erase(ADA)
    company.work_off()

    assert company.profiles.profile(anonymous_profile_id("visitor-8")).value.erased
    assert "visitor-8" not in company.everything()


def test_nobody_is_erased_who_never_was(company):
    assert company.erase("u-nobody") is None


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (f"{EMAIL} wrote to us", "e-mail address"),
        ("ADA-LOVELACE asked", "user_id"),
        ("visitor-7 asked", "anonymous_id"),
        ("letter of lovelace, 3 March", "name"),
        ("called from +14155550123", "phone number"),
    ],
)
def test_a_reason_that_quotes_the_person_is_refused_and_it_is_said_what_it_quotes(company, reason, kind):
    known = {"lastName": "Lovelace", "phone": "+14155550123"}
    company.happen(an_event("Identified", user_id="ada-lovelace", traits=known, message_id="known"))

    with pytest.raises(Indiscreet, match=f"quotes the person's {kind},"):
        company.erase(ADA, reason)

    assert not company.profiles.head(ADA).profile.value.erased


@pytest.mark.parametrize("reason", ["asked by letter", "wants the free plan to end", "lovelaces asked", "visitor-77"])
def test_a_word_that_only_happens_to_be_known_of_the_person_is_no_quotation(company, reason):
    known = {"lastName": "Lovelace", "preferred": "letter", "plan": "free"}
    company.happen(an_event("Identified", user_id="ada-lovelace", traits=known, message_id="known"))

    assert company.erase(ADA, reason)


def test_a_blocked_identifier_is_known_by_its_print_after_a_key_was_rotated(company):
    receipt_id = company.erase(ADA).receipt_id

    assert company.erasures.blocked(prints(VISITOR, ("even newer", "newest"))) == receipt_id
    assert company.erasures.blocked(prints(user_profile_id("bob"), ("newest",))) is None


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
