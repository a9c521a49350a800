"""A decision is told in a sentence that needs no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from segue.decisions import words
from segue.decisions.decide import decide
from segue.decisions.decision import SendRecord, SendState
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.words import sentence
from tests.builders import NOON, a_head, a_ledger, a_profile, a_request, a_touch

BERLIN, HOUR = ZoneInfo("Europe/Berlin"), timedelta(hours=1)
EVENING = datetime(2026, 3, 10, 19, 30, tzinfo=UTC)


def told(request=None, *, head=None, now=NOON, **policy) -> str:
    return sentence(decide(request or a_request(at=now), head or a_head(), Policy.model_validate(policy), now), BERLIN)


def test_everything_that_holds_it_is_told_with_the_time_where_the_person_is():
    ledger = a_ledger(*(a_touch(EVENING - hours * HOUR, send_id=str(hours)) for hours in (4, 1)))

    assert told(head=a_head(ledger=ledger), now=EVENING) == (
        "Deferred to Wed 2026-03-11 16:30 in Europe/Berlin: "
        "hours: 20:30 in Europe/Berlin; hours are 09:00-20:00, free from Wed 09:00; "
        "email cap: 2 of 2 in 1d, free from Wed 16:30."
    )


def test_a_moment_a_week_ahead_or_more_is_told_with_its_date():
    request, channels = a_request(expires_at=NOON + 30 * 24 * HOUR), {"email": {"cap": {"limit": 1, "per": "month"}}}

    month = told(request, head=a_head(ledger=a_ledger(a_touch(NOON - HOUR))), channels=channels)
    days = told(
        head=a_head(ledger=a_ledger(a_touch(NOON - HOUR))), channels={"email": {"cap": {"limit": 1, "per": "7d"}}}
    )

    assert "1 of 1 this month, free from Wed 2026-04-01 00:00" in month
    assert "1 of 1 in 7d, free from Tue 2026-03-17 13:00" in days


def test_why_it_never_goes():
    assert told(head=a_head(profile=a_profile(suppressed=["email"]))).startswith(
        "Dropped: the address bounced, or the person complained (suppression: suppressed since "
    )


def test_that_it_goes_and_how():
    assert told() == "To be sent by email: every check passed."
    assert told(a_request(fallbacks=("in_app",), at=EVENING), now=EVENING) == (
        "To be sent by in_app, since it cannot go now by email (hours: 20:30 in Europe/Berlin; hours are 09:00-20:00)."
    )


def test_of_what_is_refused_for_good_nothing_else_is_told():
    refused = a_head(profile=a_profile(subscriptions={"email": False}, traits={"email": "a@example.com"}))
    either = a_request(channels=("email", "in_app"), at=EVENING)

    assert told(head=refused, now=EVENING).endswith("(subscription: unsubscribed from email on 2026-02-08).")
    assert told(either, head=refused, now=EVENING, channels={"in_app": {"window": "09:00-12:00"}}) == (
        "Deferred to Wed 2026-03-11 09:00 in Europe/Berlin: "
        "email, subscription: unsubscribed from email on 2026-02-08; "
        "in_app, hours: 20:30 in Europe/Berlin; hours are 09:00-12:00, free from Wed 09:00."
    )
    assert told(a_request(channels=("email", "in_app"), expires_at=NOON), now=EVENING).endswith(
        "(expiry: expires at 2026-03-10 13:00 UTC)."
    )


def become(state: SendState, reason: Reason, **said) -> str | None:
    """Of a message that was to be sent at noon, in the end."""
    decision = decide(a_request(), a_head(), Policy(), NOON)
    record = SendRecord(request=a_request(), state=SendState.SENDING, decisions=(decision,))
    return words.told(replace(record.finish(state, reason, NOON + HOUR), **said), BERLIN)


def test_of_what_has_ended_the_end_is_told_and_not_the_decision_before_it():
    moment = "Tue 2026-03-10 15:00 in Europe/Berlin"

    assert become(SendState.SENT, Reason.ALLOWED) == f"Sent by email on {moment}."
    assert become(SendState.SENT, Reason.ALLOWED, repeated=True) == (
        f"Sent by email on {moment}, called twice because the first answer was lost."
    )
    assert become(SendState.FAILED, Reason.RENDER_FAILED, detail="html: 'run' is undefined") == (
        f"Failed on {moment}: the template could not be rendered for this person (html: 'run' is undefined)."
    )
    assert become(SendState.DROPPED, Reason.CANCELLED) == (
        f"Dropped on {moment}: whoever asked for the message, or the person it was for, no longer wants it."
    )


def test_until_its_end_the_last_answer_is_told_and_a_drop_with_what_stood_in_the_way():
    refused = a_head(profile=a_profile(suppressed=["email"]))
    drop = decide(a_request(), refused, Policy(), NOON)
    accepted = SendRecord(request=a_request(), state=SendState.DEFERRED)
    late = decide(a_request(at=EVENING), a_head(), Policy(), EVENING)

    assert words.told(accepted, BERLIN) is None
    assert words.told(accepted.decided(late), BERLIN) == sentence(late, BERLIN)
    dropped = accepted.decided(drop).finish(SendState.DROPPED, drop.reason, NOON)
    assert words.told(dropped, BERLIN) == sentence(drop, BERLIN)
