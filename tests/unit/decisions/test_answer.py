"""A send request is answered once, whatever comes twice, late or cut off; and no cap is ever exceeded."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.decisions.answer import answer
from segue.decisions.asked import Asked
from segue.decisions.cancel import Cancel
from segue.decisions.decision import SendState, record_key
from segue.decisions.ending import tell_the_end
from segue.decisions.reasons import Reason
from segue.decisions.release import release
from segue.profiles.ports import Conflict
from segue.profiles.runs import Ended
from tests.builders import NOON, a_profile, a_request, a_run
from tests.unit.decisions.cutting import Fragile, Interrupted, Killed
from tests.unit.decisions.desk import EVENING, GRACE, MORNING, RUN, SOON, a_desk, news

A_LAW = {
    "name": "Berlin",
    "law": "§ 1",
    "source": "https://example.com/law",
    "regions": ["DE"],
    "since": "2026-01-01",
    "channels": ["email"],
    "limit": 3,
    "per": "1d",
}


def test_what_may_go_reserves_its_touch_and_is_handed_over():
    desk = a_desk()

    record = answer(Asked(request=a_request()), desk=desk, now=NOON)

    assert record.state is SendState.SENDING
    assert desk.deliveries.handed == [("u-ada", record.key)]
    assert list(desk.profiles.head("u-ada").ledger.value.touches) == ["send-1"]
    assert desk.sends.get("u-ada", record.key) == record


@pytest.mark.parametrize(
    ("policy", "request_", "kept"),
    [
        ({}, {"category": "transactional", "purpose": "service"}, []),
        (
            {"categories": {"transactional": {"counts": True}}},
            {"category": "transactional", "purpose": "service"},
            ["s"],
        ),
        ({"channels": {"email": {"cap": None}}, "total": None}, {}, []),
        ({"channels": {"email": {"cap": None}}, "total": None, "cool_down": "1h"}, {}, ["s"]),
        (
            {"channels": {"email": {"cap": None}}, "total": None, "caps": [{"limit": 1, "per": "1d", "topics": ["a"]}]},
            {},
            [],
        ),
        ({"channels": {"email": {"cap": None}}, "total": None, "laws": [A_LAW]}, {}, ["s"]),
        ({"laws": [A_LAW]}, {"category": "transactional", "purpose": "service"}, []),
    ],
)
def test_what_no_limit_counts_leaves_no_touch(policy: dict, request_: dict, kept: list[str]):
    desk = a_desk(policy=policy)

    record = answer(Asked(request=a_request("s", **request_)), desk=desk, now=NOON)

    assert record.state is SendState.SENDING
    assert list(desk.profiles.head("u-ada").ledger.value.touches) == kept


def test_the_same_request_again_is_not_decided_again_but_handed_over_again():
    desk = a_desk()
    answer(Asked(request=a_request()), desk=desk, now=NOON)

    again = answer(Asked(request=a_request()), desk=desk, now=NOON + timedelta(minutes=1))

    assert again is None
    assert len(desk.deliveries.handed) == 2
    assert len(desk.profiles.head("u-ada").ledger.value.touches) == 1


@pytest.mark.parametrize("alive", ["first", "second"])
def test_a_step_that_asked_twice_is_told_the_end_whichever_token_is_alive(alive: str):
    desk = a_desk(runs=(a_run(),))
    first, second = (a_request(run=RUN, token=token) for token in ("first", "second"))
    record = answer(Asked(request=first), desk=desk, now=NOON)
    answer(Asked(request=second), desk=desk, now=NOON)
    [(again, delay)] = desk.requests.asked
    desk.sends.rows.commit([_overwrite(desk, record.finish(SendState.SENT, Reason.ALLOWED, NOON, "mail-1"))])
    tell_the_end(desk.sends.get("u-ada", record.key), outcomes=desk.outcomes, announcements=desk.announcements)

    assert answer(again, desk=desk, now=NOON + delay) is None

    assert (alive, "sent") in desk.outcomes.outcomes
    assert len(desk.deliveries.handed) == 1
    assert len({told.id for told in desk.announcements.news}) == 1


def test_the_second_token_of_a_deferred_send_is_looked_after_until_the_run_has_left():
    desk = a_desk(runs=(a_run(),))
    first, second = (a_request(at=EVENING, run=RUN, token=token) for token in ("first", "second"))
    record = answer(Asked(request=first), desk=desk, now=EVENING)
    answer(Asked(request=second), desk=desk, now=EVENING)
    [(again, delay)] = desk.requests.asked
    Cancel(profiles=desk.profiles, sends=desk.sends, outcomes=desk.outcomes, announcements=desk.announcements).cancel(
        "u-ada", record.key, EVENING
    )

    answer(again, desk=desk, now=EVENING + delay)

    assert delay <= SOON
    assert desk.outcomes.outcomes == [("first", "leave"), ("second", "leave")]


def test_what_has_been_delivered_is_not_handed_over_again():
    desk = a_desk()
    record = answer(Asked(request=a_request()), desk=desk, now=NOON)
    sent = record.finish(SendState.SENT, Reason.ALLOWED, NOON, "mail-1")
    desk.sends.rows.commit([_overwrite(desk, sent)])

    answer(Asked(request=a_request()), desk=desk, now=NOON)

    assert len(desk.deliveries.handed) == 1


def _overwrite(desk, record):
    from segue.memory.rows import Write  # noqa: PLC0415 - only here the rows are reached into

    place = (record.request.profile_id, record.key)
    return Write(*place, record, desk.sends.rows.read(*place).version)


def test_what_must_not_go_is_dropped_and_its_run_told():
    desk = a_desk(profile=a_profile(consents={"marketing": False}), runs=(a_run(),))

    answer(Asked(request=a_request(run=RUN, token="t")), desk=desk, now=NOON)

    assert desk.outcomes.outcomes == [("t", "dropped")]
    assert news(desk) == ["Message Dropped"]
    assert desk.announcements.news[0].detail["reason"] == "no_consent"


def test_a_run_that_is_over_leaves():
    desk = a_desk(runs=(a_run(ended=Ended.GOAL),))

    answer(Asked(request=a_request(run=RUN, token="t")), desk=desk, now=NOON)

    assert desk.outcomes.outcomes == [("t", "leave")]


def test_what_a_paused_journey_deferred_is_dropped_when_it_is_woken():
    desk = a_desk(runs=(a_run(),))
    request = a_request(at=EVENING, run=RUN, token="t")
    answer(Asked(request=request), desk=desk, now=EVENING)

    record = answer(
        Asked(request=request, attempt=1), desk=replace(desk, paused=lambda name: name == "thanks"), now=MORNING
    )

    assert (record.state, record.reason) == (SendState.DROPPED, Reason.JOURNEY_PAUSED)
    assert desk.outcomes.outcomes == [("t", "dropped")]


def test_a_pause_is_looked_up_for_the_requests_of_runs_only():
    looked: list[str] = []
    desk = replace(a_desk(runs=(a_run(),)), paused=lambda name: bool(looked.append(name)))

    answer(Asked(request=a_request()), desk=desk, now=NOON)
    answer(Asked(request=a_request("send-2", run=RUN)), desk=desk, now=NOON)

    assert looked == ["thanks"]


def test_a_long_deferral_waits_for_release_and_a_short_one_in_the_queue():
    long, short = a_desk(), a_desk()

    answer(Asked(request=a_request(at=EVENING)), desk=long, now=EVENING)
    answer(Asked(request=a_request(at=EVENING)), desk=short, now=MORNING - timedelta(minutes=10))

    assert long.requests.asked == []
    assert long.sends.next_wake() == MORNING
    [(woken, delay)] = short.requests.asked
    assert (woken.attempt, delay) == (1, timedelta(minutes=10))
    assert short.sends.next_wake() == MORNING + SOON + GRACE
    assert news(long) == news(short) == ["Message Deferred"]


def test_a_deferral_lets_the_run_wait_for_it():
    desk = a_desk(runs=(a_run(),))

    record = answer(Asked(request=a_request(at=EVENING, run=RUN, token="t")), desk=desk, now=EVENING)

    wait = desk.profiles.head("u-ada").runs.value.get("thanks-1").wait
    assert (wait.kind, wait.token, wait.record, wait.until) == ("send", "t", record.key, MORNING)


def test_a_woken_request_is_decided_anew():
    desk = a_desk()
    answer(Asked(request=a_request(at=EVENING)), desk=desk, now=EVENING)

    record = answer(Asked(request=a_request(at=EVENING), attempt=1), desk=desk, now=MORNING)

    assert (record.state, record.attempt) == (SendState.SENDING, 2)
    assert [decision.action.value for decision in record.decisions] == ["defer", "send"]


def test_a_request_woken_twice_is_decided_once():
    desk = a_desk(policy={"channels": {"email": {"cap": None}}})
    woken = Asked(request=a_request(at=EVENING), attempt=1)
    answer(Asked(request=a_request(at=EVENING)), desk=desk, now=EVENING)
    answer(woken, desk=desk, now=MORNING - timedelta(minutes=1))

    assert answer(woken, desk=desk, now=MORNING) is None
    assert desk.sends.get("u-ada", record_key(woken.request)).state is SendState.DEFERRED
    assert answer(replace(woken, attempt=2), desk=desk, now=MORNING).state is SendState.SENDING


def test_a_woken_request_that_nobody_knows_is_an_error():
    with pytest.raises(LookupError):
        answer(Asked(request=a_request(), attempt=1), desk=a_desk(), now=NOON)


def test_when_another_request_is_faster_it_is_decided_again_on_what_is_then_true():
    desk = a_desk()
    others = iter(range(2))

    def faster() -> None:
        if (other := next(others, None)) is not None:
            answer(Asked(request=a_request(f"other-{other}")), desk=desk, now=NOON)

    hindered = replace(desk, sends=Interrupted(desk.sends, faster))
    record = answer(Asked(request=a_request()), desk=hindered, now=NOON)

    assert (record.state, record.decisions[-1].reason) == (SendState.DEFERRED, Reason.CHANNEL_CAP)


def test_who_never_gets_a_turn_goes_back_to_the_queue():
    def always() -> None:
        raise Conflict

    desk = a_desk()
    met: list[int] = []

    with pytest.raises(Conflict):
        answer(
            Asked(request=a_request()),
            desk=replace(desk, sends=Interrupted(desk.sends, always), pause=met.append),
            now=NOON,
        )
    assert met[:3] == [0, 1, 2]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_cap_is_exceeded_and_every_request_ends_once_whatever_is_cut_off_or_comes_twice(data) -> None:
    """Many requests; each message may be handled twice, or be cut off before or after any of its effects."""
    limit = data.draw(st.integers(1, 3), label="limit")
    desk = a_desk(policy={"channels": {"email": {"cap": {"limit": limit, "per": "24h"}}}, "total": None})
    cut = iter(data.draw(st.lists(st.integers(0, 12), max_size=12), label="cut after"))
    countdown = [next(cut, 10_000)]

    def perhaps_killed() -> None:
        countdown[0] -= 1
        if countdown[0] < 0:
            countdown[0] = next(cut, 10_000)
            raise Killed

    fragile = replace(
        desk,
        sends=Fragile(desk.sends, perhaps_killed),
        deliveries=Fragile(desk.deliveries, perhaps_killed),
        requests=Fragile(desk.requests, perhaps_killed),
        announcements=Fragile(desk.announcements, perhaps_killed),
    )
    priorities = data.draw(st.lists(st.sampled_from([0, 0, 3, 7]), min_size=1, max_size=6), label="priorities")
    expires_at = NOON + timedelta(days=9)
    requests = [a_request(f"send-{n}", expires_at=expires_at, priority=each) for n, each in enumerate(priorities)]
    queue = data.draw(st.permutations([Asked(request=request) for request in requests] * 2), label="order")
    now = NOON
    while True:
        while queue:
            message = queue.pop()
            try:
                answer(message, desk=fragile, now=now)
            except Killed:
                queue.append(message)
        woken = [wish for wish, _ in desk.requests.asked]
        desk.requests.asked.clear()
        queue = woken
        if queue:
            now += timedelta(minutes=16)
        elif (wake := desk.sends.next_wake()) is not None:
            now = max(now, wake)
            release(
                sends=desk.sends, requests=desk.requests, deliveries=desk.deliveries, now=now, soon=SOON, grace=GRACE
            )
        else:
            break

    records = list(desk.sends.decided("u-ada"))
    sent = sorted(record.decisions[-1].at for record in records)
    assert [record.state for record in records] == [SendState.SENDING] * len(requests)
    assert {key for _, key in desk.deliveries.handed} == {record.key for record in records}
    for moment in sent:
        assert sum(moment - timedelta(hours=24) < other <= moment for other in sent) <= limit
