"""What a busy channel turns away waits and is tried again, however often, and holds nobody else back meanwhile."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from segue.decisions.answer import answer
from segue.decisions.asked import Asked
from segue.decisions.decision import SendRecord, SendState
from segue.decisions.ports import LOOK_BACK, Step
from segue.decisions.reasons import Reason
from segue.memory.mailer import MemoryMailer
from segue.messages.deliver import Post
from segue.messages.ports import Busy
from segue.profiles.head import Versioned
from segue.profiles.ports import Conflict
from segue.profiles.runs import Ended, Runs
from tests.builders import NOON, a_run
from tests.unit.messages.post import PATIENCE, RUN, Failing, a_post, delivered, replace_words, stood, touches
from tests.unit.messages.test_held_up import Meanwhile, a_desk

TRANSACTIONAL = {"category": "transactional", "purpose": "service", "template": replace_words()}


def busy(**given) -> tuple[Post, SendRecord]:
    return a_post(mailer=Failing(Busy("SES: TooManyRequestsException")), **given)


def decided_again(post: Post, record: SendRecord) -> datetime:
    """At its moment, which is told."""
    waits = stood(post, record)
    answer(Asked(request=record.request, attempt=waits.attempt), desk=a_desk(post), now=waits.due)
    return waits.due


def test_it_waits_in_the_index_with_its_touch_given_back_and_says_why():
    post, record = busy(run=RUN, token="t", runs=(a_run(),))

    waits = delivered(post, record)

    assert (waits.state, waits.decisions[-1].reason, waits.attempt) == (SendState.DEFERRED, Reason.CHANNEL_BUSY, 2)
    assert NOON + PATIENCE / 2 <= waits.due < NOON + PATIENCE
    assert (touches(post), post.outcomes.outcomes) == ([], [])
    [due] = post.sends.due(NOON, PATIENCE, LOOK_BACK)
    assert (due.key, due.at) == (record.key, waits.due)
    assert [told.detail["reason"] for told in post.announcements.news] == ["channel_busy"]
    assert waits.decisions[-1].trace[0].saw == "email took no more just then (SES: TooManyRequestsException)"
    assert post.profiles.head("u-ada").runs.value.get("thanks-1").wait.record == record.key


def test_however_long_the_channel_is_busy_it_goes_out_once_in_the_end():
    post, record = busy()
    now, waits = NOON, []
    for _ in range(12):
        delivered(post, record, now)
        due = decided_again(post, record)
        waits.append((due - now) / PATIENCE)
        now = due

    open_again = replace(post, mailer=MemoryMailer())
    sent = delivered(open_again, record, now)

    assert (sent.state, sent.repeated, len(open_again.mailer.sent)) == (SendState.SENT, False, 1)
    assert touches(post) == ["send-1"]
    assert all(0.5 * most <= wait < most for wait, most in zip(waits, [1, 2, 4, 8, *[16] * 8], strict=True))


def test_what_expires_soon_is_tried_again_sooner_and_dropped_when_it_has_expired():
    post, record = busy(expires_at=NOON + PATIENCE)

    waits = delivered(post, record)
    assert waits.due < NOON + PATIENCE / 2

    late = answer(Asked(request=record.request, attempt=2), desk=a_desk(post), now=NOON + PATIENCE)
    assert (late.state, late.reason, touches(post)) == (SendState.DROPPED, Reason.EXPIRED, [])


def test_the_urgent_are_tried_again_first():
    dues = {}
    for priority in (0, 5, 9):
        post, record = busy(priority=priority)
        dues[priority] = delivered(post, record).due

    assert dues[9] < dues[5] < dues[0]


def test_what_was_perhaps_sent_before_keeps_its_touch_and_comes_back_from_the_queue():
    post, record = busy(**TRANSACTIONAL)
    calling = replace(record, state=SendState.CALLING, called_at=NOON)
    post.sends.take(Step(record=calling, was=SendState.SENDING, attempt=1, holder="u-ada"))

    with pytest.raises(Busy):
        delivered(post, record, NOON + PATIENCE)
    again = delivered(replace(post, mailer=MemoryMailer()), record, NOON + PATIENCE)

    assert (again.state, again.repeated, touches(post)) == (SendState.SENT, True, ["send-1"])


def test_a_run_that_leaves_while_its_message_is_turned_away_is_seen():
    post, record = busy(run=RUN, token="t", runs=(a_run(),))

    def leave() -> None:
        runs = post.profiles.head("u-ada").runs
        post.profiles.keep_runs("u-ada", Versioned(Runs(runs={"thanks-1": a_run(ended=Ended.GOAL)}), runs.version))

    meanwhile = Meanwhile(post.sends, None)

    class Leaving:
        """The run leaves when the mail was turned away, just before it would wait."""

        def send(self, email) -> str:
            meanwhile.happen = leave
            raise Busy("SES cannot be reached")

    ended = delivered(replace(post, sends=meanwhile, mailer=Leaving()), record)

    assert (ended.state, ended.reason, touches(post)) == (SendState.DROPPED, Reason.RUN_ENDED, [])


def test_documents_that_do_not_stand_still_leave_it_to_the_next_try_as_certainly_not_sent():
    post, record = busy()

    class Restless:
        """A ledger that has always just changed, once the channel was called."""

        def __getattr__(self, name: str):
            return getattr(post.sends, name)

        def take(self, step: Step) -> None:
            if step.record.state is SendState.DEFERRED:
                raise Conflict("u-ada")
            post.sends.take(step)

    with pytest.raises(Conflict):
        delivered(replace(post, sends=Restless()), record)

    assert stood(post, record).state is SendState.SENDING
    sent = delivered(replace(post, mailer=MemoryMailer()), record, NOON + timedelta(minutes=3))
    assert (sent.state, sent.repeated) == (SendState.SENT, False)
