"""Of several channels one is chosen; where none is open, the policy falls back, or it waits for the first to open."""

from datetime import UTC, datetime, timedelta

import pytest

from segue.decisions.decide import decide
from segue.decisions.decision import Action, Decision, SendRequest
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.profiles.head import Head
from tests.builders import NOON, a_head, a_ledger, a_profile, a_request, a_touch

HOUR = timedelta(hours=1)
NIGHT = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
REACHABLE = {"email": "ada@example.com", "push_token": "t", "phone": "+4930123456"}


def decided(request: SendRequest, head: Head | None = None, now: datetime = NOON, **policy: object) -> Decision:
    return decide(request, head or a_head(profile=a_profile(traits=REACHABLE)), Policy.model_validate(policy), now)


def by(*channels: str, **more: object) -> SendRequest:
    return a_request(channel=channels[0], channels=channels, **more)


@pytest.mark.parametrize(
    ("request_", "now", "traits", "choice"),
    [
        (a_request(), NOON, REACHABLE, ("skip", "email alone was asked for")),
        (a_request(), NIGHT, REACHABLE, ("skip", "email alone was asked for")),
        (by("email"), NOON, {}, ("skip", "email alone was asked for")),
        (by("email", "push"), NOON, REACHABLE, ("pass", "push, rather than email: less friction (2; email 3)")),
        (by("email", "push"), NIGHT, REACHABLE, ("wait", "push opens first of email, push")),
        (by("email", "push"), NOON, {}, ("fail", "none of email, push opens in time")),
    ],
)
def test_the_last_line_tells_of_the_choice(request_, now, traits, choice):
    last = decided(request_, a_head(profile=a_profile(traits=traits)), now).trace[-1]

    assert (last.name, last.verdict, last.saw) == ("channel", *choice)


def test_the_channel_with_the_least_friction_goes_first():
    decision = decided(by("sms", "email", "push"))

    assert (decision.action, decision.channel) == (Action.SEND, "push")
    assert decision.trace[-1].saw == "push, rather than sms, email: less friction (2; sms 4, email 3)"


def test_unless_the_person_prefers_another_one_that_is_open():
    prefers = a_head(profile=a_profile(traits={**REACHABLE, "preferred_channel": "sms"}))

    assert decided(by("sms", "email", "push"), prefers).channel == "sms"
    assert decided(by("sms", "email", "push"), prefers, channels={"sms": {"window": "01:00-02:00"}}).channel == "push"


def test_what_is_closed_or_out_of_reach_is_not_chosen():
    only_mail = a_head(profile=a_profile(traits={"email": "ada@example.com"}))

    assert decided(by("push", "sms", "email"), only_mail).channel == "email"


def test_every_line_says_which_channel_it_is_about():
    decision = decided(by("email", "push"))

    asked = {(check.channel, check.name) for check in decision.trace}
    assert {("email", "address"), ("push", "address"), ("email", "hours"), ("push", "hours"), (None, "run")} <= asked


def test_when_none_is_open_it_waits_for_the_first_to_open():
    decision = decided(by("email", "push"), now=NIGHT)

    assert (decision.action, decision.reason, decision.channel) == (Action.DEFER, Reason.OUTSIDE_WINDOW, "push")
    assert decision.due == datetime(2026, 3, 11, 7, 0, tzinfo=UTC)


def test_what_is_refused_on_every_channel_is_dropped():
    decision = decided(by("sms", "email"), a_head(profile=a_profile(traits={}, suppressed=["email"])))

    assert (decision.action, decision.reason) == (Action.DROP, Reason.UNREACHABLE)


def test_of_several_channels_that_which_came_furthest_says_why():
    person = a_profile(traits={"phone": "+4930123456"}, suppressed=["email"])
    touched = a_head(profile=person, ledger=a_ledger(a_touch(NOON, channel="sms")))
    stops = {"sms": {"window": None, "cap": {"limit": 1, "per": "24h", "when_full": "stop"}}}

    bounced, unreachable, full = (
        decided(by(*channels), touched, channels=stops).reason
        for channels in (("email",), ("email", "push"), ("push", "sms"))
    )

    assert (bounced, unreachable, full) == (Reason.SUPPRESSED, Reason.UNREACHABLE, Reason.CHANNEL_CAP)


def test_why_this_channel_is_told():
    prefers = a_head(profile=a_profile(traits={**REACHABLE, "preferred_channel": "sms"}))
    same = {"channels": {"email": {"friction": 2}}}
    closed = {"channels": {"sms": {"window": "18:00-19:00"}}}

    def why(*channels: str, **more: object) -> str:
        return decided(by(*channels), **more).trace[-1].saw

    assert why("email", "sms", head=prefers) == "sms, rather than email: the person prefers it"
    assert why("email", "push", **same) == "email, rather than push: named first, with the same friction (2)"
    assert why("sms", "email", **closed) == "email, since it cannot go now by sms"
    assert why("sms", "email", "push", **closed) == (
        "push, rather than email: less friction (2; email 3); and since it cannot go now by sms"
    )


def test_it_falls_back_rather_than_wait_if_there_are_words_for_it():
    request = a_request(fallbacks=("in_app",))

    fallen, waiting = decided(request, now=NIGHT), decided(a_request(), now=NIGHT)

    assert (fallen.action, fallen.channel) == (Action.SEND, "in_app")
    assert fallen.trace[-1].saw == (
        "in_app, since it cannot go now by email: "
        "it is too early or too late (00:00 in Europe/Berlin; hours are 09:00-20:00)"
    )
    assert waiting.action is Action.DEFER


def test_an_address_that_bounced_falls_back_too():
    bounced = a_head(profile=a_profile(suppressed=["email"]))

    assert decided(a_request(fallbacks=("in_app",)), bounced).channel == "in_app"


def test_who_does_not_consent_gets_no_fallback_either():
    refused = a_head(profile=a_profile(consents={"marketing": False}))

    decision = decided(a_request(fallbacks=("in_app",)), refused)

    assert (decision.action, decision.reason) == (Action.DROP, Reason.NO_CONSENT)


def test_a_fallback_that_is_closed_falls_back_further():
    night = {"in_app": {"window": "09:00-20:00"}}

    decision = decided(a_request(fallbacks=("in_app", "badge")), now=NIGHT, channels=night)

    assert decision.channel == "badge"


def test_a_fallback_may_have_other_words():
    instead = {"email": {"fallback": {"to": "inbox", "template": "you-have-mail"}}}

    decision = decided(a_request(), now=NIGHT, channels=instead)

    assert (decision.channel, decision.template) == ("inbox", "you-have-mail")


def test_fallbacks_that_lead_in_a_circle_end():
    circle = {"email": {"fallback": "in_app"}, "in_app": {"fallback": "email", "window": "09:00-10:00"}}

    assert decided(a_request(fallbacks=("in_app",)), now=NIGHT, channels=circle).action is Action.DEFER


def test_a_channel_for_visits_is_closed_to_who_is_not_there():
    decision = decided(a_request(channel="in_app"), channels={"in_app": {"visit": True}})

    assert (decision.action, decision.reason) == (Action.DROP, Reason.NO_VISIT)


@pytest.mark.parametrize(("channel", "sent"), [("in_app", False), ("badge", True)])
def test_what_bothers_nobody_is_under_no_cap_over_all_channels(channel: str, sent: bool):
    full = a_head(ledger=a_ledger(*(a_touch(NOON - HOUR, channel="push", send_id=str(n)) for n in range(5))))

    assert (decided(a_request(channel=channel), full).action is Action.SEND) is sent


def test_a_touch_that_bothers_nobody_fills_none():
    badges = a_head(ledger=a_ledger(*(a_touch(NOON - HOUR, channel="badge", send_id=str(n)) for n in range(9))))

    assert decided(a_request(), badges).action is Action.SEND
