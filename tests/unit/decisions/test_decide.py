"""The heart: what may be sent now, what waits and until when, what never goes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from segue.decisions.decide import decide
from segue.decisions.decision import Action, Decision, RunRef, SendRequest
from segue.decisions.policy import Policy
from segue.decisions.reasons import HOLD_BACK, Reason
from segue.profiles.head import Head
from segue.profiles.profile import Profile
from segue.profiles.quiet import Quiet
from segue.profiles.runs import Ended, Goal
from tests.builders import NOON, a_head, a_ledger, a_profile, a_request, a_run, a_touch

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENING = datetime(2026, 3, 10, 19, 30, tzinfo=UTC)
RUN = RunRef(run_id="thanks-1", journey="thanks", version="v1", step="1-send")


def decided(
    request: SendRequest | None = None,
    *,
    head: Head | None = None,
    now: datetime = NOON,
    policy: dict | None = None,
    paused: bool = False,
) -> Decision:
    policy = Policy.model_validate(policy or {})
    return decide(request or a_request(at=now), head or a_head(), policy, now, paused=paused)


def saw(decision: Decision, name: str) -> str:
    return next(check.saw for check in decision.trace if check.name == name)


def test_what_passes_every_check_is_sent() -> None:
    decision = decided()

    assert (decision.action, decision.reason) == (Action.SEND, Reason.ALLOWED)
    assert {check.verdict for check in decision.trace} == {"pass", "skip"}


#: The six groups: still wanted, allowed at all, reachable, timing, exposure, choice.
IN_ORDER = [
    *("expiry", "run", "journey"),
    *("suppression", "do not disturb", "consent", "subscription", "profile pause"),
    *("address", "visit"),
    *("hours", "quiet hours", "closed days", "preferred hours"),
    *("email cap", "cool-down", "total cap"),
    "channel",
]
FULL = {
    "pauses": [{"event": "Ticket Opened", "for": "1d"}],
    "channels": {"email": {"visit": True}},
    "closed": [{"days": ["12-24"]}],
    "cool_down": "1h",
}
AT_HOME = {"email": "a@example.com", "quiet_hours": "22:00-07:00", "send_time": "09:00-20:00"}


def test_every_check_leaves_a_line_in_the_trace_in_order() -> None:
    names = [check.name for check in decided(policy=FULL, head=a_head(profile=a_profile(traits=AT_HOME))).trace]

    assert names == IN_ORDER


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"suppressed": ["email"]}, Reason.SUPPRESSED),
        ({"quiet": Quiet(True, NOON - DAY)}, Reason.DO_NOT_DISTURB),
        ({"consents": {"marketing": False}}, Reason.NO_CONSENT),
        ({"subscriptions": {"email": False}}, Reason.UNSUBSCRIBED),
        ({}, Reason.NO_VISIT),
    ],
)
def test_what_is_refused_is_asked_for_all_the_rest_too(given, reason) -> None:
    decision = decided(policy=FULL, head=a_head(profile=a_profile(traits=AT_HOME, **given)))

    assert (decision.action, decision.reason) == (Action.DROP, reason)
    assert [check.name for check in decision.trace] == IN_ORDER


def test_what_is_not_wanted_any_more_is_asked_for_all_the_rest_too() -> None:
    decision = decided(a_request(expires_at=NOON - HOUR), now=EVENING)

    assert decision.reason is Reason.EXPIRED
    assert saw(decision, "hours") == "20:30 in Europe/Berlin; hours are 09:00-20:00"
    assert saw(decision, "email cap") == "0 of 2 in 24 hours"


def test_a_channel_that_the_policy_does_not_know_is_out_of_reach() -> None:
    assert decided(a_request(channel="fax")).reason is Reason.UNREACHABLE


@pytest.mark.parametrize(
    ("goal", "said"), [(Goal(event="Order Completed"), "its goal is not met"), (None, "it has no goal")]
)
def test_of_a_run_it_is_told_how_it_stands_with_its_goal(goal: Goal | None, said: str) -> None:
    decision = decided(a_request(run=RUN), head=a_head(runs=(a_run(goal=goal),)))

    assert saw(decision, "run") == f"the run of thanks goes on; {said}"


def test_in_the_evening_it_waits_for_the_morning_where_the_person_is() -> None:
    decision = decided(now=EVENING)

    assert (decision.action, decision.reason) == (Action.DEFER, Reason.OUTSIDE_WINDOW)
    assert decision.due == datetime(2026, 3, 11, 8, 0, tzinfo=UTC)
    assert saw(decision, "hours") == "20:30 in Europe/Berlin; hours are 09:00-20:00"


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        (Profile(profile_id="u-ada"), Reason.UNKNOWN_PROFILE),
        (a_profile(suppressed=["email"]), Reason.SUPPRESSED),
        (a_profile(consents={"marketing": False}), Reason.NO_CONSENT),
        (a_profile(consents={}), Reason.NO_CONSENT),
        (a_profile(subscriptions={"email": False}), Reason.UNSUBSCRIBED),
        (a_profile(subscriptions={"email": True, "email/offers": False}), Reason.UNSUBSCRIBED),
        (a_profile(traits={}), Reason.UNREACHABLE),
        (a_profile(traits={"email": "  "}), Reason.UNREACHABLE),
    ],
)
def test_what_is_not_allowed_is_dropped_with_the_reason(profile: Profile, reason: Reason) -> None:
    decision = decided(a_request(topic="offers"), head=a_head(profile=profile))

    assert (decision.action, decision.reason) == (Action.DROP, reason)
    assert decision.trace


def test_another_topic_is_no_obstacle() -> None:
    head = a_head(profile=a_profile(subscriptions={"email/offers": False}))

    assert decided(a_request(topic="news"), head=head).action is Action.SEND


def test_a_channel_that_the_policy_does_not_know_reaches_nobody() -> None:
    assert decided(a_request(channel="telex")).reason is Reason.UNREACHABLE


@pytest.mark.parametrize("run", [None, a_run(ended=Ended.GOAL, ended_at=NOON)])
def test_a_run_that_is_over_wants_nothing_any_more(run) -> None:
    head = a_head(runs=(run,) if run else ())

    assert decided(a_request(run=RUN), head=head).reason is Reason.RUN_ENDED


def test_a_run_that_goes_on_may_send() -> None:
    assert decided(a_request(run=RUN), head=a_head(runs=(a_run(),))).action is Action.SEND


def test_what_a_paused_journey_asks_for_is_dropped() -> None:
    head = a_head(runs=(a_run(),))

    running, paused = decided(a_request(run=RUN), head=head), decided(a_request(run=RUN), head=head, paused=True)

    assert saw(running, "journey") == "the journey is not paused"
    assert saw(paused, "journey") == "the journey is paused"
    assert (paused.action, paused.reason) == (Action.DROP, Reason.JOURNEY_PAUSED)


def test_a_pause_is_no_matter_of_what_no_journey_asks_for() -> None:
    assert decided(paused=True).action is Action.SEND


def test_at_the_moment_of_its_expiry_it_is_expired() -> None:
    request = a_request(expires_at=NOON)

    assert decided(request, now=NOON).reason is Reason.EXPIRED
    assert decided(request, now=NOON - timedelta(seconds=1)).action is Action.SEND


def test_what_could_only_go_after_its_expiry_is_dropped_at_once() -> None:
    request = a_request(at=EVENING, expires_at=datetime(2026, 3, 11, 8, 0, tzinfo=UTC))

    decision = decided(request, now=EVENING)

    assert (decision.action, decision.reason) == (Action.DROP, Reason.EXPIRED)


def test_a_full_channel_waits_until_the_oldest_touch_that_counts_leaves_the_span() -> None:
    ledger = a_ledger(a_touch(NOON - 26 * HOUR), a_touch(NOON - 22 * HOUR), a_touch(NOON - 2 * HOUR))

    decision = decided(head=a_head(ledger=ledger))

    assert (decision.action, decision.reason) == (Action.DEFER, Reason.CHANNEL_CAP)
    assert decision.due == NOON + 2 * HOUR
    assert saw(decision, "email cap") == "2 of 2 in 24 hours"


def test_the_cap_over_all_channels_counts_all_channels() -> None:
    ledger = a_ledger(*(a_touch(NOON - timedelta(days=day), channel="push") for day in (1, 2, 3, 4, 5)))

    decision = decided(head=a_head(ledger=ledger))

    assert (decision.reason, decision.due) == (Reason.TOTAL_CAP, NOON + timedelta(days=2))


def test_the_reason_is_what_holds_longest() -> None:
    ledger = a_ledger(a_touch(EVENING - HOUR, send_id="a"), a_touch(EVENING - HOUR, send_id="b"))

    decision = decided(head=a_head(ledger=ledger), now=EVENING)

    assert (decision.reason, decision.due) == (Reason.CHANNEL_CAP, EVENING + 23 * HOUR)


def test_room_that_comes_outside_the_hours_waits_for_the_hours() -> None:
    ledger = a_ledger(a_touch(NOON - 16 * HOUR, send_id="a"), a_touch(NOON - 16 * HOUR, send_id="b"))

    decision = decided(head=a_head(ledger=ledger))

    assert decision.due == datetime(2026, 3, 11, 8, 0, tzinfo=UTC)


def test_its_own_touch_does_not_stand_in_its_way() -> None:
    ledger = a_ledger(a_touch(NOON - HOUR, send_id="send-1"), a_touch(NOON - HOUR, send_id="other"))

    assert decided(head=a_head(ledger=ledger)).action is Action.SEND


def test_transactional_messages_pass_hours_and_caps_but_never_a_suppression() -> None:
    ledger = a_ledger(*(a_touch(EVENING - HOUR, send_id=str(n)) for n in range(9)))
    request = a_request(at=EVENING, category="transactional", purpose="service")
    profile = a_profile(consents={}, subscriptions={"email": False})

    sent = decided(request, head=a_head(profile=profile, ledger=ledger), now=EVENING)
    refused = decided(request, head=a_head(profile=a_profile(suppressed=["email"])), now=EVENING)

    assert sent.action is Action.SEND
    assert refused.reason is Reason.SUPPRESSED


def test_transactional_touches_take_no_room_from_marketing() -> None:
    ledger = a_ledger(*(a_touch(NOON - HOUR, send_id=str(n), category="transactional") for n in range(9)))

    assert decided(head=a_head(ledger=ledger)).action is Action.SEND


@pytest.mark.parametrize(
    ("choice", "action", "due"),
    [
        ("worst_case", Action.DEFER, datetime(2026, 3, 11, 16, 0, tzinfo=UTC)),
        ("default", Action.SEND, None),
        ("drop", Action.DROP, None),
        ("send", Action.SEND, None),
    ],
)
def test_an_unknown_time_zone_is_a_stated_choice(choice: str, action: Action, due: datetime | None) -> None:
    policy = {
        "default_time_zone": "UTC",
        "possible_time_zones": ["America/Los_Angeles", "Europe/Berlin"],
        "categories": {"marketing": {"unknown_time_zone": choice}},
        "channels": {"email": {"window": "09:00-20:00"}},
    }

    decision = decided(head=a_head(profile=a_profile(time_zone=None)), now=NOON + 6 * HOUR, policy=policy)

    assert decision.action is action
    assert decision.due == due


@pytest.mark.parametrize(("choice", "action"), [("drop", Action.DROP), ("send", Action.SEND)])
def test_it_is_so_of_a_channel_without_hours_too(choice: str, action: Action) -> None:
    policy = {"categories": {"marketing": {"unknown_time_zone": choice}}, "channels": {"email": {"window": None}}}
    nowhere = a_head(profile=a_profile(time_zone=None, traits={"email": "a@example.com", "quiet_hours": "00:00-12:00"}))

    decision = decided(head=nowhere, policy=policy)

    assert decision.action is action
    assert (decision.reason is Reason.UNKNOWN_TIME_ZONE) == (action is Action.DROP)


def test_hours_that_never_meet_are_said_to_never_meet() -> None:
    policy = {
        "possible_time_zones": ["Asia/Tokyo", "America/New_York"],
        "channels": {"email": {"window": "09:00-12:00"}},
    }

    decision = decided(head=a_head(profile=a_profile(time_zone=None)), policy=policy)

    assert (decision.action, decision.reason) == (Action.DROP, Reason.OUTSIDE_WINDOW)


def test_a_cap_of_zero_never_lets_anything_through() -> None:
    decision = decided(policy={"channels": {"email": {"cap": {"limit": 0, "per": "1h"}}}})

    assert (decision.action, decision.reason) == (Action.DROP, Reason.CHANNEL_CAP)


def test_a_request_that_never_expires_may_wait_for_weeks() -> None:
    policy = {"channels": {"email": {"cap": {"limit": 1, "per": "30d"}}}}
    request = replace(a_request(), expires_at=None)

    decision = decided(request, head=a_head(ledger=a_ledger(a_touch(NOON))), policy=policy)

    assert decision.due == NOON + timedelta(days=30)


def test_what_may_wait_for_months_waits_for_a_moment_that_is_months_ahead() -> None:
    policy = {"channels": {"email": {"cap": {"limit": 1, "per": "60d"}}}}
    head, request = a_head(ledger=a_ledger(a_touch(NOON - 20 * DAY))), a_request(expires_at=NOON + 90 * DAY)

    decision = decided(request, head=head, policy=policy)

    assert (decision.action, decision.due) == (Action.DEFER, NOON + 40 * DAY)


def test_what_holds_back_is_all_that_stands_before_what_drops():
    reasons = list(Reason)

    assert frozenset(reasons[1 : reasons.index(Reason.RUN_ENDED)]) == HOLD_BACK
