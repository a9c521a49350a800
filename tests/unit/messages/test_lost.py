"""What its queue lost on its way is handed over again, and comes to its end: no touch is kept for ever."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from segue.decisions.answer import answer
from segue.decisions.asked import Asked
from segue.decisions.decision import SendRecord, SendState
from segue.decisions.ports import LOST_AFTER
from segue.decisions.reasons import Reason
from segue.decisions.release import Released, release
from segue.memory.queues import MemoryDeliveries
from segue.messages.deliver import Post
from tests.builders import NOON, a_request
from tests.unit.decisions.desk import GRACE, SOON
from tests.unit.messages.post import Failing, a_post, delivered, stood, touches
from tests.unit.messages.test_held_up import a_desk

MINUTE = timedelta(minutes=1)
#: When `release` meets it first.
FOUND = NOON + LOST_AFTER - SOON


def released(post: Post, now: datetime) -> tuple[Released, list[tuple[str, str]]]:
    desk, deliveries = a_desk(post), MemoryDeliveries()
    given = {"sends": post.sends, "requests": desk.requests, "now": now, "soon": SOON, "grace": GRACE}
    return release(**given, deliveries=deliveries), deliveries.handed


def test_it_is_handed_over_again_when_the_queue_has_tried_all_that_it_does():
    post, record = a_post()

    assert released(post, FOUND) == (Released(), [])
    done, handed = released(post, FOUND + MINUTE)

    assert (done.count, done.recovered, handed) == (0, 1, [("u-ada", record.key)])
    assert delivered(post, record, FOUND + MINUTE).state is SendState.SENT
    assert released(post, FOUND + timedelta(days=2)) == (Released(), [])


def test_it_is_handed_over_as_seldom_as_it_is_old_so_that_a_queue_that_is_only_late_is_not_filled():
    post, _ = a_post(expires_at=NOON + timedelta(days=9))

    times = [minute for minute in range(24 * 60) if released(post, NOON + minute * MINUTE)[1]]

    assert times == [21, 43, 87, 175, 351, 703, 1407]


def test_a_call_that_was_cut_off_and_whose_message_is_gone_comes_to_its_end():
    post, record = a_post(mailer=Failing(TimeoutError(), sends=True))
    with pytest.raises(TimeoutError):
        delivered(post, record)

    _, handed = released(post, FOUND + MINUTE)
    ended = delivered(post, record, FOUND + MINUTE)

    assert handed == [("u-ada", record.key)]
    assert (ended.state, ended.reason) == (SendState.FAILED, Reason.OUTCOME_UNKNOWN)


def test_what_has_expired_meanwhile_gives_its_touch_back():
    post, record = a_post(expires_at=NOON + MINUTE)

    released(post, FOUND + MINUTE)
    ended = delivered(post, record, FOUND + MINUTE)

    assert (ended.reason, touches(post)) == (Reason.EXPIRED, [])


def test_a_decider_that_dies_before_it_hands_over_leaves_nothing_lost():
    post, _ = a_post()
    request = a_request("second")

    class Dead:
        def hand_over(self, record: SendRecord) -> None:
            raise ConnectionError

    with pytest.raises(ConnectionError):
        answer(Asked(request=request), desk=replace(a_desk(post), deliveries=Dead()), now=NOON)
    _, handed = released(post, FOUND + MINUTE)

    assert sorted(key.rpartition("#")[2] for _, key in handed) == ["second", "send-1"]
    for _, key in handed:
        delivered(post, post.sends.get("u-ada", key), FOUND + MINUTE)
        assert post.sends.get("u-ada", key).state is SendState.SENT


def test_a_pass_whose_time_is_up_leaves_it_to_the_next_one():
    post, record = a_post()
    given = {"sends": post.sends, "requests": a_desk(post).requests, "now": FOUND + MINUTE, "soon": SOON}
    left, deliveries = iter([False, False, True]), MemoryDeliveries()

    done = release(**given, grace=GRACE, deliveries=deliveries, enough=lambda: next(left, True))

    assert (done.recovered, deliveries.handed) == (0, [])
    assert released(post, FOUND + 2 * MINUTE)[1] == [("u-ada", record.key)]
    assert stood(post, record).state is SendState.SENDING
