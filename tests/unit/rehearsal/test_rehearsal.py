"""What a rehearsal prepares, what it reads from a stack, and what it calls a difference."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from segue.examples import Example, differences, written
from segue.profiles.runs import Ended
from segue.rehearsal.agreement import disagreements
from segue.rehearsal.cast import Part, part, understudies
from segue.rehearsal.followed import taken
from segue.rehearsal.theatre import EVERY, TRAIT, build
from segue.workspace.bundle import Workspace
from segue.workspace.load import load

NOW = datetime(2026, 5, 5, 13, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return load(build(Path("workspace"), tmp_path_factory.mktemp("theatre") / "workspace"))


def a_part(workspace: Workspace, journey: str | None = "first-order-thanks", **given: Any) -> Part:
    said = {"name": "an order", "events": [{"event": "Order Completed", "properties": {"order_id": "1"}}], "expect": {}}
    return part(workspace, Example.model_validate(said | given), journey=journey, person="ada", after=NOW)


def test_in_the_theatre_every_journey_admits_only_who_rehearses_it(workspace: Workspace) -> None:
    events = [{"event": name} for name in dict.fromkeys(each.entry.event for each in workspace.journeys)]
    begun = {
        journey: {run.journey for run in a_part(workspace, journey, events=events).simulated.runs}
        for journey in [*workspace.journeys_by_name, None]
    }

    assert begun == {name: {name} for name in workspace.journeys_by_name} | {None: set(workspace.journeys_by_name)}


def test_every_example_means_the_same_in_the_theatre(workspace: Workspace) -> None:
    spread = workspace.policy.channels["email"].spread

    for journey, example in written(Path("workspace")):
        played = part(workspace, example, journey=journey, person="ada", after=NOW)
        assert list(differences(played.example, journey, played.simulated, late=spread)) == []


def test_an_example_begins_at_its_hour_of_the_next_day_that_is_still_to_come(workspace: Workspace) -> None:
    starts = [a_part(workspace, start=f"2026-03-10T{hour}:00:00Z").example.start for hour in ("13", "14")]

    assert starts == [datetime(2026, 5, 6, 13, tzinfo=UTC), datetime(2026, 5, 5, 14, tzinfo=UTC)]


def test_nobody_else_has_the_ids_of_a_part(workspace: Workspace) -> None:
    events = [{"event": "Order Completed", "user_id": "u"}, {"event": "Email Opened", "anonymous_id": "a"}]
    played = a_part(workspace, events=events)

    assert [(event.user_id, event.anonymous_id) for event in played.events] == [
        ("ada", None),
        ("ada-u", None),
        (None, "ada-a"),
    ]
    assert [event.user_id for event in understudies([played], NOW)] == ["ada-first", "ada-u-first"]


def test_a_call_says_what_the_event_says(workspace: Workspace) -> None:
    known, order = (event.as_call() for event in a_part(workspace, journey=None).events)

    assert (known["type"], known["traits"][TRAIT]) == ("identify", EVERY)
    assert order == {
        "type": "track",
        "event": "Order Completed",
        "messageId": "ada-1",
        "userId": "ada",
        "timestamp": "2026-05-06T12:00:00+00:00",
        "properties": {"order_id": "1"},
    }


def entered(name: str) -> dict[str, Any]:
    return {"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": name}}


def failed(error: str) -> dict[str, Any]:
    return {"type": "TaskFailed", "taskFailedEventDetails": {"error": error}}


SENT = {"type": "TaskSucceeded", "taskSucceededEventDetails": {"output": '{"outcome": "sent"}'}}
INVOKED = {"type": "TaskSucceeded", "taskSucceededEventDetails": {"output": '{"Payload": null}'}}


def test_a_path_is_read_from_the_history_of_an_execution() -> None:
    timed_out = {"type": "TaskTimedOut", "taskTimedOutEventDetails": {"error": "States.Timeout"}}
    history = [
        entered("Begin"),
        entered("1-send"),
        failed("States.TaskFailed"),
        SENT,
        entered("1-send?"),
        entered("2-wait"),
        failed("States.Timeout"),
        entered("3-wait_for"),
        timed_out,
        entered("Finish"),
        INVOKED,
    ]

    assert list(taken(history)) == [("1-send", "sent"), ("2-wait", "timeout"), ("3-wait_for", "timeout")]


def test_a_step_that_a_run_left_from_is_not_in_its_path() -> None:
    assert list(taken([entered("1-wait"), failed("Journey.Exit"), entered("Left")])) == []


def test_a_stack_may_be_late_but_neither_early_nor_elsewhere(workspace: Workspace) -> None:
    simulated = a_part(workspace).simulated
    [run], [sent, *others] = simulated.runs, simulated.sends
    assert run.ended_at is not None
    assert sent.finished_at is not None

    def told(by: timedelta = timedelta(), **change: Any) -> list[str]:
        came = replace(simulated, runs=(replace(run, **{"ended_at": run.ended_at + by} | change),))
        return [line.removeprefix(run.run_id).strip() for line in disagreements(simulated, came, timedelta(hours=2))]

    assert told() == []
    assert told(timedelta(hours=2)) == []
    assert told(timedelta(hours=3)) == [
        "ended at 2026-05-06 18:00:00+00:00 simulated, but at 2026-05-06 21:00:00+00:00 on the stack"
    ]
    assert "ended at" in told(timedelta(seconds=-1))[0]
    assert told(ended=Ended.GOAL)[0].endswith("3-send sent (goal) on the stack")
    assert list(disagreements(simulated, replace(simulated, sends=(*others,)), timedelta())) == [
        f"{sent.request.send_id} was sent (allowed) simulated, but not asked for on the stack"
    ]
    assert list(disagreements(simulated, replace(simulated, runs=()), timedelta())) == [
        f"{run.run_id} began simulated, but not on the stack"
    ]
