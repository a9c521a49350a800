"""The use cases of a state machine's own tasks: a step begins to wait, does something, or was the last."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from segue.journeys.facts import Read, Tell, ignore, plain
from segue.journeys.follow import resuming
from segue.journeys.ports import Machines
from segue.journeys.runs import AGAIN, ENDED, TRIES, WOKEN, ended, keep, run_ended
from segue.journeys.step import Definition
from segue.outgoing import Announcements
from segue.profiles.ports import Conflict, Profiles
from segue.profiles.profile import Profile
from segue.profiles.receive import story
from segue.profiles.runs import Ended, Run, Trigger, Wait

#: `LATE`: the machine has gone on to another step, which has begun to wait before this one's message was read.
#: `ERASED`: the person is gone, and the run with them.
WAITING, LEFT, LATE, ERASED = "waiting", "left", "late", "erased"


class WaitTask(Definition):
    """As the compiled machine asks it. `anchor` is when the step before ended; null after a timeout.

    `entered_at` is when the machine came to the step, in real time.
    """

    action: Literal["wait"]
    run_id: str
    profile_id: str
    journey: str
    step: str
    kind: Literal["wait", "wait_for"]
    seconds: int = Field(gt=0)
    triggers: tuple[Trigger, ...] = ()
    entered_at: datetime
    token: str
    anchor: datetime | None = None


class ActTask(Definition):
    """As the compiled machine asks it. `act` is a `graph.Act` in JSON; `entered_at` is real time."""

    action: Literal["act"]
    run_id: str
    profile_id: str
    journey: str
    version: str
    step: str
    entered_at: datetime
    token: str
    act: str


class EndTask(Definition):
    action: Literal["end"]
    run_id: str
    profile_id: str
    ended: Literal[Ended.COMPLETED, Ended.FAILED]


Task = WaitTask | ActTask | EndTask
_TASK: TypeAdapter[Task] = TypeAdapter(Annotated[Task, Field(discriminator="action")])


def task(payload: Mapping[str, object] | str) -> Task:
    """From the payload, or from its JSON. Raise `ValidationError` for anything that no compiled machine asks."""
    return _TASK.validate_json(payload) if isinstance(payload, str) else _TASK.validate_python(payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything that a state machine's task may touch. `at` turns a moment of real time into one of the clock.

    `act` does what a step is to do at a moment, and says what came of it.
    """

    profiles: Profiles
    machines: Machines
    announcements: Announcements
    act: Callable[[ActTask, Run, Profile, datetime], str]
    tell: Tell = ignore
    read: Read = plain
    at: Callable[[datetime], datetime] = lambda real: real


def perform(asked: Task, ports: Ports, now: datetime) -> str:
    match asked:
        case WaitTask():
            return begin_waiting(asked, ports)
        case ActTask():
            return do(asked, ports)
        case EndTask():
            return end(asked, ports, now)


def begin_waiting(asked: WaitTask, ports: Ports) -> str:
    """Register the wait first, then look back: an event is seen by the one or by the other.

    Raise `LookupError` when there is no such run.
    """
    began = ports.at(asked.entered_at)
    for _ in range(TRIES):
        head = ports.profiles.head(asked.profile_id)
        if head.profile.value.erased:
            ports.machines.leave(asked.token)
            return ERASED
        run = _known(head.runs.value.get(asked.run_id), asked.run_id)
        if not run.alive:
            ports.machines.leave(asked.token)
            return LEFT
        if run.wait and run.wait.began and run.wait.began > began:
            return LATE
        run = waiting(run, asked, began)
        try:
            keep(ports.profiles, head, head.runs.value.put(run))
        except Conflict:
            continue
        break
    else:
        raise Conflict
    if run.wait is None or not run.wait.triggers:
        return WAITING
    events = story(ports.profiles, head.profile.value, run.wait.since)
    if found := resuming(run, head.profile.value, events, ports.tell, ports.read):
        ports.machines.succeed(run.wait.token, found.outcome, found.at, found.received_at)
        return WOKEN
    return WAITING


def do(asked: ActTask, ports: Ports) -> str:
    """Done once more, it comes to the same. Raise `LookupError` when there is no such run."""
    head = ports.profiles.head(asked.profile_id)
    if head.profile.value.erased:
        ports.machines.leave(asked.token)
        return ERASED
    run = _known(head.runs.value.get(asked.run_id), asked.run_id)
    if not run.alive:
        ports.machines.leave(asked.token)
        return LEFT
    entered = ports.at(asked.entered_at)
    outcome = ports.act(asked, run, head.profile.value, entered)
    ports.machines.succeed(asked.token, outcome, entered, None)
    return outcome


def waiting(run: Run, asked: WaitTask, began: datetime) -> Run:
    """The run at its new wait. A step that timed out ended when its time was up, not when its machine noticed."""
    timed_out = run.wait.until if run.wait and run.wait.step != asked.step else None
    since = asked.anchor or timed_out or run.anchor or began
    wait = Wait(
        step=asked.step,
        kind=asked.kind,
        token=asked.token,
        since=since,
        began=began,
        until=began + timedelta(seconds=asked.seconds),
        triggers=asked.triggers,
    )
    return replace(run, wait=wait, anchor=since)


def end(asked: EndTask, ports: Ports, now: datetime) -> str:
    """The machine came to its end by itself. Raise `LookupError` when there is no such run."""
    answered = ENDED
    for _ in range(TRIES):
        head = ports.profiles.head(asked.profile_id)
        if head.profile.value.erased:
            return ERASED
        run = _known(head.runs.value.get(asked.run_id), asked.run_id)
        if run.ended:
            answered = AGAIN
            break
        run = replace(ended(run, asked.ended, now), wait=None)
        try:
            keep(ports.profiles, head, head.runs.value.put(run))
        except Conflict:
            continue
        break
    else:
        raise Conflict
    ports.announcements.announce([run_ended(run, head.profile_id)])
    return answered


def _known(run: Run | None, run_id: str) -> Run:
    if run is None:
        message = f"run {run_id} is not known: its machine was started, but it was never kept"
        raise LookupError(message)
    return run
