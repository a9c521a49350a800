"""What was deferred is cancelled, once, whatever happens to it meanwhile."""

import pytest

from segue.decisions.answer import answer
from segue.decisions.asked import Asked
from segue.decisions.cancel import Cancel
from segue.decisions.decision import SendState
from segue.decisions.reasons import Reason
from tests.builders import NOON, a_request, a_run
from tests.unit.decisions.cutting import Fragile, Interrupted, Killed
from tests.unit.decisions.desk import EVENING, MORNING, RUN, a_desk, news


def test_what_a_run_deferred_is_cancelled_when_it_leaves():
    desk = a_desk(runs=(a_run(),))
    record = answer(Asked(request=a_request(at=EVENING, run=RUN, token="t")), desk=desk, now=EVENING)
    cancel = Cancel(profiles=desk.profiles, sends=desk.sends, outcomes=desk.outcomes, announcements=desk.announcements)

    cancel.cancel("u-ada", record.key, EVENING)
    cancel.cancel("u-ada", record.key, EVENING)
    cancel.cancel("u-ada", "DECISION#unknown", EVENING)

    stood = desk.sends.get("u-ada", record.key)
    assert (stood.state, stood.reason) == (SendState.DROPPED, Reason.RUN_ENDED)
    assert answer(Asked(request=record.request, attempt=1), desk=desk, now=MORNING) is None
    assert desk.deliveries.handed == []


def test_all_that_is_deferred_for_a_person_can_be_cancelled_and_the_rest_is_left_alone():
    desk = a_desk(runs=(a_run(),), policy={"channels": {"in_app": {}}})
    sending = answer(Asked(request=a_request("sending", channel="in_app")), desk=desk, now=NOON)
    mine = answer(Asked(request=a_request("mine", at=EVENING, token="a-service")), desk=desk, now=EVENING)
    a_runs = answer(Asked(request=a_request("run", at=EVENING, run=RUN, token="t")), desk=desk, now=EVENING)
    cancel = Cancel(profiles=desk.profiles, sends=desk.sends, outcomes=desk.outcomes, announcements=desk.announcements)

    assert [cancel.cancel_person("u-ada", EVENING) for _ in range(2)] == [2, 0]

    stood = [desk.sends.get("u-ada", record.key) for record in (sending, mine, a_runs)]
    assert [record.reason for record in stood] == [None, Reason.CANCELLED, Reason.RUN_ENDED]
    assert [record.state for record in stood] == [SendState.SENDING, SendState.DROPPED, SendState.DROPPED]
    assert sorted(desk.outcomes.outcomes) == [("a-service", "dropped"), ("t", "leave")]
    assert desk.sends.next_wake() is None
    assert news(desk).count("Message Dropped") == 2
    assert answer(Asked(request=a_request("later")), desk=desk, now=NOON).state is SendState.SENDING


def test_what_is_decided_while_it_is_cancelled_is_cancelled_or_goes_but_not_both():
    desk = a_desk()
    record = answer(Asked(request=a_request(at=EVENING)), desk=desk, now=EVENING)

    def faster() -> None:
        answer(Asked(request=record.request, attempt=1), desk=desk, now=MORNING)

    cancel = Cancel(
        profiles=desk.profiles,
        sends=Interrupted(desk.sends, faster),
        outcomes=desk.outcomes,
        announcements=desk.announcements,
    )
    cancel.cancel_person("u-ada", MORNING)

    assert desk.sends.get("u-ada", record.key).state is SendState.SENDING
    assert news(desk) == ["Message Deferred"]


def test_what_was_cut_off_while_it_was_cancelled_is_told_when_it_is_cancelled_again():
    desk = a_desk()
    record = answer(Asked(request=a_request(at=EVENING)), desk=desk, now=EVENING)
    silent = Cancel(
        profiles=desk.profiles,
        sends=desk.sends,
        outcomes=desk.outcomes,
        announcements=Fragile(desk.announcements, _killed),
    )
    with pytest.raises(Killed):
        silent.cancel("u-ada", record.key, EVENING, Reason.CANCELLED)

    Cancel(profiles=desk.profiles, sends=desk.sends, outcomes=desk.outcomes, announcements=desk.announcements).cancel(
        "u-ada", record.key, EVENING, Reason.CANCELLED
    )

    assert desk.announcements.news[-1].detail["reason"] == "cancelled"


def _killed() -> None:
    raise Killed
