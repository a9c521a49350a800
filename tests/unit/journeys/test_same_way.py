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

from segue.journeys.compile import Site, compile_journey
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
            found = re.fullmatch(r"\{% \$outcome = '([\w-]+)' %\}", choice["Condition"])
            assert found
            if found[1] == self._variables["outcome"]:
                return str(choice["Next"])
        return str(state["Default"])

    def _assign(self, state: dict[str, Any], result: dict[str, Any] | None) -> None:
        for name, expression in state["Assign"].items():
            if not isinstance(expression, str):
                self._variables[name] = expression
            elif expression == "{% $touches + ($states.result.outcome = 'sent' ? 1 : 0) %}":
                assert result is not None
                self._variables[name] += result["outcome"] == "sent"
            elif found := re.fullmatch(r"\{% \$states\.input\.(\w+) %\}", expression):
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


#: The outcomes of the kinds that have no steps inside, all of which may lead anywhere; and how they are written.
PLAIN: dict[str, tuple[str, ...]] = {
    "send": ("sent", "dropped", "failed"),
    "wait": ("timeout",),
    "wait_for": ("matched", "timeout"),
    "escalate": ("answered", "unanswered"),
    "set": ("done", "failed"),
    "enter": ("done", "failed"),
    "exit": (),
}
WRITTEN = st.fixed_dictionaries(
    {
        "send": st.just({"template": "thanks"}),
        "wait": st.just("1h"),
        "wait_for": st.fixed_dictionaries(
            {"event": st.just("Session Ended"), "within": st.just("1d"), "when": st.sampled_from([None, "1 < 2"])}
        ),
        "escalate": st.fixed_dictionaries(
            {
                "message": st.just("thanks"),
                "over": st.sampled_from([["email", "inbox"], ["push", "email", "inbox"]]),
                "after": st.just("1d"),
            }
        ),
        "set": st.just({"traits": {"vip": "{% if true %}yes{% endif %}"}}),
        "enter": st.just("other"),
        "exit": st.just(True),
    }
)


@st.composite
def a_block(draw: st.DrawFn, names: Iterator[int], behind: tuple[str, ...] = (), depth: int = 2) -> list[Any]:
    """Any steps, whose outcomes lead to any later step, also out of the block in which they stand."""
    own = tuple(f"s{next(names)}" for _ in range(draw(st.integers(1, 5 if depth > 1 else 2))))
    return [draw(a_step(names, id_, (*own[at + 1 :], *behind), depth)) for at, id_ in enumerate(own)]


@st.composite
def a_step(draw: st.DrawFn, names: Iterator[int], id_: str, later: tuple[str, ...], depth: int) -> dict[str, Any]:
    target = st.sampled_from(["next", "exit", *later])
    inner = a_block(names, later, depth - 1)
    match kind := draw(st.sampled_from([*PLAIN, *(("branch", "split") if depth else ())])):
        case "branch":
            arms = [{"when": "1 < 2", "steps": draw(inner)} for _ in range(draw(st.integers(1, 2)))]
            return {"id": id_, "branch": arms, "else": draw(inner)}
        case "split":
            weights = draw(st.sampled_from([(50, 50), (0.5, 99.5), (20, 30, 50)]))
            shares = [{"name": "abc"[at], "weight": each, "steps": draw(inner)} for at, each in enumerate(weights)]
            return {"id": id_, "split": shares}
        case _:
            return {"id": id_, kind: draw(WRITTEN)[kind], **{outcome: draw(target) for outcome in PLAIN[kind]}}


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    return a_journey(steps=draw(a_block(count())), max_touches=draw(st.sampled_from([None, 2])))


@settings(max_examples=150, deadline=None)
@given(journeys(), st.data())
def test_both_go_the_same_way(journey: Journey, data: st.DataObject) -> None:
    clock = [NOON]
    memory = MemoryMachines([journey], lambda: clock[0])
    run = a_run("thanks-1", at=NOON)
    machine = compile_journey(journey, Site(1, "steps", "requests", "calls"))
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
