"""A decision is told in a sentence that needs no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from segue.decisions import words
from segue.decisions.decide import decide
from segue.decisions.decision import Action, Check, Decision, SendRecord, SendState
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.words import sentence
from segue.duration import parse, spoken
from tests.builders import NOON, a_head, a_ledger, a_profile, a_request, a_touch

BERLIN, HOUR = ZoneInfo("Europe/Berlin"), timedelta(hours=1)
EVENING = datetime(2026, 3, 10, 19, 30, tzinfo=UTC)


def told(request=None, *, head=None, now=NOON, **policy) -> str:
    return sentence(decide(request or a_request(at=now), head or a_head(), Policy.model_validate(policy), now), BERLIN)


def test_everything_that_holds_it_is_told_with_the_time_where_the_person_is():
    ledger = a_ledger(*(a_touch(EVENING - hours * HOUR, send_id=str(hours)) for hours in (4, 1)))

    assert told(head=a_head(ledger=ledger), now=EVENING) == (
        "Deferred to Wed 2026-03-11 16:30 in Europe/Berlin: "
        "it is too early or too late (20:30 in Europe/Berlin; hours are 09:00-20:00) until Wed 09:00; "
        "the email cap is full (2 of 2 in 24 hours) until Wed 16:30."
    )


def test_a_moment_a_week_ahead_or_more_is_told_with_its_date():
    request, channels = a_request(expires_at=NOON + 30 * 24 * HOUR), {"email": {"cap": {"limit": 1, "per": "month"}}}

    month = told(request, head=a_head(ledger=a_ledger(a_touch(NOON - HOUR))), channels=channels)
    days = told(
        head=a_head(ledger=a_ledger(a_touch(NOON - HOUR))), channels={"email": {"cap": {"limit": 1, "per": "7d"}}}
    )

    assert "(1 of 1 this calendar month) until Wed 2026-04-01 00:00." in month
    assert "(1 of 1 in 7 days) until Tue 2026-03-17 13:00." in days


def test_why_it_never_goes():
    assert told(head=a_head(profile=a_profile(suppressed=["email"]))).startswith(
        "Dropped: the address bounced, or the person complained (since 2026-02-08: an "
    )


def test_that_it_goes_and_how():
    assert told() == "To be sent by email: every check passed."
    assert told(a_request(fallbacks=("in_app",), at=EVENING), now=EVENING) == (
        "To be sent by in_app, since it cannot go now by email: "
        "it is too early or too late (20:30 in Europe/Berlin; hours are 09:00-20:00)."
    )


def test_of_what_is_refused_for_good_nothing_else_is_told():
    refused = a_head(profile=a_profile(subscriptions={"email": False}, traits={"email": "a@example.com"}))
    either = a_request(channels=("email", "in_app"), at=EVENING)

    assert told(head=refused, now=EVENING).endswith("(unsubscribed from email on 2026-02-08).")
    assert told(either, head=refused, now=EVENING, channels={"in_app": {"window": "09:00-12:00"}}) == (
        "Deferred to Wed 2026-03-11 09:00 in Europe/Berlin: "
        "unsubscribed from email on 2026-02-08; "
        "by in_app, it is too early or too late (20:30 in Europe/Berlin; hours are 09:00-12:00) until Wed 09:00."
    )
    assert told(a_request(channels=("email", "in_app"), expires_at=NOON), now=EVENING).endswith(
        "(it expired on Tue 2026-03-10 14:00 in Europe/Berlin)."
    )


def test_a_message_that_would_come_too_late_says_when_it_expires_and_what_it_waited_for_but_no_fallback():
    """The badge is free again in an hour; but nothing waits for a fallback."""
    badges = (a_touch(NOON - 23 * HOUR, send_id=f"b{n}", channel="badge") for n in range(3))
    full = a_head(ledger=a_ledger(*(a_touch(NOON - n * HOUR, send_id=str(n)) for n in range(30, 35)), *badges))
    either = a_request(channels=("email", "in_app"), fallbacks=("badge",), expires_at=NOON + 10 * HOUR)

    decision = decide(either, full, Policy(), NOON)

    assert sentence(decision, BERLIN) == (
        "Dropped: no permissible moment comes before Wed 2026-03-11 00:00 in Europe/Berlin, when the message expires: "
        "the total cap is full (5 of 5 in 7 days) until Mon 2026-03-16 04:00."
    )
    (badge,) = [check for check in decision.trace if (check.name, check.channel) == ("fallback", "badge")]
    assert badge.saw == "it cannot go now either, and a fallback is not waited for"


def test_a_message_that_does_not_expire_says_how_far_ahead_was_looked():
    year = {"email": {"window": None, "cap": {"limit": 1, "per": "52w"}}}
    told_ = told(replace(a_request(), expires_at=None), head=a_head(ledger=a_ledger(a_touch(NOON))), channels=year)

    assert told_.startswith(
        "Dropped: no permissible moment comes before Tue 2026-04-14 15:00 in Europe/Berlin, 35 days"
    )


def test_one_refusal_is_told_once_for_all_channels_with_the_purpose():
    nothing_said = a_head(profile=a_profile(consents={}, traits={"email": "a@b.c", "phone": "+1", "push_token": "t"}))

    assert told(a_request(channels=("email", "push", "sms")), head=nothing_said) == (
        "Dropped: the person has not consented to this purpose (marketing: never asked, denied by default)."
    )


def test_what_holds_for_some_channels_names_them():
    either = a_request(channels=("email", "push", "in_app"), at=EVENING)
    reachable = a_head(profile=a_profile(traits={"email": "a@b.c", "push_token": "t"}))
    hours = {name: {"window": "09:00-12:00"} for name in ("email", "push")}

    assert (
        "by email and push, it is too early or too late (20:30 in Europe/Berlin; hours are 09:00-12:00) until"
        in told(either, head=reachable, now=EVENING, channels={**hours, "in_app": {"window": "09:00-20:00"}})
    )


@pytest.mark.parametrize(
    ("name", "told_"),
    [
        ("total cap", "the total cap is full (it)"),
        ("email cap, slowed", "the email cap is nearly full (it)"),
        ("cap: offers in 7 days", "the cap on offers in 7 days is full (it)"),
        ("law: Florida", "the law allows it at other hours (Florida: it)"),
        ("law: Florida, how many", "the law allows no more for now (Florida: it)"),
        ("delivery", "it"),
    ],
)
def test_what_holds_it_is_told_in_words_and_not_by_the_name_of_a_check(name, told_):
    assert words.against(Check(name=name, verdict="wait", saw="it")) == told_


def test_what_is_due_at_once_names_no_end_of_its_waiting():
    taken = Check(name="priority", verdict="wait", saw="a more urgent message takes its place", until=NOON)
    decision = Decision(
        action=Action.DEFER, reason=Reason.MORE_URGENT, at=NOON, channel="email", due=NOON, trace=(taken,)
    )

    assert sentence(decision, BERLIN) == (
        "Deferred to Tue 2026-03-10 14:00 in Europe/Berlin: a more urgent message takes its place."
    )


def test_moments_are_told_where_the_person_is():
    saw = "asked for on 2026-03-10, until 2026-12-31 23:30 UTC"

    assert words.localised(saw, BERLIN) == "asked for on 2026-03-10, until Fri 2027-01-01 00:30 in Europe/Berlin"


def test_a_rolling_day_is_told_in_hours():
    spans = {
        "24h": "24 hours",
        "7d": "7 days",
        "1d12h": "36 hours",
        "1h": "1 hour",
        "90m": "90 minutes",
        "1h1s": "3601 seconds",
    }

    assert {text: spoken(parse(text)) for text in spans} == spans


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
