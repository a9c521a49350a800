"""A journey as a graph: nodes with outcomes, edges by outcome. Compiler and simulator read this and nothing else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from segue.journeys.definition import Journey
from segue.journeys.steps import EXIT, NEXT, ExitStep, Send, SendStep, Step, WaitForStep, WaitStep
from segue.profiles.runs import Trigger

#: Where every way leads in the end.
END = "end"

MATCHED, TIMEOUT = "matched", "timeout"
SENT, DROPPED, FAILED = "sent", "dropped", "failed"


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing but time ends it, or the run's exit."""

    length: timedelta


@dataclass(frozen=True, slots=True)
class Listen:
    """The first event that fits a trigger ends it with the trigger's outcome, else `timeout` after `within`."""

    triggers: tuple[Trigger, ...]
    within: timedelta


#: What nodes do. Step kinds are expanded to these.
Action = Send | Pause | Listen


@dataclass(frozen=True, slots=True)
class Node:
    """`edges` by outcome: a node's id, or `END`."""

    id: str
    action: Action
    edges: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Graph:
    """`start` is a node's id, or `END` when there is nothing to do."""

    journey: str
    version: str
    start: str
    nodes: Mapping[str, Node]

    def after(self, node_id: str, outcome: str) -> Node | None:
        """The next node, or `None` at the end."""
        return self.nodes.get(self.nodes[node_id].edges[outcome])

    @property
    def first(self) -> Node | None:
        return self.nodes.get(self.start)


def step_ids(journey: Journey) -> tuple[str, ...]:
    """A step's own id, else its place and kind: `2-wait`."""
    return tuple(step.id or f"{number}-{step.kind}" for number, step in enumerate(journey.steps, start=1))


def graph_of(journey: Journey) -> Graph:
    """Raise `ValueError` for a step that leads nowhere, or back: `check` names each such mistake with its place."""
    ids = step_ids(journey)
    if len(set(ids)) != len(ids) or END in ids or EXIT in ids or NEXT in ids:
        message = f"journey {journey.name}: step ids must differ, and not be {END}, {EXIT} or {NEXT}"
        raise ValueError(message)
    entrances = [END if isinstance(step, ExitStep) else id_ for step, id_ in zip(journey.steps, ids, strict=True)]
    entrances.append(END)
    nodes = {}
    for number, step in enumerate(journey.steps):
        later = dict(zip(ids[number + 1 :], entrances[number + 1 :], strict=False))
        goes = {**later, NEXT: entrances[number + 1], EXIT: END}
        for outcome, target in step.edges.items():
            if target not in goes:
                message = f"journey {journey.name}: {ids[number]}.{outcome} leads to {target}, which is no later step"
                raise ValueError(message)
        edges = {outcome: goes[target] for outcome, target in step.edges.items()}
        nodes.update({node.id: node for node in _nodes(step, ids[number], edges)})
    return Graph(journey.name, journey.version, entrances[0], nodes)


def _nodes(step: Step, id_: str, edges: Mapping[str, str]) -> Iterator[Node]:
    """The nodes that a step stands for. Sugar yields several, the first under the step's own id."""
    match step:
        case SendStep():
            yield Node(id_, step.send, edges)
        case WaitStep():
            yield Node(id_, Pause(step.wait), edges)
        case WaitForStep(wait_for=awaited):
            trigger = Trigger(event=awaited.event, outcome=MATCHED, when=str(awaited.when) if awaited.when else None)
            yield Node(id_, Listen((trigger,), awaited.within), edges)
        case ExitStep():
            return
        case _:
            assert_never(step)
