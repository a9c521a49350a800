"""Whoever says no between the event and the message is not written to, however far the message has come."""

from datetime import timedelta

import pytest

from segue.decisions.answer import answer
from segue.decisions.asked import Asked
from segue.decisions.decision import SendState
from segue.decisions.reasons import Reason
from segue.profiles.absorb import absorb
from segue.profiles.head import Versioned
from segue.profiles.ports import Change
from tests.builders import NOON, a_profile, a_request, an_event
from tests.unit.decisions.desk import EVENING, MORNING, a_desk
from tests.unit.messages.post import a_post, delivered, replace_words, touches

MINUTE = timedelta(minutes=1)


def withdrawn(at):
    return an_event("Consent Withdrawn", at=at, properties={"purpose": "marketing"})


def happens(profiles, event) -> None:
    """Ada's own id is that of the builders, not the one that is made of her user id."""
    known = profiles.profile("u-ada")
    scratch = type(profiles)()
    absorb([event], profiles=scratch, notice=lambda _profile, _event: ())
    (said,) = [row.value for _, sort, row in scratch.rows.everything() if sort == "HEAD#PROFILE"]
    person = known.value.with_part("", known.value.whole.merge(said.whole))
    profiles.commit(Change(entries=(), profiles={"u-ada": Versioned(person, known.version)}))


def test_a_withdrawal_before_the_decision_drops_the_request():
    desk = a_desk()
    happens(desk.profiles, withdrawn(NOON - MINUTE))

    record = answer(Asked(request=a_request()), desk=desk, now=NOON)

    assert (record.state, record.reason) == (SendState.DROPPED, Reason.NO_CONSENT)
    [consent] = [check for check in record.decisions[-1].trace if check.name == "consent"]
    assert consent.saw == "marketing: withdrawn on 2026-03-10 (test)"


def test_a_withdrawal_while_the_message_is_deferred_drops_it_when_it_is_woken():
    desk = a_desk()
    answer(Asked(request=a_request(at=EVENING)), desk=desk, now=EVENING)
    happens(desk.profiles, withdrawn(EVENING + MINUTE))

    record = answer(Asked(request=a_request(at=EVENING), attempt=1), desk=desk, now=MORNING)

    assert (record.state, record.reason) == (SendState.DROPPED, Reason.NO_CONSENT)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (withdrawn(NOON), Reason.NO_CONSENT),
        (an_event("Unsubscribed", properties={"channel": "all"}), Reason.UNSUBSCRIBED),
        (an_event("Do Not Disturb Set"), Reason.DO_NOT_DISTURB),
    ],
)
def test_a_no_after_the_decision_is_seen_just_before_the_message_goes(event, reason):
    post, record = a_post()
    happens(post.profiles, event)

    ended = delivered(post, record, NOON + MINUTE)

    assert (ended.state, ended.reason) == (SendState.DROPPED, reason)
    assert (post.mailer.sent, touches(post)) == ([], [])


def test_a_switch_with_an_end_that_is_set_after_the_decision_puts_the_message_off():
    post, record = a_post()
    happens(post.profiles, an_event("Do Not Disturb Set", properties={"until": "2026-03-11T10:00:00Z"}))

    put_off = delivered(post, record, NOON + MINUTE)

    assert (put_off.state, put_off.decisions[-1].reason) == (SendState.DEFERRED, Reason.DO_NOT_DISTURB)
    assert put_off.due == NOON + timedelta(hours=21)
    assert (post.mailer.sent, touches(post)) == ([], [])


def test_what_must_be_sent_all_the_same_is_not_put_off():
    profile, words = a_profile(subscriptions={"all": False}), replace_words(html="Paid")
    post, record = a_post(profile=profile, template=words, category="transactional", purpose="service")
    happens(post.profiles, an_event("Do Not Disturb Set"))

    assert delivered(post, record, NOON + MINUTE).state is SendState.SENT
