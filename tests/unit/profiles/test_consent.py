"""What people say of consent is kept the same in whatever order it comes, and says when, how and under what law."""

from datetime import timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.aws.table import decode, encode
from segue.profiles.consent import MOST_KEPT, Consent, Consents, Said, statements
from segue.profiles.fold import fold, fold_consent
from segue.profiles.profile import Part
from tests.builders import NOON, an_event

HOUR = timedelta(hours=1)


def folded(*events) -> Part:
    return reduce(fold, events, Part())


def stamp(on: bool, *, at=NOON, name="marketing", **given):
    return an_event("Page Viewed", at=at, context={"consent": {"categoryPreferences": {name: on}, **given}})


def chosen(name="Consent Given", *, at=NOON, purpose="marketing", **given):
    return an_event(name, at=at, properties={"purpose": purpose, **given})


def test_a_consent_event_says_who_asked_where_with_which_words_and_under_which_law():
    event = chosen(text_version=3, region="DE", source="/checkout", method="checkbox")

    consent = folded(event).consents["marketing"].latest

    assert consent == Consent(
        said=Said.GRANTED, at=NOON, source="test", message_id=event.message_id,
        page="/checkout", text_version="3", region="DE", method="checkbox",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "said"),
    [("Consent Given", "granted"), ("Consent Denied", "denied"), ("Consent Withdrawn", "withdrawn")],
)
def test_a_purpose_is_granted_denied_or_withdrawn(name, said):
    assert folded(chosen(name, purpose=" Marketing ")).consents["marketing"].latest.said == said


@pytest.mark.parametrize("purpose", [None, "", "  ", ["marketing"], True])
def test_a_consent_event_without_a_purpose_says_nothing(purpose):
    assert folded(chosen(purpose=purpose)).consents == {}


def test_a_consent_event_of_another_kind_of_call_is_just_a_name():
    assert statements(an_event("Consent Given", type="page", properties={"purpose": "ads"})) == {}


def test_the_page_of_the_context_tells_where_the_person_was_asked():
    event = an_event("Consent Given", properties={"purpose": "ads"}, context={"page": {"path": "/privacy"}})

    assert folded(event).consents["ads"].latest.page == "/privacy"


def test_two_spellings_of_a_category_that_disagree_are_a_no():
    event = an_event(context={"consent": {"categoryPreferences": {"Ads": False, " ads": True}}})

    assert not folded(event).consents["ads"].granted


def test_the_latest_decides_and_what_was_said_before_is_remembered():
    part = folded(chosen(), chosen("Consent Withdrawn", at=NOON + 2 * HOUR), chosen("Consent Denied", at=NOON + HOUR))

    assert [consent.said for consent in part.consents["marketing"].history] == ["withdrawn", "denied", "granted"]


def test_what_is_stamped_on_every_event_is_one_statement_and_leaves_room_for_the_rest():
    stamps = [stamp(True, at=NOON + timedelta(minutes=minute)) for minute in range(1, 50)]

    history = folded(chosen("Consent Denied"), *stamps).consents["marketing"].history

    assert [(consent.said, consent.at) for consent in history] == [
        ("granted", NOON + timedelta(minutes=49)),
        ("denied", NOON),
    ]


def test_of_many_the_newest_are_kept():
    events = [chosen(at=NOON + hour * HOUR) for hour in range(MOST_KEPT + 5)]

    history = folded(*reversed(events)).consents["marketing"].history

    assert [consent.at for consent in history] == [NOON + hour * HOUR for hour in range(MOST_KEPT + 4, 4, -1)]


def test_what_was_said_by_a_moment_is_told():
    consents = folded(chosen(), chosen("Consent Withdrawn", at=NOON + HOUR)).consents["marketing"]

    assert consents.as_of(NOON - HOUR) is None
    assert consents.as_of(NOON).granted
    assert not consents.as_of(NOON + HOUR).granted


@pytest.mark.parametrize("context", [{"consent": {"gpc": True}}, {"privacy": {"gpc": True}}])
def test_global_privacy_control_is_known_since_it_was_first_seen(context):
    first, later = an_event(context=context), an_event(at=NOON + HOUR, context=context)

    assert folded(later, first).opted_out == folded(first, later).opted_out == NOON


@pytest.mark.parametrize("odd", [{"privacy": {"gpc": "1"}}, {"privacy": {"gpc": False}}, {"privacy": True}, {}])
def test_what_is_not_the_signal_is_none(odd):
    assert folded(an_event(context=odd)).opted_out is None


def test_a_history_is_kept_as_it_is():
    part = folded(chosen(text_version="3", region="CA-QC"), stamp(False, at=NOON + HOUR))

    assert decode(Part, encode(Part, part)) == part


STATEMENT = st.builds(
    Consent,
    said=st.sampled_from(Said),
    at=st.integers(0, 6).map(lambda hours: NOON + hours * HOUR),
    source=st.sampled_from(["web", "app"]),
    message_id=st.sampled_from(["", "", "m-1", "m-2", "m-3"]),
    text_version=st.sampled_from([None, "1", "2"]),
)
HISTORY = st.lists(STATEMENT, min_size=1, max_size=30).map(
    lambda said: reduce(Consents.merge, [Consents((consent,)) for consent in said])
)


@given(HISTORY, HISTORY, HISTORY)
def test_histories_merge_to_the_same_in_any_order_and_however_often(one, other, third):
    assert one.merge(other) == other.merge(one)
    assert one.merge(other).merge(third) == one.merge(other.merge(third))
    assert one.merge(one) == one
    assert len(one.merge(other).history) <= MOST_KEPT


@given(HISTORY, HISTORY)
def test_in_doubt_the_more_restrictive_holds_across_a_merge(one, other):
    merged = one.merge(other)

    assert merged.at == max(one.at, other.at)
    if one.at == other.at:
        assert merged.granted is (one.granted and other.granted)


EVENTS = st.lists(
    st.one_of(
        st.builds(stamp, st.booleans(), at=st.integers(0, 9).map(lambda hour: NOON + hour * HOUR)),
        st.builds(
            chosen,
            st.sampled_from(["Consent Given", "Consent Denied", "Consent Withdrawn"]),
            at=st.integers(0, 9).map(lambda hour: NOON + hour * HOUR),
        ),
        st.builds(
            lambda name, hour, until: an_event(name, at=NOON + hour * HOUR, properties={"until": until}),
            st.sampled_from(["Do Not Disturb Set", "Do Not Disturb Cleared"]),
            st.integers(0, 4),
            st.sampled_from([None, "2026-03-11", "2026-04-01T00:00:00Z", "soon"]),
        ),
        st.builds(
            lambda hour, country: an_event(at=NOON + hour * HOUR, context={"location": {"country": country}}),
            st.integers(0, 4),
            st.sampled_from(["Germany", "US", "Atlantis", 7]),
        ),
        st.builds(lambda hour: an_event(at=NOON + hour * HOUR, context={"privacy": {"gpc": True}}), st.integers(0, 4)),
    ),
    max_size=25,
)


@given(EVENTS, st.data())
def test_a_part_is_the_same_whatever_the_order_and_however_it_is_parted(events, data):
    shuffled = data.draw(st.permutations(events))
    cut = data.draw(st.integers(0, len(events)))

    assert folded(*shuffled) == folded(*events)
    assert folded(*shuffled[:cut]).merge(folded(*shuffled[cut:])) == folded(*events)


@given(EVENTS)
def test_of_an_event_that_is_not_kept_only_its_consent_is_however_often_it_comes(events):
    part = reduce(fold_consent, [*events, *events], Part())

    whole = folded(*events)
    assert part == Part(consents=whole.consents, opted_out=whole.opted_out)
