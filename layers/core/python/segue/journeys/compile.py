"""The graph as Amazon States Language (JSONata): one state machine per journey, made at synth.

Every waiting state is a task with a token and a numeric timeout, so that an exit can end it: `Journey.Exit` is caught
everywhere and leads to `Left`. There is no Parallel. Machines speak to functions through queues only, so that a
thousand runs that come to a step at once are worked off in batches. Executions carry ids and moments, never personal
data.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from segue.decisions.ports import EXIT_ERROR
from segue.journeys.definition import Journey
from segue.journeys.doing import Membership
from segue.journeys.graph import END, FAILED, SENT, TIMEOUT, Call, Graph, Listen, Node, Pause, graph_of
from segue.journeys.payloads import Known, end, payload
from segue.journeys.sending import Send

#: A send without a time limit of its own ends with its category's: this is the longest that the policy may say.
LONGEST_SEND = timedelta(days=30)
#: What a send may take beyond its time limit, in real time: queues, retries, a redrive.
SLACK_SECONDS = 3600
#: What an act or a call may take, in real time.
ACT_SECONDS = 3600

_BEGIN, _FINISH, _DONE, _LEFT, _BROKEN, _FAILED = "Begin", "Finish", "Completed", "Left", "Broken", "Failed"
_EXPRESSIONS = Known(
    run_id="{% $run_id %}",
    profile_id="{% $profile_id %}",
    at="{% $at %}",
    caused_at="{% $caused_at %}",
    entered_at="{% $states.context.State.EnteredTime %}",
    token="{% $states.context.Task.Token %}",  # noqa: S106 - an expression
    touches="{% $touches %}",
)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a machine will stand: the environment's clock runs `clock_rate` times as fast as ours; URLs of queues."""

    clock_rate: float
    steps: str
    requests: str
    calls: str


def compile_journey(journey: Journey, site: Site) -> dict[str, Any]:
    """The definition of the journey's machine."""
    graph = graph_of(journey)
    states: dict[str, Any] = {_BEGIN: _begin(graph, _FINISH if graph.start == END else graph.start)}
    for node in graph.nodes.values():
        ways = {outcome: _FINISH if target == END else target for outcome, target in node.edges.items()}
        states |= _with_ways(node, _task(node, graph, site), ways, graph)
    states |= {_FINISH: _end("completed", site) | {"Next": _DONE}, _DONE: {"Type": "Succeed"}}
    if graph.nodes:
        states |= {
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


def _begin(graph: Graph, first: str) -> dict[str, Any]:
    names = ("run_id", "profile_id", "at", "caused_at")
    given: dict[str, Any] = {name: f"{{% $states.input.{name} %}}" for name in names}
    return {"Type": "Pass", "Assign": given | ({"touches": 0} if graph.max_touches else {}), "Next": first}


def _task(node: Node, graph: Graph, site: Site) -> dict[str, Any]:
    match node.action:
        case Send(expires_after=after):
            url, seconds = site.requests, real_seconds(after or LONGEST_SEND, site.clock_rate) + SLACK_SECONDS
        case Pause(length) | Listen(within=length):
            url, seconds = site.steps, real_seconds(length, site.clock_rate)
        case Call() | Membership():
            url, seconds = site.calls, ACT_SECONDS
        case _:
            url, seconds = site.steps, ACT_SECONDS
    return {
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Arguments": {"QueueUrl": url, "MessageBody": payload(node, graph, _EXPRESSIONS)},
        "TimeoutSeconds": seconds,
    }


def _with_ways(node: Node, task: dict[str, Any], ways: dict[str, str], graph: Graph) -> dict[str, Any]:
    """The task, its catchers, and a Choice behind it where its outcomes lead to different states."""
    waking = {outcome: target for outcome, target in ways.items() if outcome != TIMEOUT}
    takes_time = isinstance(node.action, Send | Pause | Listen)
    late = ways.get(TIMEOUT, ways.get(FAILED, _BROKEN))
    outcomes = sorted(set(waking.values()))
    fork = f"{node.id}?"
    state = {
        "Type": "Task",
        **task,
        "Assign": _told(node, graph),
        "Retry": _retry(),
        "Catch": [
            {"ErrorEquals": [EXIT_ERROR], "Next": _LEFT},
            {"ErrorEquals": ["States.Timeout"], "Next": late}
            | ({"Assign": {"at": None, "caused_at": None}} if takes_time else {}),
            {"ErrorEquals": ["States.ALL"], "Next": _BROKEN},
        ],
        "Next": fork if len(outcomes) > 1 else (outcomes or [late])[0],
    }
    if len(outcomes) <= 1:
        return {node.id: state}
    choices = [
        {"Condition": f"{{% $outcome = '{outcome}' %}}", "Next": target} for outcome, target in sorted(waking.items())
    ]
    return {node.id: state, fork: {"Type": "Choice", "Choices": choices, "Default": _BROKEN}}


def _told(node: Node, graph: Graph) -> dict[str, str]:
    """What is remembered of a task's result. An act takes no time: what the step before left behind stands."""
    told = {"outcome": "{% $states.result.outcome %}"}
    if not isinstance(node.action, Send | Pause | Listen):
        return told
    if isinstance(node.action, Send) and graph.max_touches:
        told["touches"] = f"{{% $touches + ($states.result.outcome = '{SENT}' ? 1 : 0) %}}"
    return told | {
        "at": "{% $states.result.at %}",
        "caused_at": "{% $exists($states.result.caused_at) ? $states.result.caused_at : null %}",
    }


def _end(how: Literal["completed", "failed"], site: Site) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Arguments": {"QueueUrl": site.steps, "MessageBody": end(how, _EXPRESSIONS)},
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
