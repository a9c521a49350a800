"""A record takes as many decisions as may come, in a row of the table that takes 400 KB."""

from datetime import timedelta

from segue.aws.table import decode, encode
from segue.cli.telling import numbered
from segue.decisions.answer import answer
from segue.decisions.asked import Asked
from segue.decisions.decision import SendRecord, SendState, record_key
from segue.decisions.reasons import Reason
from tests.builders import a_request
from tests.unit.decisions.desk import EVENING, MORNING, a_desk

YEARS = timedelta(days=3_000)


def deferred_daily(times: int) -> tuple[SendRecord, list[int]]:
    """A message that is asked about each evening, when it is too late; and the size of its row each time."""
    desk, request, sizes = a_desk(), a_request(at=EVENING, expires_at=EVENING + YEARS), []
    for day in range(times):
        record = answer(Asked(request=request, attempt=day), desk=desk, now=EVENING + timedelta(days=day))
        sizes.append(len(encode(SendRecord, record)))
    return record, sizes


def test_a_record_stops_growing_however_often_it_is_deferred():
    record, sizes = deferred_daily(1_000)

    assert record.attempt == 1_000
    assert max(sizes) == sizes[-1] < 20_000
    assert sizes[-1] - sizes[100] < 5


def test_the_first_decision_and_the_last_ones_keep_what_they_saw():
    record, _ = deferred_daily(200)

    days = [(decision.at - EVENING).days for decision in record.decisions]
    assert days == [0, *range(176, 200)]
    assert [number for number, _ in numbered(record)] == [1, *range(177, 201)]
    assert [bool(decision.trace) for decision in record.decisions] == [True, *[False] * 21, *[True] * 3]
    assert all(decision.reason is Reason.OUTSIDE_WINDOW and decision.due for decision in record.decisions)


def test_a_record_that_has_forgotten_some_decisions_is_woken_as_the_attempt_that_it_is():
    record, _ = deferred_daily(200)
    kept = decode(SendRecord, encode(SendRecord, record))

    assert (kept, kept.attempt) == (record, 200)
    desk, request = a_desk(), record.request
    for day in range(200):
        answer(Asked(request=request, attempt=day), desk=desk, now=EVENING + timedelta(days=day))
    morning = MORNING + timedelta(days=199)

    assert answer(Asked(request=request, attempt=199), desk=desk, now=morning) is None
    sent = answer(Asked(request=request, attempt=200), desk=desk, now=morning)

    assert (sent.state, sent.attempt) == (SendState.SENDING, 201)
    assert desk.sends.get("u-ada", record_key(request)) == sent
