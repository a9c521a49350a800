"""The runs of one person: the document `HEAD#RUNS`. Its rules live in `segue.journeys`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal


class Ended(StrEnum):
    """Why a run is over. Stable: carried to metrics, domain events and the console.

    `MERGED`: two profiles turned out to be one person, who was in the journey twice; the run that began first goes on.
    """

    COMPLETED = "completed"
    GOAL = "goal"
    EXIT_EVENT = "exit_event"
    MERGED = "merged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """An event that moves a run: its canonical name, an optional CEL condition, and the outcome that it brings."""

    event: str
    outcome: str
    when: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Reached when the event arrives at or after the run's entry and before `until`."""

    event: str
    until: datetime | None = None
    when: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What a run is waiting for now. `since` anchors the look back at the timeline; `token` wakes the state machine.

    A deferred send waits too: `record` is then the key of its `SendRecord`, which an exit cancels. `began` is when the
    machine came to the step: what arrives late for an earlier step is known by it.
    """

    step: str
    kind: Literal["wait", "wait_for", "send"]
    token: str
    since: datetime
    began: datetime | None = None
    until: datetime | None = None
    triggers: tuple[Trigger, ...] = ()
    record: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The event that a run began with, as conditions and templates see it under `run.entry`."""

    message_id: str
    name: str
    timestamp: datetime
    received_at: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One profile's way through one version of a journey. Goal and exits are kept here: a deployment can't change them.

    `via` is the profile that it began with, once that has become part of another: the run goes where the person goes.
    """

    run_id: str
    journey: str
    version: str
    entry: Entry
    key: str = ""
    goal: Goal | None = None
    exits: tuple[Trigger, ...] = ()
    wait: Wait | None = None
    via: str | None = None
    anchor: datetime | None = None
    ended: Ended | None = None
    ended_at: datetime | None = None

    @property
    def alive(self) -> bool:
        return self.ended is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Alive runs and those ended lately; `entered` remembers the last entry per `journey/key` for the `again` rule."""

    runs: Mapping[str, Run] = field(default_factory=dict)
    entered: Mapping[str, datetime] = field(default_factory=dict)

    def get(self, run_id: str) -> Run | None:
        return self.runs.get(run_id)

    def alive(self) -> tuple[Run, ...]:
        return tuple(run for run in self.runs.values() if run.alive)

    def twice(self) -> tuple[Run, ...]:
        """Alive runs of a journey, and of one key in it, in which the person has been for longer already."""
        first: dict[tuple[str, str], Run] = {}
        ordered = sorted(self.alive(), key=lambda run: (run.entry.timestamp, run.run_id))
        return tuple(run for run in ordered if first.setdefault((run.journey, run.key), run) is not run)

    def put(self, run: Run) -> "Runs":
        return replace(self, runs={**self.runs, run.run_id: run})
