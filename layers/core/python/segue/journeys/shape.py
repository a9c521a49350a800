"""Whether the steps of a journey lead on, to steps that are there, and come to an end."""

import re
from collections.abc import Iterator
from datetime import timedelta

from segue.events.names import Place
from segue.journeys.compile import LONGEST_SEND
from segue.journeys.definition import Journey
from segue.journeys.graph import END, NODE_ID, Graph, Listen, Pause, graph_of
from segue.journeys.sending import Send
from segue.journeys.step import EXIT, NEXT
from segue.journeys.steps import Placed, inside, named
from segue.problem import Kind, Problem

#: Step Functions ends an execution after a year.
LONGEST_RUN = timedelta(days=365)


def problems(journey: Journey) -> Iterator[Problem]:
    steps = named(journey.steps)
    wrong = [*_ids(journey.placed), *_targets(steps, ())]
    if wrong:
        yield from wrong
        return
    graph = graph_of(journey)
    reached = _reached(graph)
    for placed in journey.placed:
        if placed.id in graph.nodes and placed.id not in reached:
            yield Problem(
                place=placed.place,
                message=f"the step {placed.id!r} is never reached",
                hint="no outcome of an earlier step leads here",
                kind=Kind.UNREACHED,
            )
    if (longest := _longest(graph)) >= LONGEST_RUN:
        yield Problem(
            place=("steps",),
            message=f"a run may take {longest.days} days",
            hint=f"it must be over within {LONGEST_RUN.days} days",
            kind=Kind.TOO_LONG,
        )


def _ids(steps: tuple[Placed, ...]) -> Iterator[Problem]:
    seen: dict[str, Placed] = {}
    for placed in steps:
        place = (*placed.place, "id")
        if placed.id in (END, EXIT, NEXT):
            message = f"{placed.id!r} is no name for a step"
            yield Problem(place=place, message=message, hint="choose another", kind=Kind.STEP_ID)
        elif first := seen.get(placed.id):
            message, hint = f"the id {placed.id!r} is taken", f"by {_written(first.place)}"
            yield Problem(place=place, message=message, hint=hint, kind=Kind.STEP_ID)
        elif not re.fullmatch(NODE_ID, placed.id):
            message, hint = f"the step {placed.id!r} stands too deep", "give it, or one around it, an id of its own"
            yield Problem(place=placed.place, message=message, hint=hint, kind=Kind.STEP_ID)
        seen.setdefault(placed.id, placed)


def _written(place: Place) -> str:
    """`step 2`, and of one inside of it `steps[2].branch[1].steps[3]`, counted from 1."""
    match place:
        case (_, int(number)):
            return f"step {number + 1}"
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def _targets(steps: tuple[Placed, ...], behind: tuple[str, ...]) -> Iterator[Problem]:
    """`behind`: the ids to which a step of the block may lead outside of it."""
    for number, placed in enumerate(steps):
        later = (*(other.id for other in steps[number + 1 :]), *behind)
        for outcome, target in placed.step.edges.items():
            if target not in (NEXT, EXIT, *later):
                there = any(target == other.id for other in steps)
                yield Problem(
                    place=(*placed.place, outcome),
                    message=f"{target!r} is {'no later step' if there else 'no step'}",
                    hint=f"it may lead to: {', '.join((NEXT, EXIT, *later))}",
                    kind=Kind.STEP_TARGET,
                )
        for _, block in inside(placed):
            yield from _targets(block, later)


def _reached(graph: Graph) -> set[str]:
    reached, waiting = set(), [graph.start]
    while waiting:
        id_ = waiting.pop()
        if id_ != END and id_ not in reached:
            reached.add(id_)
            waiting += graph.nodes[id_].edges.values()
    return reached


def _longest(graph: Graph) -> timedelta:
    """Over every way, since steps lead to later steps only."""
    takes = {END: timedelta()}
    for id_, node in reversed(list(graph.nodes.items())):
        match node.action:
            case Send(expires_after=after):
                own = after or LONGEST_SEND
            case Pause(length) | Listen(within=length):
                own = length
            case _:
                own = timedelta()
        takes[id_] = own + max(takes[target] for target in node.edges.values())
    return takes[graph.start]
