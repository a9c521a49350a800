"""What state machines ask for at each step but to send, and the run for which they ask it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from segue.journeys.ports import Machines
from segue.journeys.step import Definition
from segue.profiles.head import Head
from segue.profiles.ports import Profiles
from segue.profiles.runs import Ended, Run, Trigger

#: Why a step is not taken any more: the run is over, or the person is gone, and the run with them.
LEFT, ERASED = "left", "erased"


class _Asked(Definition):
    """`entered_at` is when the machine came to the step, in real time."""

    run_id: str
    profile_id: str
    journey: str
    step: str
    entered_at: datetime
    token: str


class WaitTask(_Asked):
    """As the compiled machine asks it. `anchor` is when the step before ended; null after a timeout."""

    action: Literal["wait"]
    kind: Literal["wait", "wait_for"]
    seconds: int = Field(gt=0)
    triggers: tuple[Trigger, ...] = ()
    anchor: datetime | None = None


class ActTask(_Asked):
    """`act` is a `graph.Act` in JSON."""

    action: Literal["act"]
    version: str
    act: str


class CallTask(_Asked):
    """`act` is a `graph.Outgoing` in JSON."""

    action: Literal["call"]
    version: str
    act: str


class EndTask(Definition):
    action: Literal["end"]
    run_id: str
    profile_id: str
    ended: Literal[Ended.COMPLETED, Ended.FAILED]


Step = WaitTask | ActTask | CallTask


def present(asked: Step, profiles: Profiles, machines: Machines) -> tuple[Head, Run] | str:
    """The run, if it goes on; else its machine is told to leave, and this says why.

    Raise `LookupError` when there is no such run.
    """
    head = profiles.head(asked.profile_id)
    if head.profile.value.erased:
        machines.leave(asked.token)
        return ERASED
    run = known(head, asked.run_id)
    if not run.alive:
        machines.leave(asked.token)
        return LEFT
    return head, run


def known(head: Head, run_id: str) -> Run:
    run = head.runs.value.get(run_id)
    if run is None:
        message = f"run {run_id} is not known: its machine was started, but it was never kept"
        raise LookupError(message)
    return run
