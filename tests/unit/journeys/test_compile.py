import json
from typing import Any

import pytest
from statelint.config import Config
from statelint.linter import Linter

from segue.decisions.asked import read
from segue.decisions.policy import Policy
from segue.journeys.compile import Site, compile_journey
from segue.journeys.definition import Journey
from segue.journeys.waits import ActTask, EndTask, WaitTask, task
from tests.journeys.examples import EVERY_FORK, EVERY_KIND, a_journey

STEPS = "https://sqs.eu-central-1.amazonaws.com/123456789012/steps"
CALLS = "https://sqs.eu-central-1.amazonaws.com/123456789012/calls"
REQUESTS = "https://sqs.eu-central-1.amazonaws.com/123456789012/requests"


def compiled(journey: Journey, *, clock_rate: float = 1.0) -> dict[str, Any]:
    return compile_journey(journey, Site(clock_rate, STEPS, REQUESTS, CALLS))


def lint(machine: dict[str, Any]) -> list[str]:
    return [str(problem) for problem in Linter.validate(json.dumps(machine), Config([], False, False))]


def tasks(machine: dict[str, Any]) -> dict[str, Any]:
    return {name: state for name, state in machine["States"].items() if state["Type"] == "Task"}


def filled(asked: Any) -> Any:
    """The expressions of a payload replaced by values that a running machine would give."""
    values = {
        "{% $run_id %}": "thanks-1",
        "{% $profile_id %}": "u-ada",
        "{% $at %}": None,
        "{% $caused_at %}": "2026-03-10T13:00:00+00:00",
        "{% $states.context.State.EnteredTime %}": "2026-03-10T13:00:00.123Z",
        "{% $states.context.Task.Token %}": "token",
    }
    return {
        name: filled(value)
        if isinstance(value, dict)
        else values.get(value, value)
        if isinstance(value, str)
        else value
        for name, value in asked.items()
    }


@pytest.mark.parametrize(
    "journey",
    [EVERY_KIND, EVERY_FORK, a_journey(), a_journey(steps=["exit"]), a_journey(steps=[{"wait": "1h"}])],
    ids=lambda journey: f"{journey.name}-{len(journey.steps)}",
)
def test_an_independent_validator_finds_nothing(journey: Journey) -> None:
    assert lint(compiled(journey)) == []


def test_the_validator_would_find_something() -> None:
    machine = compiled(EVERY_KIND)
    machine["States"]["quiet"]["Next"] = "nowhere"

    assert any("nowhere" in problem for problem in lint(machine))


def test_every_step_can_be_left_and_broken() -> None:
    for name, state in tasks(compiled(EVERY_KIND)).items():
        if name in ("Finish", "Broken"):
            continue
        caught = {error: catcher["Next"] for catcher in state["Catch"] for error in catcher["ErrorEquals"]}
        assert caught["Journey.Exit"] == "Left"
        assert caught["States.ALL"] == "Broken"
        assert isinstance(state["TimeoutSeconds"], int)
        assert ".waitForTaskToken" in state["Resource"]


def test_an_exit_and_a_timeout_are_never_retried() -> None:
    for state in tasks(compiled(EVERY_KIND)).values():
        assert state["Retry"][0] == {"ErrorEquals": ["Journey.Exit", "States.Timeout"], "MaxAttempts": 0}


def test_outcomes_choose_the_way() -> None:
    states = compiled(EVERY_KIND)["States"]

    assert states["3-send"]["Next"] == "3-send?"
    assert {choice["Condition"]: choice["Next"] for choice in states["3-send?"]["Choices"]} == {
        "{% $outcome = 'sent' %}": "quiet",
        "{% $outcome = 'dropped' %}": "Finish",
        "{% $outcome = 'failed' %}": "Finish",
    }
    assert states["1-wait_for"]["Catch"][1]["Next"] == "Finish"
    assert states["1-wait_for"]["Next"] == "2-wait_for"


@pytest.mark.parametrize(("rate", "seconds"), [(1.0, 3600), (1800.0, 2), (7000.0, 1), (1e9, 1)])
def test_waits_are_as_long_as_the_clock_makes_them(rate: float, seconds: int) -> None:
    machine = compiled(a_journey(steps=[{"wait": "1h"}]), clock_rate=rate)

    assert machine["States"]["1-wait"]["TimeoutSeconds"] == seconds
    assert machine["States"]["1-wait"]["Arguments"]["MessageBody"]["seconds"] == 3600


def test_a_send_step_asks_what_decide_reads() -> None:
    body = compiled(EVERY_KIND)["States"]["3-send"]["Arguments"]["MessageBody"]

    request = read(
        json.dumps(filled(body)), policy=Policy.model_validate({}), words=lambda _name, _run: (), at=lambda real: real
    ).request

    assert request.send_id == "thanks-1.3-send"
    assert request.run is not None
    assert request.run.version == EVERY_KIND.version


def test_every_other_task_asks_what_the_step_function_reads() -> None:
    asked = {
        name: task(filled(state["Arguments"]["MessageBody"]))
        for name, state in tasks(compiled(EVERY_KIND)).items()
        if state["Arguments"]["QueueUrl"] == STEPS
    }

    assert {name: type(payload) for name, payload in asked.items()} == {
        "1-wait_for": WaitTask,
        "2-wait_for": WaitTask,
        "quiet": WaitTask,
        "Finish": EndTask,
        "Broken": EndTask,
    }


def test_acts_ask_the_step_function_too_and_liquid_is_no_expression_of_the_machine() -> None:
    states = compiled(EVERY_FORK)["States"]
    body = states["1-branch.big.1-set"]["Arguments"]["MessageBody"]

    assert isinstance(task(filled(body)), ActTask)
    assert json.loads(body["act"])["traits"] == {"mood": "{% if true %}good{% endif %}"}
    assert [text for text in body.values() if text.startswith("{%") and not text.startswith("{% $")] == []


def test_the_messages_of_a_run_are_counted_where_they_are_limited() -> None:
    states = compiled(EVERY_FORK)["States"]

    assert states["Begin"]["Assign"]["touches"] == 0
    assert states["3-escalate"]["Assign"]["touches"] == "{% $touches + ($states.result.outcome = 'sent' ? 1 : 0) %}"
    assert states["3-escalate"]["Arguments"]["MessageBody"]["touches"] == "{% $touches %}"
    assert "touches" not in compiled(EVERY_KIND)["States"]["Begin"]["Assign"]


def test_an_act_leaves_the_moment_of_the_step_before_as_it_was() -> None:
    branch = compiled(EVERY_FORK)["States"]["1-branch"]

    assert set(branch["Assign"]) == {"outcome"}
    assert "Assign" not in branch["Catch"][1]
    assert branch["Catch"][1]["Next"] == "Broken"


def test_machines_carry_no_personal_data() -> None:
    begin = compiled(EVERY_KIND)["States"]["Begin"]

    assert set(begin["Assign"]) == {"run_id", "profile_id", "at", "caused_at"}
