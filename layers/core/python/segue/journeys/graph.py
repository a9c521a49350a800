"""A journey as a graph: nodes with outcomes, edges by outcome. Compiler and simulator read this and nothing else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from segue.journeys.definition import Journey
from segue.journeys.doing import (
    AudienceStep,
    ConnectorStep,
    EnterStep,
    Entrance,
    Facts,
    Membership,
    NotifyStep,
    SetStep,
    Value,
)
from segue.journeys.forks import BranchStep, SplitStep
from segue.journeys.sending import OPENED, Escalate, EscalateStep, Send, SendStep
from segue.journeys.step import EXIT, NEXT
from segue.journeys.steps import ExitStep, Placed, WaitForStep, WaitStep, inside, named, walk
from segue.profiles.runs import Trigger

#: Where every way leads in the end.
END = "end"

#: Of a node: a step's own id, or one that was made of places and kinds, such as `2-branch.else.1-wait`. At most 79.
NODE_ID = r"[a-z0-9][a-z0-9_.-]{0,78}"

MATCHED, TIMEOUT = "matched", "timeout"
SENT, DROPPED, FAILED = "sent", "dropped", "failed"
DONE, REFUSED = "done", "refused"
ANSWERED, UNANSWERED = "answered", "unanswered"


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing but time ends it, or the run's exit."""

    length: timedelta


@dataclass(frozen=True, slots=True)
class Listen:
    """The first event that fits a trigger ends it with the trigger's outcome, else `timeout` after `within`."""

    triggers: tuple[Trigger, ...]
    within: timedelta


@dataclass(frozen=True, slots=True)
class Part:
    """The outcome is that of the first condition that holds, else `else`."""

    arms: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """The outcome is drawn by weight, always the same for a person and a step."""

    weights: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A connector is called. Texts in `said` are Liquid."""

    connector: str
    said: Mapping[str, Value]


#: What is done at once, by ourselves.
Act = Part | Draw | Facts | Entrance
#: What others are asked to do, and may fail to.
Outgoing = Call | Membership
#: What nodes do. Step kinds are expanded to these.
Action = Send | Pause | Listen | Act | Outgoing

_Doing = SetStep | AudienceStep | ConnectorStep | NotifyStep | EnterStep
_Single = SendStep | WaitStep | WaitForStep | BranchStep | SplitStep | _Doing


@dataclass(frozen=True, slots=True)
class Node:
    """`edges` by outcome: a node's id, or `END`."""

    id: str
    action: Action
    edges: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Graph:
    """`start` is a node's id, or `END` when there is nothing to do. `nodes` stand before those that they lead to."""

    journey: str
    version: str
    start: str
    nodes: Mapping[str, Node]
    max_touches: int | None = None

    def after(self, node_id: str, outcome: str) -> Node | None:
        """The next node, or `None` at the end."""
        return self.nodes.get(self.nodes[node_id].edges[outcome])

    @property
    def first(self) -> Node | None:
        return self.nodes.get(self.start)


def graph_of(journey: Journey) -> Graph:
    """Raise `ValueError` for a step that leads nowhere, or back: `check` names each such mistake with its place."""
    steps = named(journey.steps)
    ids = [placed.id for placed in walk(steps)]
    if len(set(ids)) != len(ids) or {END, EXIT, NEXT} & set(ids):
        message = f"journey {journey.name}: step ids must differ, and not be {END}, {EXIT} or {NEXT}"
        raise ValueError(message)
    nodes: dict[str, Node] = {}
    start = _lay(steps, {NEXT: END, EXIT: END}, nodes, journey.name)
    return Graph(journey.name, journey.version, start, dict(reversed(nodes.items())), journey.max_touches)


def _lay(steps: tuple[Placed, ...], goes: Mapping[str, str], nodes: dict[str, Node], journey: str) -> str:
    """Add the nodes of a block, the last first, and tell where it begins. `goes`: what it may lead to behind itself."""
    known = dict(goes)
    for placed in reversed(steps):
        edges = {}
        for outcome, target in placed.step.edges.items():
            if target not in known:
                message = f"journey {journey}: {placed.id}.{outcome} leads to {target}, which is no later step"
                raise ValueError(message)
            edges[outcome] = known[target]
        for outcome, block in inside(placed):
            edges[outcome] = _lay(block, known, nodes, journey)
        made = tuple(_nodes(placed, edges))
        nodes |= {node.id: node for node in reversed(made)}
        entrance = made[0].id if made else END
        known |= {placed.id: entrance, NEXT: entrance}
    return known[NEXT]


def _nodes(placed: Placed, edges: Mapping[str, str]) -> Iterator[Node]:
    """The nodes that a step stands for. Sugar yields several, the first under the step's own id."""
    match placed.step:
        case EscalateStep(escalate=escalate):
            yield from _escalated(placed.id, escalate, edges)
        case ExitStep():
            return
        case step:
            yield Node(placed.id, _action(step), edges)


def _action(step: _Single) -> Action:
    match step:
        case SendStep():
            return step.send
        case WaitStep():
            return Pause(step.wait)
        case WaitForStep(wait_for=awaited):
            trigger = Trigger(event=awaited.event, outcome=MATCHED, when=str(awaited.when) if awaited.when else None)
            return Listen((trigger,), awaited.within)
        case BranchStep():
            return Part(tuple((name, str(when)) for name, when in step.arms.items()))
        case SplitStep():
            return Draw(tuple(({step.winner: 100.0} if step.winner else step.weights).items()))
        case _:
            return _deed(step)


def _deed(step: _Doing) -> Action:
    match step:
        case SetStep():
            return step.set
        case AudienceStep():
            return step.audience
        case ConnectorStep():
            return Call(step.connector, step.with_)
        case NotifyStep(notify=notice):
            return Call(notice.to, {"text": notice.text})
        case EnterStep():
            return step.enter
        case _:
            assert_never(step)


def _escalated(id_: str, escalate: Escalate, edges: Mapping[str, str]) -> Iterator[Node]:
    """By each channel a message and a while for the answer; one that can't go by a channel goes by the next at once."""
    first, *later = escalate.over
    ids = {first: id_, **{channel: f"{id_}.{channel}" for channel in later}}
    for channel, then in zip(escalate.over, (*later, None), strict=True):
        onwards = ids[then] if then else edges[UNANSWERED]
        wait = f"{id_}.{channel}-answer"
        yield Node(ids[channel], escalate.send(channel), {SENT: wait, DROPPED: onwards, FAILED: onwards})
        triggers = tuple(_answers(escalate, [(each, ids[each]) for each in escalate.over]))
        yield Node(wait, Listen(triggers, escalate.after), {MATCHED: edges[ANSWERED], TIMEOUT: onwards})


def _answers(escalate: Escalate, sent: list[tuple[str, str]]) -> Iterator[Trigger]:
    """An opened message says which it was, or, like one of a partner, does not."""
    if escalate.until != "opened":
        when = escalate.until.when
        yield Trigger(event=escalate.until.event, outcome=MATCHED, when=str(when) if when else None)
        return
    for event in dict.fromkeys(event for channel, _ in sent for event in OPENED.get(channel, ())):
        own = " || ".join(f'event.properties.send_id == run.id + ".{step}"' for _, step in sent)
        yield Trigger(event=event, outcome=MATCHED, when=f"!has(event.properties.send_id) || {own}")
