"""The use cases of a run: it begins, is woken, leaves. State first, then effects, so that each may be repeated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from segue.decisions.cancel import Cancel
from segue.decisions.decision import SendRecord
from segue.decisions.ports import Sends
from segue.journeys.definition import Journey
from segue.journeys.entries import Refusal, begin, refusal, with_run
from segue.journeys.facts import Read, Tell, ignore, plain
from segue.journeys.follow import leaving
from segue.journeys.ports import Kept, Machines, Registry
from segue.messages.template import Template
from segue.outgoing import Announcements, DomainEvent
from segue.profiles.head import Head, Versioned
from segue.profiles.ports import Conflict, Profiles
from segue.profiles.receive import story
from segue.profiles.runs import Ended, Run, Runs
from segue.profiles.signals import Enter, Exit, Resume, Signal

#: Tries against others who write the same person's runs.
TRIES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything that a signal may touch. `journeys` and `templates` are the deployed ones, by name.

    `paused` knows journeys by name. `counted` hears `BEGUN` and `ENDED` once a run, and `cancelled` once of each
    message that a run no longer wants which has left, whatever is repeated.
    """

    journeys: Mapping[str, Journey]
    templates: Mapping[str, Template]
    profiles: Profiles
    machines: Machines
    registry: Registry
    sends: Sends
    announcements: Announcements
    paused: Callable[[str], bool]
    counted: Callable[[str], None] = lambda _: None
    cancelled: Callable[[SendRecord], None] = lambda _: None
    tell: Tell = ignore
    read: Read = plain


#: What came of a signal. `AGAIN`: it was answered before, and only its effects were repeated.
#: Anything else says why nothing came of it.
BEGUN, WOKEN, ENDED, AGAIN = "begun", "woken", "ended", "again"


def answer(signal: Signal, ports: Ports, now: datetime) -> str:
    match signal:
        case Enter():
            return enter(signal, ports, now)
        case Resume():
            return resume(signal, ports)
        case Exit():
            return leave(signal, ports, now)
        case _:
            assert_never(signal)


def enter(signal: Enter, ports: Ports, now: datetime) -> str:
    """Keep the run, look back, and only then start its machine: a run that is over already never takes a step.

    What arrives after the look back finds the run kept, and ends it by a signal of its own.
    """
    begun = _keep_new(signal, ports, now)
    if isinstance(begun, Refusal):
        return begun
    head, run, answered = begun
    if over := _left(run, head, ports):
        ports.announcements.announce([run_started(run, head.profile_id)])
        return leave(over, ports, now)
    if run.alive:
        ports.machines.start(run, run.via or head.profile_id)
        ports.announcements.announce([run_started(run, head.profile_id)])
    return answered


def _left(run: Run, head: Head, ports: Ports) -> Exit | None:
    """How the run was left, as it is kept or as the timeline says."""
    if run.ended and run.ended_at:
        return Exit(profile_id=head.profile_id, run_id=run.run_id, why=run.ended, at=run.ended_at)
    if not (run.goal or run.exits):
        return None
    since = story(ports.profiles, head.profile.value, run.entry.timestamp)
    return leaving(run, head.profile.value, since, ports.tell, ports.read)


def _keep_new(signal: Enter, ports: Ports, now: datetime) -> tuple[Head, Run, str] | Refusal:
    """The run, kept now or when the signal came before. It is kept together with its journey's version."""
    journey = ports.journeys.get(signal.journey)
    if journey is None:
        return Refusal.NOT_DEPLOYED
    for _ in range(TRIES):
        head = ports.profiles.head(signal.profile_id)
        if head.profile.value.erased:
            return Refusal.ERASED
        if run := head.runs.value.get(signal.run_id):
            return head, run, AGAIN
        if over := _over(signal, head, ports):
            leave(over, ports, now)
            continue
        if refused := refusal(journey, signal, head.runs.value):
            return refused
        if ports.paused(journey.name):
            return Refusal.PAUSED
        ports.registry.keep(kept(journey, ports.templates))
        run = begin(journey, signal)
        try:
            keep(ports.profiles, head, with_run(head.runs.value, run, journey, now))
        except Conflict:
            continue
        ports.counted(BEGUN)
        return head, run, BEGUN
    raise Conflict


def _over(signal: Enter, head: Head, ports: Ports) -> Exit | None:
    """The end of the run that stands in the way, if it came no later than the entry: its own signal may come later."""
    for run in head.runs.value.alive():
        if run.journey == signal.journey and run.key == signal.key:
            since = story(ports.profiles, head.profile.value, run.entry.timestamp)
            events = [event for event in since if event.order <= signal.event.order]
            if found := leaving(run, head.profile.value, events, ports.tell, ports.read):
                return found
    return None


def resume(signal: Resume, ports: Ports) -> str:
    """Wake the wait, if the run still waits there. Nothing is written: the next step's registration takes its place."""
    run = ports.profiles.head(signal.profile_id).runs.value.get(signal.run_id)
    if run is None or not run.alive or run.wait is None or run.wait.step != signal.step:
        return "not_waiting"
    ports.machines.succeed(run.wait.token, signal.outcome, signal.at, signal.received_at)
    return WOKEN


def leave(signal: Exit, ports: Ports, now: datetime) -> str:
    """End the run, cancel what it had deferred, and wake its machine to leave."""
    answered = ENDED
    for _ in range(TRIES):
        head = ports.profiles.head(signal.profile_id)
        run = head.runs.value.get(signal.run_id)
        if run is None:
            return "unknown"
        if run.ended:
            answered = AGAIN
            break
        run = ended(run, signal.why, now)
        try:
            keep(ports.profiles, head, head.runs.value.put(run))
        except Conflict:
            continue
        ports.counted(ENDED)
        break
    else:
        raise Conflict
    if run.ended not in (Ended.GOAL, Ended.EXIT_EVENT, Ended.MERGED):
        return answered
    if run.wait:
        if run.wait.record:
            cancel = Cancel(
                profiles=ports.profiles,
                sends=ports.sends,
                outcomes=ports.machines,
                announcements=ports.announcements,
                counted=ports.cancelled,
            )
            cancel.cancel(run.via or head.profile_id, run.wait.record, now)
        ports.machines.leave(run.wait.token)
    ports.announcements.announce([run_ended(run, head.profile_id)])
    return answered


def ended(run: Run, why: Ended, now: datetime) -> Run:
    """The wait stays, so that a repeated exit wakes the same token; what the entry said is in the timeline."""
    return replace(run, ended=why, ended_at=now, entry=replace(run.entry, properties={}))


def keep(profiles: Profiles, head: Head, runs: Runs) -> None:
    profiles.keep_runs(head.profile_id, Versioned(runs, head.runs.version))


def kept(journey: Journey, templates: Mapping[str, Template]) -> Kept:
    return Kept(journey=journey, templates=tuple(templates[name] for name in journey.template_names))


def run_started(run: Run, profile_id: str) -> DomainEvent:
    return DomainEvent(
        id=f"{run.run_id}.started",
        name="Run Started",
        at=run.entry.timestamp,
        profile_id=profile_id,
        detail={"run_id": run.run_id, "journey": run.journey, "version": run.version},
    )


def run_ended(run: Run, profile_id: str) -> DomainEvent:
    if run.ended is None or run.ended_at is None:
        message = f"run {run.run_id} has not ended"
        raise ValueError(message)
    return DomainEvent(
        id=f"{run.run_id}.ended",
        name="Run Ended",
        at=run.ended_at,
        profile_id=profile_id,
        detail={
            "run_id": run.run_id,
            "journey": run.journey,
            "version": run.version,
            "ended": run.ended.value,
            "after_seconds": (run.ended_at - run.entry.timestamp).total_seconds(),
        },
    )
