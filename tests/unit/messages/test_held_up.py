"""A message that was held up on its way goes only when the hours and the caps let it, and counts from then."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.decisions.answer import Desk, answer
from segue.decisions.asked import Asked
from segue.decisions.cancel import Cancel
from segue.decisions.decision import Action, Decision, SendRecord, SendState, record_key
from segue.decisions.held_up import put_back, too_late
from segue.decisions.policy import Policy
from segue.decisions.ports import LOOK_BACK, Step
from segue.decisions.reasons import Reason
from segue.memory.queues import MemoryDeliveries, MemoryRequests
from segue.memory.sends import MemorySends
from segue.messages.deliver import Post
from segue.profiles.head import Versioned
from segue.profiles.ports import Conflict
from segue.profiles.runs import Ended, Runs
from tests.builders import NOON, a_ledger, a_profile, a_request, a_run, a_touch
from tests.unit.messages.post import HELD_UP, MORNING, NIGHT, RUN, a_post, delivered, replace_words, stood, touches

LATE = NOON + timedelta(hours=5)
LET_GO = Decision(action=Action.SEND, reason=Reason.ALLOWED, at=NOON, channel="email")


def a_desk(post: Post) -> Desk:
    return Desk(
        policy=post.policy,
        profiles=post.profiles,
        sends=post.sends,
        requests=MemoryRequests(),
        deliveries=MemoryDeliveries(),
        outcomes=post.outcomes,
        announcements=post.announcements,
        soon=timedelta(),
        grace=timedelta(),
    )


def test_what_was_held_up_until_the_night_waits_for_the_morning():
    post, record = a_post(run=RUN, token="t", runs=(a_run(),))

    put_back = delivered(post, record, NIGHT)

    assert (put_back.state, put_back.due, put_back.attempt) == (SendState.DEFERRED, MORNING, 2)
    assert put_back.decisions[-1].reason is Reason.OUTSIDE_WINDOW
    assert (post.mailer.sent, touches(post), post.outcomes.outcomes) == ([], [], [])
    assert [told.name for told in post.announcements.news] == ["Message Deferred"]
    [waiting] = post.sends.due(MORNING, timedelta(minutes=1), LOOK_BACK)
    assert (waiting.profile_id, waiting.key, waiting.at) == ("u-ada", put_back.key, MORNING)


def test_what_was_put_back_is_delivered_only_after_it_was_decided_again():
    post, record = a_post()
    delivered(post, record, NIGHT)

    assert delivered(post, record, MORNING) is None
    desk = a_desk(post)
    answer(Asked(request=record.request, attempt=2), desk=desk, now=MORNING)

    assert delivered(post, record, MORNING).state is SendState.SENT
    assert (len(post.mailer.sent), touches(post)) == (1, ["send-1"])


def test_what_is_put_back_keeps_its_room_from_those_of_less():
    post, record = a_post(priority=5)
    policy = Policy.model_validate({"channels": {"email": {"cap": {"limit": 1, "per": "24h"}, "spread": None}}})
    post = replace(post, policy=policy)

    delivered(post, record, NIGHT)

    [claim] = post.profiles.head("u-ada").ledger.value.claims.values()
    assert (claim.send_id, claim.due, claim.until) == ("send-1", MORNING, MORNING + post.late)
    low, high = (a_request(f"other-{n}", at=MORNING, priority=n) for n in (4, 6))
    lower = answer(Asked(request=low), desk=a_desk(post), now=MORNING)
    assert (lower.state, lower.decisions[-1].reason) == (SendState.DEFERRED, Reason.MORE_URGENT)
    assert answer(Asked(request=high), desk=a_desk(post), now=MORNING).state is SendState.SENDING


def test_a_run_that_leaves_cancels_what_was_put_back():
    post, record = a_post(run=RUN, token="t", runs=(a_run(),))
    delivered(post, record, NIGHT)

    wait = post.profiles.head("u-ada").runs.value.get("thanks-1").wait
    Cancel(profiles=post.profiles, sends=post.sends, outcomes=post.outcomes, announcements=post.announcements).cancel(
        "u-ada", wait.record, NIGHT
    )

    assert stood(post, record).reason is Reason.RUN_ENDED
    assert post.outcomes.outcomes == [("t", "leave")]


def test_a_run_that_leaves_while_its_message_is_put_back_is_seen():
    post, record = a_post(run=RUN, token="t", runs=(a_run(),))
    head = post.profiles.head("u-ada")
    step = put_back(record, head, too_late(record, head, post.policy, NIGHT), post.policy, HELD_UP)
    post.profiles.keep_runs("u-ada", Versioned(Runs(runs={"thanks-1": a_run(ended=Ended.GOAL)}), head.runs.version))

    with pytest.raises(Conflict):
        post.sends.take(step)

    assert delivered(post, record, NIGHT).reason is Reason.RUN_ENDED


def test_what_expires_before_the_morning_is_dropped():
    post, record = a_post(expires_at=NIGHT + timedelta(hours=1))

    ended = delivered(post, record, NIGHT)

    assert (ended.state, ended.reason, touches(post)) == (SendState.DROPPED, Reason.EXPIRED, [])


@pytest.mark.parametrize(
    ("later", "state"), [(59, SendState.SENT), (60, SendState.DEFERRED), (270, SendState.DEFERRED)]
)
def test_hours_that_close_between_the_decision_and_the_delivery_are_kept_to_the_second(later, state):
    post, record = a_post()
    post = replace(
        post, policy=Policy.model_validate({"channels": {"email": {"window": "09:00-14:01"}}}).without("spread")
    )

    came = delivered(post, record, NOON + timedelta(seconds=later))

    assert came.state is state
    assert came.due == (None if state is SendState.SENT else MORNING)
    assert touches(post) == (["send-1"] if state is SendState.SENT else [])


def test_a_mere_wish_that_ends_on_the_way_keeps_nothing_back():
    post, record = a_post(profile=a_profile(traits={"email": "ada@example.com", "send_time": "09:00-14:01"}))

    assert delivered(post, record, NOON + timedelta(minutes=2)).state is SendState.SENT


def test_quiet_hours_that_begin_on_the_way_are_kept():
    post, record = a_post(profile=a_profile(traits={"email": "ada@example.com", "quiet_hours": "14:01-15:00"}))

    came = delivered(post, record, NOON + timedelta(minutes=2))

    assert (came.due, came.decisions[-1].reason) == (NOON + timedelta(hours=1), Reason.QUIET_HOURS)


def test_others_that_came_meanwhile_do_not_keep_back_what_has_its_touch():
    slow = {"limit": 4, "per": "24h", "slow": {"after": 0.25, "by": "4h"}}
    post, record = a_post()
    post = replace(post, policy=Policy.model_validate({"channels": {"email": {"cap": slow}}}).without("spread"))
    other_touches(post, a_touch(NOON + timedelta(seconds=30)))

    assert delivered(post, record, NOON + timedelta(minutes=2)).state is SendState.SENT


def test_what_has_no_hours_is_not_held_up_by_the_night():
    post, record = a_post(template=replace_words(html="Paid"), category="transactional", purpose="service")

    assert delivered(post, record, NIGHT).state is SendState.SENT


def repeated(post: Post, record: SendRecord) -> SendRecord:
    again = replace(record, repeated=True)
    post.sends.take(Step(record=again, was=SendState.SENDING, attempt=1, holder="u-ada"))
    return again


def test_what_was_perhaps_sent_before_and_is_to_be_repeated_is_not_put_off():
    post, record = a_post()
    policy = Policy.model_validate({"categories": {"marketing": {"repeat": True}}})

    assert delivered(replace(post, policy=policy), repeated(post, record), NIGHT).state is SendState.SENT


@pytest.mark.parametrize("held", ["by its hours", "by the cool-down"])
def test_a_card_that_was_perhaps_put_before_is_not_put_again_when_it_may_not(held: str):
    post, record = a_post(channel="in_app")
    policy = {"channels": {"in_app": {"window": "09:00-20:00"}}} if held == "by its hours" else {"cool_down": "30m"}
    post, again = replace(post, policy=Policy.model_validate(policy)), repeated(post, record)
    now = NIGHT if held == "by its hours" else LATE
    other_touches(post, a_touch(now, send_id="other"))

    ended = delivered(post, again, now)

    assert (ended.state, ended.reason) == (SendState.FAILED, Reason.OUTCOME_UNKNOWN)
    assert ([*post.inbox.cards("u-ada", 9)], touches(post)) == ([], ["send-1", "other"])


def test_a_card_that_was_perhaps_put_before_is_put_again_while_it_may():
    post, record = a_post(channel="in_app")

    assert delivered(post, repeated(post, record), LATE).state is SendState.SENT


def other_touches(post: Post, *touches) -> None:
    """What the person has had meanwhile: the ledger as it stands, with these."""
    ledger = post.profiles.head("u-ada").ledger
    other = SendRecord(request=a_request("other"), state=SendState.SENDING, decisions=(LET_GO,))
    changed = Versioned(a_ledger(*ledger.value.touches.values(), *touches), ledger.version)
    post.sends.take(Step(record=other, was=None, attempt=0, holder="u-ada", ledger=changed))


def test_what_was_held_up_counts_from_when_it_goes():
    post, record = a_post()

    assert delivered(post, record, LATE).state is SendState.SENT
    assert post.profiles.head("u-ada").ledger.value.touches["send-1"].at == LATE


def test_what_goes_at_once_counts_from_its_decision():
    post, record = a_post()

    delivered(post, record, NOON + HELD_UP)

    assert post.profiles.head("u-ada").ledger.value.touches["send-1"].at == NOON


def test_what_is_redriven_after_its_touch_was_forgotten_counts_again():
    post, record = a_post()
    ledger = post.profiles.head("u-ada").ledger
    step = Step(record=record, was=SendState.SENDING, attempt=1, holder="u-ada")
    post.sends.take(replace(step, ledger=Versioned(a_ledger(), ledger.version)))

    delivered(post, record, LATE)

    assert touches(post) == ["send-1"]


def test_what_was_held_up_until_others_used_the_cap_waits_for_room():
    post, record = a_post()
    first, second = a_touch(NOON + timedelta(hours=1)), a_touch(NOON + timedelta(hours=2))
    other_touches(post, first, second)

    put_back = delivered(post, record, LATE)

    assert (put_back.state, put_back.due) == (SendState.DEFERRED, first.at + timedelta(days=1))
    assert put_back.decisions[-1].reason is Reason.CHANNEL_CAP
    assert (post.mailer.sent, touches(post)) == ([], [first.send_id, second.send_id])


def test_what_is_under_no_caps_is_not_put_back_by_them():
    post, record = a_post(template=replace_words(html="Paid"), category="transactional", purpose="service")
    other_touches(post, a_touch(NOON), a_touch(LATE))

    assert delivered(post, record, LATE).state is SendState.SENT


@dataclass
class Meanwhile:
    """Sends in which something else happens just before the first step."""

    within: MemorySends
    happen: Callable[[], None] | None

    def take(self, step: Step) -> None:
        if self.happen:
            happen, self.happen = self.happen, None
            happen()
        self.within.take(step)

    def __getattr__(self, name: str):
        return getattr(self.within, name)


def test_a_touch_that_comes_between_is_seen():
    post, record = a_post()
    busy = Meanwhile(post.sends, lambda: other_touches(post, a_touch(NOON), a_touch(LATE)))

    assert delivered(replace(post, sends=busy), record, LATE).state is SendState.DEFERRED
    assert post.mailer.sent == []


@settings(max_examples=100, deadline=None)
@given(
    limit=st.integers(1, 2),
    moves=st.lists(st.tuples(st.integers(0, 14), st.booleans(), st.integers(0, 5)), min_size=6, max_size=40),
)
def test_no_cap_is_exceeded_however_late_each_message_is_delivered(limit, moves):
    cap = {"window": None, "cap": {"limit": limit, "per": "24h"}}
    post, record = a_post(expires_at=NOON + timedelta(days=99))
    post = replace(post, policy=Policy.model_validate({"channels": {"email": cap}, "total": None}))
    desk = a_desk(post)
    delivered(post, record)
    sent, now = [NOON], NOON
    for hours, delivers, number in moves:
        now += timedelta(hours=hours)
        request = a_request(f"m-{number}", expires_at=NOON + timedelta(days=99))
        stood = post.sends.get("u-ada", record_key(request))
        if delivers and stood:
            ended = delivered(post, stood, now)
            sent += [now] if ended and ended.state is SendState.SENT else []
        elif stood is None or (stood.due and stood.due <= now):
            answer(Asked(request=request, attempt=stood.attempt if stood else 0), desk=desk, now=now)

    for moment in sent:
        assert sum(moment - timedelta(hours=24) < other <= moment for other in sent) <= limit
