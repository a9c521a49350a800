"""No event falls between: whatever the order in which events arrive, signals are answered and waits are registered."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from segue.profiles.runs import Ended
from tests.journeys.examples import a_journey
from tests.unit.journeys.world import ADA, World

HOUR = timedelta(hours=1)
NAMES = ("Opened", "Clicked", "Replied")
STEPS = [{"wait_for": {"event": name, "within": "24h"}} for name in NAMES]

events = st.permutations([*enumerate(NAMES, start=1), (2, "Clicked")])
turns = st.lists(st.sampled_from(["event", "signals", "shuffled", "again", "tasks"]), max_size=30)


def play(world: World, arriving: list[tuple[int, str]], turns: list[str], draw: Any) -> None:
    """Turns are taken as drawn; afterwards everything that is left happens."""
    world.happen("Order Completed")
    answered: list[Any] = []
    queue: list[Any] = world.signals.take()
    for turn in [*turns, *["event"] * len(arriving), *["signals", "tasks"] * 8]:
        match turn:
            case "event" if arriving:
                hours, name = arriving.pop()
                world.happen(name, after=HOUR * hours)
            case "signals":
                world.answer(queue)
                answered, queue = answered + queue, []
            case "shuffled":
                queue = draw(st.permutations(queue))
            case "again":
                queue = queue + answered[-3:]
            case "tasks":
                world.perform()
        queue += world.signals.take()


@settings(max_examples=200, deadline=None)
@given(events, turns, st.data())
def test_every_wait_sees_its_event(arriving: list[tuple[int, str]], turns: list[str], data: st.DataObject) -> None:
    world = World(a_journey(steps=STEPS))

    play(world, arriving, turns, data.draw)

    assert world.execution.path == [(f"{number}-wait_for", "matched") for number in (1, 2, 3)]
    assert world.run.ended is Ended.COMPLETED


@settings(max_examples=200, deadline=None)
@given(events, turns, st.data())
def test_every_goal_is_seen(arriving: list[tuple[int, str]], turns: list[str], data: st.DataObject) -> None:
    world = World(a_journey(steps=[*STEPS[:2], {"wait": "90d"}], goal={"event": "Replied"}))

    play(world, arriving, turns, data.draw)

    assert [run.ended for run in world.rows.head(ADA).runs.value.runs.values()] == [Ended.GOAL]
    assert [execution.status for execution in world.machines.executions.values()] in ([], ["left"])
