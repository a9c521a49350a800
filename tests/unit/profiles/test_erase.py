"""A person who is erased is gone, wherever they were, and does not come back, whatever is still on its way."""

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from segue.messages.inbox import Card
from segue.profiles.erase import Indiscreet, prints
from segue.profiles.export import export
from segue.profiles.identity import anonymous_profile_id, user_profile_id
from segue.profiles.ports import Change
from tests.builders import NOON, an_event
from tests.unit.profiles.erasing import ADA, EMAIL, HERS, HOUR, VISITOR, Company


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
