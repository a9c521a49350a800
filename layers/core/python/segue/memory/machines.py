"""`Machines` in memory: every execution goes the way of its graph, as the compiled machine does on Step Functions.

Passive, like a queue: what executions ask is kept until somebody takes it, and `time_out` tells that time passed.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from segue.journeys.definition import Journey
from segue.journeys.graph import END, FAILED, SENT, TIMEOUT, Graph, Listen, Node, Pause, graph_of
from segue.journeys.payloads import Known, end, moment, payload
from segue.journeys.sending import Send
from segue.profiles.runs import Run


@dataclass(slots=True)
class Execution:
    """`path` is every step taken and its outcome. `status` is running, completed or left."""

    run_id: str
    profile_id: str
    graph: Graph
    at: datetime | None
    caused_at: datetime | None
    status: str = "running"
    node: Node | None = None
    token: str = ""
    touches: int = 0
    path: list[tuple[str, str]] = field(default_factory=list)


class MemoryMachines:
    """`now` is the clock that its waits are measured on."""

    def __init__(self, journeys: Iterable[Journey], now: Callable[[], datetime]) -> None:
        self._graphs = {journey.name: graph_of(journey) for journey in journeys}
        self._now = now
        self._waiting: dict[str, Execution] = {}
        self._timers: list[tuple[datetime, int, str]] = []
        self._numbers = count(1)
        self._asked: list[dict[str, Any]] = []
        self.executions: dict[str, Execution] = {}

    def deploy(self, journey: Journey) -> None:
        """New executions go this way from now on; those under way keep theirs."""
        self._graphs[journey.name] = graph_of(journey)

    def start(self, run: Run, profile_id: str) -> None:
        if run.run_id in self.executions:
            return
        graph = self._graphs[run.journey]
        execution = Execution(run.run_id, profile_id, graph, run.entry.timestamp, run.entry.received_at)
        self.executions[run.run_id] = execution
        self._go_on(execution, graph.first)

    def succeed(self, token: str, outcome: str, at: datetime, caused_at: datetime | None) -> None:
        if execution := self._waiting.pop(token, None):
            self._take(execution, outcome, at, caused_at)

    def leave(self, token: str) -> None:
        if execution := self._waiting.pop(token, None):
            execution.status = "left"

    def whose(self, journey: str, run_id: str) -> str | None:  # noqa: ARG002 - run ids are unique over journeys
        execution = self.executions.get(run_id)
        return execution.profile_id if execution else None

    def stop(self, journey: str, run_id: str) -> None:  # noqa: ARG002 - run ids are unique over journeys
        execution = self.executions.get(run_id)
        if execution and execution.status == "running":
            execution.status = "stopped"
            self._waiting.pop(execution.token, None)

    @property
    def next_timeout(self) -> datetime | None:
        """When the next wait is over, if any is."""
        while self._timers and self._timers[0][2] not in self._waiting:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def time_out(self) -> None:
        """End the waits whose time is up."""
        while (due := self.next_timeout) and due <= self._now():
            execution = self._waiting.pop(heapq.heappop(self._timers)[2])
            self._take(execution, TIMEOUT, None, None)

    def take_asked(self) -> list[dict[str, Any]]:
        """The payloads of the tasks that executions have come to since the last time."""
        asked, self._asked = self._asked, []
        return asked

    def _take(self, execution: Execution, outcome: str, at: datetime | None, caused_at: datetime | None) -> None:
        node = execution.node
        if node is None:
            message = f"run {execution.run_id} was woken before its first step"
            raise RuntimeError(message)
        execution.path.append((node.id, outcome))
        if isinstance(node.action, Send | Pause | Listen):
            execution.at, execution.caused_at = at, caused_at
            execution.touches += outcome == SENT
        target = node.edges.get(outcome, node.edges.get(FAILED, END))
        self._go_on(execution, execution.graph.nodes.get(target))

    def _go_on(self, execution: Execution, node: Node | None) -> None:
        now = self._now()
        execution.node = node
        known = Known(
            run_id=execution.run_id,
            profile_id=execution.profile_id,
            at=moment(execution.at),
            caused_at=moment(execution.caused_at),
            entered_at=now.isoformat(),
            token=f"token-{next(self._numbers)}",
            touches=execution.touches,
        )
        if node is None:
            execution.status = "completed"
            self._asked.append(end("completed", known))
            return
        self._waiting[known.token] = execution
        execution.token = known.token
        if isinstance(node.action, Pause | Listen):
            length = node.action.length if isinstance(node.action, Pause) else node.action.within
            heapq.heappush(self._timers, (now + length, next(self._numbers), known.token))
        self._asked.append(payload(node, execution.graph, known))
