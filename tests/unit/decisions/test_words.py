"""A decision is told in a sentence that needs no other."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from segue.decisions.decide import decide
from segue.decisions.policy import Policy
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
