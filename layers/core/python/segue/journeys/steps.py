"""The step kinds: the one list of them. A new kind is a class, a line in `Step`, and what mypy then finds missing.

A kind says how it is written, which outcomes it can have, and nothing else. `graph` expands it to nodes; the compiler
and the simulator read those nodes, so a kind that is made of others needs no line in either.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from segue.duration import Duration
from segue.journeys import forks
from segue.journeys.doing import AudienceStep, ConnectorStep, EnterStep, NotifyStep, SetStep
from segue.journeys.forks import BranchStep, SplitStep
from segue.journeys.sending import EscalateStep, SendStep
from segue.journeys.step import EXIT, NEXT, BaseStep, Listener, Target
from segue.schema import AlsoWritten


class WaitFor(Listener):
    within: Duration = Field(description="For how long to wait, such as 24h.")


class WaitStep(BaseStep):
    """A while passes."""

    kind = "wait"
    outcomes = ("timeout",)
    wait: Duration
    timeout: Target = NEXT


class WaitForStep(BaseStep):
    """`matched`: the event happened after the step before. `timeout`: it did not, for so long."""

    kind = "wait_for"
    outcomes = ("matched", "timeout")
    wait_for: WaitFor
    matched: Target = NEXT
    timeout: Target = NEXT


class ExitStep(BaseStep):
    """The run is over. Written `- exit`."""

    kind = "exit"
    outcomes = ()
    exit: Literal[True]


def _kind_of(step: Any) -> str | None:
    if isinstance(step, BaseStep):
        return f"<{step.kind}>"
    named = [kind for kind in KINDS if isinstance(step, dict) and kind in step]
    return f"<{named[0]}>" if len(named) == 1 else None


def _spelled_out(step: Any) -> Any:
    return {EXIT: True} if step == EXIT else step


_SENDING = (SendStep, EscalateStep)
_WAITING = (WaitStep, WaitForStep)
_PARTING = (BranchStep, SplitStep)
_DOING = (SetStep, AudienceStep, ConnectorStep, NotifyStep, EnterStep)
KINDS = tuple(kind.kind for kind in (*_SENDING, *_WAITING, *_PARTING, *_DOING, ExitStep))

#: Tags are written `<send>`, so that they can be told from the words of the document in the place of a mistake.
Step = Annotated[
    Annotated[
        Annotated[SendStep, Tag("<send>")]
        | Annotated[EscalateStep, Tag("<escalate>")]
        | Annotated[WaitStep, Tag("<wait>")]
        | Annotated[WaitForStep, Tag("<wait_for>")]
        | Annotated[BranchStep, Tag("<branch>")]
        | Annotated[SplitStep, Tag("<split>")]
        | Annotated[SetStep, Tag("<set>")]
        | Annotated[AudienceStep, Tag("<audience>")]
        | Annotated[ConnectorStep, Tag("<connector>")]
        | Annotated[NotifyStep, Tag("<notify>")]
        | Annotated[EnterStep, Tag("<enter>")]
        | Annotated[ExitStep, Tag("<exit>")],
        Discriminator(
            _kind_of,
            custom_error_type="step_kind",
            custom_error_message=f"a step is exactly one of: {', '.join(KINDS)}",
        ),
    ],
    BeforeValidator(_spelled_out),
    AlsoWritten({"const": EXIT, "description": "The run is over."}),
]
for _parting in (forks.Way, forks.Arm, forks.Share, *_PARTING):
    _parting.model_rebuild(_types_namespace={"Step": Step})


@dataclass(frozen=True, slots=True)
class Placed:
    """A step, the id under which it is known, and where it stands in the document."""

    id: str
    step: Step
    place: tuple[str | int, ...]


def named(steps: Iterable[Step], within: str = "", place: tuple[str | int, ...] = ("steps",)) -> tuple[Placed, ...]:
    """Of one block. A step's own id, else its place and kind: `2-wait`; inside of another `2-branch.else.1-wait`."""
    return tuple(
        Placed(step.id or f"{within}{number}-{step.kind}", step, (*place, number - 1))
        for number, step in enumerate(steps, start=1)
    )


def inside(placed: Placed) -> Iterator[tuple[str, tuple[Placed, ...]]]:
    """The blocks of a step, by the outcome that leads to each."""
    for outcome, block in placed.step.blocks.items():
        yield outcome, named(block.steps, f"{placed.id}.{outcome}.", (*placed.place, *block.place))


def walk(steps: Iterable[Placed]) -> Iterator[Placed]:
    """Each step, and behind it those inside of it."""
    for placed in steps:
        yield placed
        for _, block in inside(placed):
            yield from walk(block)


def place(location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """A pydantic error's place without the tags of step kinds: the way into the document as it was written."""
    return tuple(part for part in location if not (isinstance(part, str) and part.startswith("<")))
