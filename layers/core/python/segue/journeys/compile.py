"""The graph as Amazon States Language (JSONata): one state machine per journey, made at synth.

Every waiting state is a task with a token and a numeric timeout, so that an exit can end it: `Journey.Exit` is caught
everywhere and leads to `Left`. There is no Parallel. Executions carry ids and moments, never personal data.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, assert_never

from segue.journeys.definition import Journey
from segue.journeys.graph import END, FAILED, TIMEOUT, Action, Listen, Node, Pause, graph_of
from segue.journeys.steps import Send
from segue.profiles.runs import Trigger

EXIT_ERROR = "Journey.Exit"
#: A send without a time limit of its own ends with its category's: this is the longest that the policy may say.
LONGEST_SEND = timedelta(days=30)
#: What a send may take beyond its time limit, in real time: queues, retries, a redrive.
SLACK_SECONDS = 3600

_BEGIN, _FINISH, _DONE, _LEFT, _BROKEN, _FAILED = "Begin", "Finish", "Completed", "Left", "Broken", "Failed"
_TOKEN = "{% $states.context.Task.Token %}"  # noqa: S105 - an expression


@dataclass(frozen=True, slots=True)
class _Site:
    """Where the machine will stand, and what it is of."""

    journey: Journey
    clock_rate: float
    step_function_arn: str
    requests_queue_url: str


def compile_journey(
    journey: Journey, *, clock_rate: float, step_function_arn: str, requests_queue_url: str
) -> dict[str, Any]:
    """The definition of the journey's machine. The environment's clock runs `clock_rate` times as fast as ours."""
    graph = graph_of(journey)
    site = _Site(journey, clock_rate, step_function_arn, requests_queue_url)
    states: dict[str, Any] = {_BEGIN: _begin(_FINISH if graph.start == END else graph.start)}
    for node in graph.nodes.values():
        ways = {outcome: _FINISH if target == END else target for outcome, target in node.edges.items()}
        states |= _with_ways(node.id, _task(node, site), ways)
    states |= {
        _FINISH: _end("completed", site) | {"Next": _DONE},
        _DONE: {"Type": "Succeed"},
        _LEFT: {"Type": "Succeed"},
        _BROKEN: _end("failed", site) | {"Next": _FAILED},
        _FAILED: {"Type": "Fail", "Error": "Journey.Failed", "Cause": "A step failed for good; the run was ended."},
    }
    return {
        "Comment": f"{journey.name} {journey.version}",
        "QueryLanguage": "JSONata",
        "StartAt": _BEGIN,
        "States": states,
    }


def real_seconds(duration: timedelta, clock_rate: float) -> int:
    """A duration of the environment's clock as `TimeoutSeconds`: whole, and at least 1."""
    return max(1, math.ceil(duration.total_seconds() / clock_rate))


def _begin(first: str) -> dict[str, Any]:
    names = ("run_id", "profile_id", "at", "caused_at")
    return {"Type": "Pass", "Assign": {name: f"{{% $states.input.{name} %}}" for name in names}, "Next": first}


def _task(node: Node, site: _Site) -> dict[str, Any]:
    action: Action = node.action
    match action:
        case Send():
            seconds = real_seconds(action.expires_after or LONGEST_SEND, site.clock_rate) + SLACK_SECONDS
            return {
                "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "Arguments": {
                    "QueueUrl": site.requests_queue_url,
                    "MessageBody": _send_body(node.id, action, site.journey),
                },
                "TimeoutSeconds": seconds,
            }
        case Pause(length):
            return _wait(node.id, "wait", length, (), site)
        case Listen(triggers, within):
            return _wait(node.id, "wait_for", within, triggers, site)
        case _:
            assert_never(action)


def _send_body(step: str, send: Send, journey: Journey) -> dict[str, Any]:
    """What `decide` is asked. `entered_at` is real time: `decide` converts it to the environment's clock."""
    return {
        "profile_id": "{% $profile_id %}",
        "run": {"run_id": "{% $run_id %}", "journey": journey.name, "version": journey.version, "step": step},
        "template": send.template,
        "channel": send.channel,
        "category": send.category,
        "purpose": send.purpose,
        "topic": send.topic,
        "priority": send.priority,
        "expires_after_seconds": int(send.expires_after.total_seconds()) if send.expires_after else None,
        "entered_at": "{% $states.context.State.EnteredTime %}",
        "token": _TOKEN,
        "caused_at": "{% $caused_at %}",
    }


def _wait(step: str, kind: str, length: timedelta, triggers: tuple[Trigger, ...], site: _Site) -> dict[str, Any]:
    listened = [
        {"event": trigger.event, "outcome": trigger.outcome} | ({"when": trigger.when} if trigger.when else {})
        for trigger in triggers
    ]
    return {
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {
            "FunctionName": site.step_function_arn,
            "Payload": {
                "action": "wait",
                "run_id": "{% $run_id %}",
                "profile_id": "{% $profile_id %}",
                "journey": site.journey.name,
                "step": step,
                "kind": kind,
                "seconds": int(length.total_seconds()),
                "triggers": listened,
                "token": _TOKEN,
                "anchor": "{% $at %}",
            },
        },
        "TimeoutSeconds": real_seconds(length, site.clock_rate),
    }


def _with_ways(id_: str, task: dict[str, Any], ways: dict[str, str]) -> dict[str, Any]:
    """The task, its catchers, and a Choice behind it where its outcomes lead to different states."""
    waking = {outcome: target for outcome, target in ways.items() if outcome != TIMEOUT}
    late = ways.get(TIMEOUT, ways.get(FAILED, _FINISH))
    outcomes = sorted(set(waking.values()))
    fork = f"{id_}?"
    state = {
        "Type": "Task",
        **task,
        "Assign": {
            "outcome": "{% $states.result.outcome %}",
            "at": "{% $states.result.at %}",
            "caused_at": "{% $exists($states.result.caused_at) ? $states.result.caused_at : null %}",
        },
        "Retry": _retry(),
        "Catch": [
            {"ErrorEquals": [EXIT_ERROR], "Next": _LEFT},
            {"ErrorEquals": ["States.Timeout"], "Assign": {"at": None, "caused_at": None}, "Next": late},
            {"ErrorEquals": ["States.ALL"], "Next": _BROKEN},
        ],
        "Next": fork if len(outcomes) > 1 else (outcomes or [late])[0],
    }
    if len(outcomes) <= 1:
        return {id_: state}
    choices = [
        {"Condition": f"{{% $outcome = '{outcome}' %}}", "Next": target} for outcome, target in sorted(waking.items())
    ]
    return {id_: state, fork: {"Type": "Choice", "Choices": choices, "Default": _BROKEN}}


def _end(ended: str, site: _Site) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {
            "FunctionName": site.step_function_arn,
            "Payload": {
                "action": "end",
                "run_id": "{% $run_id %}",
                "profile_id": "{% $profile_id %}",
                "ended": ended,
            },
        },
        "Retry": _retry(),
    }


def _retry() -> list[dict[str, Any]]:
    """An exit and a timeout are answers; anything else may be better a moment later."""
    return [
        {"ErrorEquals": [EXIT_ERROR, "States.Timeout"], "MaxAttempts": 0},
        {
            "ErrorEquals": ["States.TaskFailed"],
            "IntervalSeconds": 1,
            "MaxAttempts": 5,
            "BackoffRate": 2.0,
            "JitterStrategy": "FULL",
        },
    ]
