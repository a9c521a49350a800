"""What is simulated is what runs: the compiled machine and the one in memory go the same way and ask the same.

The machine of States Language is walked here by a reader of its own, which knows the language and nothing of journeys.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from segue.journeys.compile import compile_journey
from segue.journeys.definition import Journey
from segue.journeys.graph import graph_of
from segue.memory.machines import MemoryMachines
from tests.builders import NOON, a_run
from tests.journeys.examples import a_journey

ENTERED = NOON.isoformat()
#: Outcomes that a step may bring besides its own: the run leaves.
LEAVE = "leave"


class Reader:
    """One execution. Stops at each task with a token, and is told what came of it."""

    def __init__(self, machine: dict[str, Any], given: dict[str, Any]) -> None:
        self._states = machine["States"]
        self._variables: dict[str, Any] = {}
        self._input = given
        self._numbers = count(1)
        self.asked: list[dict[str, Any]] = []
        self.status = "running"
        self.at = machine["StartAt"]
        self._go()

    def tell(self, outcome: str, at: str) -> None:
        state = self._states[self.at]
        if outcome in (LEAVE, "timeout"):
            error = {LEAVE: "Journey.Exit", "timeout": "States.Timeout"}[outcome]
            catcher = next(each for each in state["Catch"] if error in each["ErrorEquals"])
            self._variables |= catcher.get("Assign", {})
            self.at = catcher["Next"]
        else:
            self._assign(state, {"outcome": outcome, "at": at})
            self.at = state["Next"]
        self._go()

    def _go(self) -> None:
        while True:
            state = self._states[self.at]
            match state["Type"]:
                case "Pass":
                    self._assign(state, None)
                case "Choice":
                    self.at = self._chosen(state)
                    continue
                case "Succeed":
                    self.status = "left" if self.at == "Left" else "completed"
                    return
                case "Task":
                    asked = state["Arguments"]["MessageBody"]
                    self.asked.append(self._filled(asked, f"token-{next(self._numbers)}"))
                    if state["Resource"].endswith(".waitForTaskToken"):
                        return
            self.at = state["Next"]

    def _chosen(self, state: dict[str, Any]) -> str:
        for choice in state["Choices"]:
            found = re.fullmatch(r"\{% \$outcome = '(\w+)' %\}", choice["Condition"])
            assert found
            if found[1] == self._variables["outcome"]:
                return str(choice["Next"])
        return str(state["Default"])

    def _assign(self, state: dict[str, Any], result: dict[str, Any] | None) -> None:
        for name, expression in state["Assign"].items():
            if found := re.fullmatch(r"\{% \$states\.input\.(\w+) %\}", expression):
                self._variables[name] = self._input[found[1]]
            elif found := re.match(r"\{% (?:\$exists\()?\$states\.result\.(\w+)", expression):
                assert result is not None
                self._variables[name] = result.get(found[1])

    def _filled(self, asked: Any, token: str) -> Any:
        if isinstance(asked, dict):
            return {name: self._filled(value, token) for name, value in asked.items()}
        if isinstance(asked, list):
            return [self._filled(value, token) for value in asked]
        match asked:
            case "{% $states.context.Task.Token %}":
                return token
            case "{% $states.context.State.EnteredTime %}":
                return ENTERED
            case str() if found := re.fullmatch(r"\{% \$(\w+) %\}", asked):
                return self._variables[found[1]]
        return asked


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    """Any steps, whose outcomes lead to any later step."""
    size = draw(st.integers(1, 6))
    steps: list[Any] = []
    for number in range(size):
        target = st.sampled_from(["next", "exit", *(f"s{later}" for later in range(number + 1, size))])
        kind = draw(st.sampled_from(["send", "wait", "wait_for", "exit"]))
        named = {"id": f"s{number}"}
        match kind:
            case "send":
                ways = {outcome: draw(target) for outcome in ("sent", "dropped", "failed")}
                steps.append({**named, "send": {"template": "thanks"}, **ways})
            case "wait":
                steps.append({**named, "wait": "1h", "timeout": draw(target)})
            case "wait_for":
                awaited = {"event": "Session Ended", "within": "1d", "when": draw(st.sampled_from([None, "1 < 2"]))}
                steps.append({**named, "wait_for": awaited, "matched": draw(target), "timeout": draw(target)})
            case _:
                steps.append({**named, "exit": True})
    return a_journey(steps=steps)


@settings(max_examples=150, deadline=None)
@given(journeys(), st.data())
def test_both_go_the_same_way(journey: Journey, data: st.DataObject) -> None:
    clock = [NOON]
    memory = MemoryMachines([journey], lambda: clock[0])
    run = a_run("thanks-1", at=NOON)
    machine = compile_journey(journey, clock_rate=1, steps_queue_url="steps", requests_queue_url="requests")
    reader = Reader(machine, {"run_id": "thanks-1", "profile_id": "u-ada", "at": ENTERED, "caused_at": ENTERED})
    memory.start(run, "u-ada")
    execution = memory.executions["thanks-1"]

    asked = memory.take_asked()
    for _ in _while_running(execution):
        assert execution.node is not None
        assert reader.at == execution.node.id
        outcomes = [LEAVE, *graph_of(journey).nodes[execution.node.id].edges]
        outcome = data.draw(st.sampled_from(outcomes))
        at = NOON + timedelta(minutes=5)
        match outcome:
            case "timeout":
                clock[0] = memory.next_timeout or clock[0]
                memory.time_out()
            case "leave":
                memory.leave(execution.token)
            case _:
                memory.succeed(execution.token, outcome, at, None)
        reader.tell(outcome, at.isoformat())
        asked += memory.take_asked()

    assert reader.status == execution.status
    assert [_timeless(each) for each in reader.asked] == [_timeless(each) for each in asked]


def _while_running(execution: Any) -> Iterator[None]:
    while execution.status == "running":
        yield


def _timeless(asked: dict[str, Any]) -> dict[str, Any]:
    """Tokens and the moment of entry are the machine's own."""
    return {name: value for name, value in asked.items() if name not in ("token", "entered_at")}
