"""A small world for the use cases of runs: the ports in memory, a clock that is set, and events that arrive."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from segue.events.conditions import Trouble
from segue.events.event import Event
from segue.journeys import acts, runs, waits
from segue.journeys.definition import Journey
from segue.journeys.entries import entries
from segue.journeys.follow import follow
from segue.memory.bus import MemoryBus
from segue.memory.machines import Execution, MemoryMachines
from segue.memory.profiles import MemoryProfiles
from segue.memory.registry import MemoryRegistry
from segue.memory.sends import MemorySends
from segue.memory.signals import MemorySignals
from segue.messages.template import EmailWords, Template
from segue.profiles import receive
from segue.profiles.identity import user_profile_id
from segue.profiles.ports import Conflict
from segue.profiles.runs import Run
from segue.profiles.signals import Signal
from tests.builders import NOON, an_event

ADA = user_profile_id("ada")
TEMPLATES = {
    name: Template(template=name, email=EmailWords(subject=name, html=name))
    for name in ("thanks", "reminder", "last-call")
}


@dataclass
class World:
    """Nothing happens by itself: each queue is worked off when a test says so, in the order that it says."""

    journey: Journey
    now: datetime = NOON
    rows: MemoryProfiles = field(default_factory=MemoryProfiles)
    registry: MemoryRegistry = field(default_factory=MemoryRegistry)
    bus: MemoryBus = field(default_factory=MemoryBus)
    signals: MemorySignals = field(default_factory=MemorySignals)
    others: tuple[Journey, ...] = ()
    troubles: list[Trouble] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.profiles: Any = self.rows
        self.counted: list[str] = []
        self.machines = MemoryMachines([self.journey], lambda: self.now)

    def pass_(self, duration: timedelta) -> None:
        self.now += duration
        self.machines.time_out()

    def happen(self, name: str, *, after: timedelta = timedelta(), **given: Any) -> Event:
        """An event arrives; the signals that it raises wait in the queue."""
        event = an_event(name, at=NOON + after, **given)
        receive.receive([event], self._receiving())
        return event

    def answer(self, signals: list[Signal] | None = None) -> list[str]:
        return [
            runs.answer(signal, self.running(), self.now)
            for signal in (self.signals.take() if signals is None else signals)
        ]

    def perform(self) -> list[str]:
        """The tasks that machines have come to, but for sends, whose tokens stay open."""
        payloads = [payload for payload in self.machines.take_asked() if "action" in payload]
        return [waits.perform(waits.task(payload), self.waiting(), self.now) for payload in payloads]

    def begin(self, **given: Any) -> Execution:
        """A run at its first step."""
        self.happen(self.journey.entry.event, **given)
        self.answer()
        self.perform()
        return self.execution

    @property
    def execution(self) -> Execution:
        return list(self.machines.executions.values())[-1]

    @property
    def run(self) -> Run:
        run = self.rows.head(ADA).runs.value.get(self.execution.run_id)
        assert run is not None
        return run

    @property
    def news(self) -> list[str]:
        return [news.name for news in self.bus.news]

    def running(self) -> runs.Ports:
        return runs.Ports(
            journeys={self.journey.name: self.journey},
            templates=TEMPLATES,
            profiles=self.profiles,
            machines=self.machines,
            registry=self.registry,
            sends=MemorySends(self.rows.rows),
            announcements=self.bus,
            paused=self.registry.paused,
            counted=self.counted.append,
        )

    def waiting(self) -> waits.Ports:
        acting = acts.Acting(
            receive=lambda event: receive.receive([event], self._receiving()),
            signals=self.signals,
            journeys={each.name: each for each in self.others},
            brand={"name": "Sound Shop"},
            tell=self.troubles.append,
        )
        return waits.Ports(
            profiles=self.profiles,
            machines=self.machines,
            announcements=self.bus,
            act=partial(acts.act, acting=acting),
        )

    def _receiving(self) -> receive.Ports:
        return receive.Ports(profiles=self.rows, signals=self.signals, notice=entries([self.journey]), follow=follow)


class Snatched:
    """Profiles of which somebody else writes the runs first, so many times."""

    def __init__(self, profiles: MemoryProfiles, times: int, meanwhile: Callable[[], object] = lambda: None) -> None:
        self._profiles = profiles
        self._times = times
        self._meanwhile = meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._profiles, name)

    def keep_runs(self, profile_id: str, runs: Any) -> None:
        if self._times:
            self._times -= 1
            self._meanwhile()
            raise Conflict
        self._profiles.keep_runs(profile_id, runs)
