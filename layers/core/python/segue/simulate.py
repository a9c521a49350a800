"""A workspace's journeys and policy on a stream of events, in memory, under a virtual clock.

The engine is the deployed one: the same use cases on the same ports. Only the adapters are of memory, the machines walk
the graph that the compiler writes down, and time jumps from one thing that is due to the next.
"""

import heapq
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count

from segue.decisions import answer as decisions
from segue.decisions.asked import Asked, read
from segue.decisions.collecting import collects
from segue.decisions.decision import SendRecord
from segue.events.conditions import Trouble
from segue.events.enrichment.products import filled_in, products_wanted
from segue.events.event import OWN_NAMES, Event
from segue.journeys import acts, calls, runs, waits
from segue.journeys.entries import entries
from segue.journeys.follow import follow
from segue.journeys.graph import Listen, graph_of
from segue.journeys.pinned import PinnedTemplates
from segue.memory.bus import MemoryBus
from segue.memory.calls import MemoryCaller, MemoryCalls
from segue.memory.catalog import MemoryCatalog
from segue.memory.inbox import MemoryInbox
from segue.memory.late import LateProfiles
from segue.memory.machines import Execution, MemoryMachines
from segue.memory.mailer import MemoryMailer
from segue.memory.profiles import MemoryProfiles
from segue.memory.queues import MemoryDeliveries, MemoryRequests
from segue.memory.registry import MemoryRegistry
from segue.memory.rows import MemoryRows
from segue.memory.sends import MemorySends
from segue.memory.signals import MemorySignals
from segue.messages.compose import Mail
from segue.messages.deliver import Post, deliver
from segue.outgoing import DomainEvent
from segue.profiles import elapse, receive
from segue.profiles.ports import Profiles
from segue.profiles.rules import Rules
from segue.profiles.runs import Ended
from segue.workspace.bundle import Workspace

#: In memory every deferral waits in the queue itself, however long.
_SOON = timedelta(days=3650)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedRun:
    """`path` is each step taken and its outcome. `ended` is `None` while it goes on."""

    run_id: str
    profile_id: str
    journey: str
    version: str
    path: tuple[tuple[str, str], ...]
    ended: Ended | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """Runs in the order in which they began; send records by the time of their request. `profiles` are as they ended.

    A run and a record have the profile id that the person had then: any of the places of the profile that holds them.
    """

    events: int
    runs: tuple[SimulatedRun, ...]
    sends: tuple[SendRecord, ...]
    troubles: tuple[Trouble, ...]
    until: datetime | None
    profiles: Profiles = field(compare=False, repr=False)


def simulate(workspace: Workspace, events: Iterable[Event], *, until: datetime | None = None) -> Simulated:
    """Events in the order of their arrival. Afterwards time goes on until nothing is under way, or `until`.

    What arrives later than that is left out.
    """
    simulation = Simulation(workspace)
    for event in events:
        if until is None or event.received_at <= until:
            simulation.receive(event)
    simulation.finish(until)
    return simulation.result()


class Simulation:
    """`now` is the time of the last event, or what `advance` was told."""

    def __init__(self, workspace: Workspace) -> None:
        self.now: datetime | None = None
        self.events = 0
        self.troubles: list[Trouble] = []
        rows = MemoryRows()
        self._rules = Rules(workspace.traits, workspace.segments, self.troubles.append)
        self.profiles = LateProfiles(MemoryProfiles(rows), self._rules, workspace.identity)
        self.sends = MemorySends(rows)
        self.machines = MemoryMachines(workspace.journeys, self._clock)
        self.bus = MemoryBus()
        self.calls = MemoryCalls()
        self.mailer = MemoryMailer()
        self.inbox = MemoryInbox()
        self._policy = workspace.policy.without("rate")  # which is real time, of which none passes here
        self._catalog, self._products = workspace.catalog, MemoryCatalog(workspace.products)
        self._signals = MemorySignals()
        self._requests = MemoryRequests()
        self._deliveries = MemoryDeliveries()
        self._coming: list[tuple[datetime, int, Asked]] = []
        self._numbers = count()
        self._heard = _heard(workspace)
        #: Whether what time alone changes of people may move a journey: only then is time stopped for it.
        self._timed = not self._rules.idle and (
            not self._heard.isdisjoint(OWN_NAMES) or _asks_how_people_stand(workspace)
        )
        self._wire(workspace)

    def receive(self, event: Event) -> None:
        """One event arrives, at its `received_at` or now, whichever is later."""
        self.advance(event.received_at)
        self.events += 1
        if self._catalog and (ids := products_wanted(event, self._catalog)):
            event = filled_in(event, self._catalog, self._products.products(ids))
        if self._timed or event.name in self._heard or self._policy.collection or len(event.who) > 1:
            receive.receive([event], self._receiving, self._clock())
            self._settle()
        else:
            self.profiles.put_off(event)

    def advance(self, until: datetime) -> None:
        """Time passes, and whatever falls due happens at its moment."""
        while (due := self.next_due) is not None and due <= until:
            self._happen(due)
        self.now = max(self.now or until, until)

    def finish(self, until: datetime | None = None) -> None:
        """Until nothing is under way any more, or the moment."""
        while (due := self.next_due) is not None and (until is None or due <= until):
            self._happen(due)

    @property
    def next_due(self) -> datetime | None:
        coming, timer = (
            self._coming[0][0] if self._coming else None,
            self.profiles.next_timer() if self._timed else None,
        )
        moments = (self.machines.next_timeout, coming, timer.at if timer else None)
        return min((at for at in moments if at), default=None)

    def result(self) -> Simulated:
        begun, ends = (
            {news.detail["run_id"]: news for news in self.bus.news if news.name == name}
            for name in ("Run Started", "Run Ended")
        )
        records = [row.value for _, _, row in self.sends.rows.everything() if isinstance(row.value, SendRecord)]
        return Simulated(
            events=self.events,
            runs=tuple(
                _simulated(started, self.machines.executions.get(run_id), ends.get(run_id))
                for run_id, started in begun.items()
            ),
            sends=tuple(sorted(records, key=lambda record: (record.request.requested_at, record.request.send_id))),
            troubles=tuple(self.troubles),
            until=self.now,
            profiles=self.profiles,
        )

    def _happen(self, due: datetime) -> None:
        self.now = max(self.now or due, due)
        while self._timed and (timer := self.profiles.next_timer()) and timer.at <= self.now:
            elapse.answer(timer, self._receiving, self.now)
        self.machines.time_out()
        while self._coming and self._coming[0][0] <= self.now:
            decisions.answer(heapq.heappop(self._coming)[2], desk=self._deciding, now=self.now)
        self._settle()

    def _settle(self) -> None:
        """Everything that follows at once from what has happened."""
        moved = True
        while moved:
            moved = self._take_signals() | self._take_tasks() | self._take_requests() | self._take_deliveries()

    def _take_signals(self) -> bool:
        signals = self._signals.take()
        for signal in signals:
            runs.answer(signal, self._running, self._clock())
        return bool(signals)

    def _take_tasks(self) -> bool:
        payloads = self.machines.take_asked()
        for payload in payloads:
            if payload.get("action") == "call":
                calls.perform(calls.task(payload), self._calling, last=True)
            elif "action" in payload:
                waits.perform(waits.task(payload), self._waiting, self._clock())
            else:
                asked = read(
                    json.dumps(payload), policy=self._policy, words=self._templates.words, at=lambda real: real
                )
                decisions.answer(asked, desk=self._deciding, now=self._clock())
        return bool(payloads)

    def _take_requests(self) -> bool:
        for asked, delay in self._requests.asked:
            heapq.heappush(self._coming, (self._clock() + delay, next(self._numbers), asked))
        self._requests.asked.clear()
        return False

    def _take_deliveries(self) -> bool:
        handed = tuple(self._deliveries.handed)
        self._deliveries.handed.clear()
        for profile_id, key in handed:
            deliver(profile_id, key, post=self._posting, now=self._clock())
        return bool(handed)

    def _clock(self) -> datetime:
        if self.now is None:
            message = "no event has come yet: there is no time"
            raise RuntimeError(message)
        return self.now

    def _wire(self, workspace: Workspace) -> None:
        registry = MemoryRegistry()
        self._templates = PinnedTemplates(workspace.journeys_by_name, workspace.templates_by_name, registry)
        tell, read = self.troubles.append, self._rules.read
        self._receiving = receive.Ports(
            profiles=self.profiles,
            signals=self._signals,
            identity=workspace.identity,
            collects=collects(workspace.policy),
            notice=entries(workspace.journeys, tell, read),
            follow=lambda kept, profile, events: follow(kept, profile, events, tell, read),
            rules=self._rules,
        )
        self._running = runs.Ports(
            journeys=workspace.journeys_by_name,
            templates=workspace.templates_by_name,
            profiles=self.profiles,
            machines=self.machines,
            registry=registry,
            sends=self.sends,
            announcements=self.bus,
            paused=registry.paused,
            tell=tell,
            read=read,
        )
        acting = acts.Acting(
            receive=lambda event: receive.receive([event], self._receiving, event.timestamp),
            signals=self._signals,
            journeys=workspace.journeys_by_name,
            brand=workspace.brand.model_dump(),
            tell=tell,
            read=read,
        )
        self._calling = calls.Ports(
            profiles=self.profiles,
            machines=self.machines,
            calls=self.calls,
            caller=MemoryCaller(dry=True),
            announcements=self.bus,
            connectors=workspace.connectors,
            policy=self._policy,
            brand=workspace.brand.model_dump(),
            read=read,
        )
        self._waiting = waits.Ports(
            profiles=self.profiles,
            machines=self.machines,
            announcements=self.bus,
            act=partial(acts.act, acting=acting),
            tell=tell,
            read=read,
        )
        self._deciding = decisions.Desk(
            policy=self._policy,
            profiles=self.profiles,
            sends=self.sends,
            requests=self._requests,
            deliveries=self._deliveries,
            outcomes=self.machines,
            announcements=self.bus,
            soon=_SOON,
            grace=timedelta(),
            paused=registry.paused,
        )
        self._posting = Post(
            policy=workspace.policy,
            profiles=self.profiles,
            sends=self.sends,
            templates=self._templates,
            mailer=self.mailer,
            inbox=self.inbox,
            outcomes=self.machines,
            announcements=self.bus,
            mail=Mail(
                brand=workspace.brand.model_dump(),
                from_address="simulated@example.com",
                public_url="https://example.com",
                keys=("simulated",),
                read=read,
            ),
            patience=timedelta(minutes=1),
            held_up=timedelta(minutes=1),
            late=_SOON,
            paused=registry.paused,
        )


def _heard(workspace: Workspace) -> frozenset[str]:
    """The events that can begin a run or move one; all others only change what is known of a person."""
    heard = set()
    for journey in workspace.journeys:
        heard |= {journey.entry.event, *(listener.event for listener in journey.exit_on)}
        heard |= {journey.goal.event} if journey.goal else set()
        for node in graph_of(journey).nodes.values():
            if isinstance(node.action, Listen):
                heard |= {trigger.event for trigger in node.action.triggers}
    return frozenset(heard)


def _asks_how_people_stand(workspace: Workspace) -> bool:
    texts = [str(condition) for journey in workspace.journeys for _, condition in journey.conditions]
    return any(f"profile.{word}" in text for text in texts for word in ("segments", "lifecycle", "session"))


def _simulated(begun: DomainEvent, execution: Execution | None, end: DomainEvent | None) -> SimulatedRun:
    """A run that was over before it could be started has no execution."""
    return SimulatedRun(
        run_id=begun.detail["run_id"],
        profile_id=execution.profile_id if execution else begun.profile_id,
        journey=begun.detail["journey"],
        version=begun.detail["version"],
        path=tuple(execution.path) if execution else (),
        ended=Ended(end.detail["ended"]) if end else None,
        ended_at=end.at if end else None,
    )
