"""A request takes the place of another in one step, or not at all: in memory as on DynamoDB."""

from dataclasses import replace
from datetime import timedelta

import pytest

from segue.decisions.decision import Displaced, SendState
from segue.decisions.ports import Step
from segue.profiles.head import Versioned
from segue.profiles.ports import Conflict
from tests.builders import NOON, a_ledger, a_touch
from tests.contract.test_sends import a_record, due, first, keepers, sends

HOUR = timedelta(hours=1)

__all__ = ["keepers", "sends"]


def taking(place_of, attempt: int = 1) -> Step:
    back = replace(place_of, state=SendState.DEFERRED, decisions=place_of.decisions * 2, due=NOON)
    named = Displaced(profile_id="u-ada", key=back.key, attempt=back.attempt)
    return Step(
        record=replace(a_record("high", state=SendState.SENDING), in_place_of=named),
        was=None,
        attempt=0,
        holder="u-ada",
        ledger=Versioned(a_ledger(a_touch(send_id="high")), 1),
        displaced=Step(record=back, was=SendState.SENDING, attempt=attempt, holder="u-ada", wake=NOON + HOUR),
    )


@pytest.fixture
def low(sends):
    record = a_record("low", state=SendState.SENDING)
    sends.take(first(record, ledger=Versioned(a_ledger(a_touch(send_id="low")), 0)))
    return record


def test_both_records_and_the_ledger_change_at_once(keepers, low):
    profiles, sends = keepers
    step = taking(low)

    sends.take(step)

    assert sends.get("u-ada", step.record.key) == step.record
    assert sends.get("u-ada", low.key) == step.displaced.record
    assert list(profiles.ledger("u-ada").value.touches) == ["high"]
    assert due(sends, NOON + 2 * HOUR) == ["high", "low"]  # the first, should it be lost on its way


def test_what_is_under_way_is_not_displaced_and_then_nothing_changes(keepers, low):
    profiles, sends = keepers
    calling = replace(low, state=SendState.CALLING)
    sends.take(Step(record=calling, was=SendState.SENDING, attempt=1, holder="u-ada"))
    step = taking(low)

    with pytest.raises(Conflict):
        sends.take(step)

    assert sends.get("u-ada", low.key) == calling
    assert sends.get("u-ada", step.record.key) is None
    assert list(profiles.ledger("u-ada").value.touches) == ["low"]
