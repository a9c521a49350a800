from datetime import timedelta

import pytest

from segue.profiles.ports import Conflict
from segue.profiles.runs import Ended
from tests.builders import NOON
from tests.journeys.examples import a_journey
from tests.unit.journeys.world import ADA, Snatched, World

HOUR = timedelta(hours=1)
WAITS = [{"wait_for": {"event": "Session Ended", "within": "24h"}}, {"wait": "1h"}]


def a_world(**given: object) -> World:
    return World(a_journey(**{"steps": WAITS, "goal": {"event": "Order Paid", "within": "7d"}, **given}))


def test_an_entry_event_begins_a_run() -> None:
    world = a_world()

    world.begin()

    assert world.run.alive
    assert world.run.wait is not None
    assert world.run.wait.step == "1-wait_for"
    assert world.registry.version("thanks", world.journey.version) is not None
    assert world.news == ["Run Started"]


def test_a_repeated_entry_repeats_the_same_effects() -> None:
    world = a_world()
    world.happen("Order Completed")
    signals = world.signals.take()

    assert world.answer(signals * 3) == ["begun", "again", "again"]
    assert world.counted == ["begun"]
    assert len(world.machines.executions) == 1
    assert len({news.id for news in world.bus.news}) == 1


def test_an_entry_whose_effects_were_cut_off_is_taken_up_again() -> None:
    world = a_world()
    world.happen("Order Completed")
    signals = world.signals.take()
    world.machines, machines = type(world.machines)([world.journey], lambda: world.now), world.machines
    world.answer(signals)  # the run is kept, but its start was lost with the machines
    world.machines = machines

    world.answer(signals)

    assert len(machines.executions) == 1


def test_a_goal_ends_the_run_at_once() -> None:
    world = a_world()
    execution = world.begin()

    world.happen("Order Paid", after=HOUR)

    assert world.answer() == ["ended"]
    assert execution.status == "left"
    assert world.run.ended is Ended.GOAL
    assert world.news == ["Run Started", "Run Ended"]


def test_a_goal_after_its_time_is_none() -> None:
    world = a_world()
    world.begin()

    world.happen("Order Paid", after=timedelta(days=7))

    assert world.answer() == []


def test_an_exit_event_ends_the_run() -> None:
    world = a_world(exit_on=[{"event": "Unsubscribed", "when": "event.properties.all == true"}])
    world.begin()

    world.happen("Unsubscribed", after=HOUR, properties={"all": False})
    world.happen("Unsubscribed", after=2 * HOUR, properties={"all": True})
    world.answer()

    assert world.run.ended is Ended.EXIT_EVENT


def test_a_goal_that_came_before_the_run_was_kept_is_found_by_looking_back() -> None:
    world = a_world()
    world.happen("Order Completed")
    world.happen("Order Paid", after=HOUR)

    assert world.answer() == ["ended"]
    assert world.machines.executions == {}
    assert world.news == ["Run Started", "Run Ended"]


def test_a_run_that_was_over_before_it_was_started_is_not_started_by_a_repeated_entry() -> None:
    world = a_world()
    world.happen("Order Completed")
    signals = world.signals.take()
    world.happen("Order Paid", after=HOUR)

    assert world.answer(signals * 2) == ["ended", "again"]
    assert world.machines.executions == {}


def test_a_repeated_exit_is_told_again_but_not_counted_again() -> None:
    world = a_world()
    world.begin()
    world.happen("Order Paid", after=HOUR)

    assert world.answer(world.signals.take() * 2) == ["ended", "again"]
    assert world.counted == ["begun", "ended"]
    assert world.news == ["Run Started", "Run Ended", "Run Ended"]


def test_a_visitor_s_run_that_is_linked_before_its_start_asks_in_the_visitor_s_name() -> None:
    """Where the run was kept is where its sends are, and where an exit looks for them."""
    world = a_world()
    world.happen("Order Completed", anonymous_id="browser-1")
    signals = world.signals.take()
    world.machines, machines = type(world.machines)([world.journey], lambda: world.now), world.machines
    world.answer(signals)  # the run is kept, but its start was lost with the machines
    world.machines = machines
    world.happen("Identified", after=HOUR, user_id="ada", anonymous_id="browser-1")

    world.answer(signals)

    assert world.execution.profile_id == world.run.via
    assert world.run.via is not None


def test_an_exit_between_two_steps_is_met_by_the_next_step() -> None:
    world = a_world()
    world.happen("Order Completed")
    world.answer()
    world.happen("Order Paid", after=HOUR)
    world.answer()

    assert world.perform() == ["left"]
    assert world.execution.status == "left"


def test_the_entry_event_is_not_its_own_goal() -> None:
    world = a_world(goal={"event": "Order Completed"})

    world.begin()

    assert world.run.alive


def test_a_late_event_from_before_the_entry_ends_nothing() -> None:
    world = a_world()
    world.begin()

    world.happen("Order Paid", after=-HOUR)

    assert world.answer() == []


def test_a_second_entry_waits_for_the_end_of_the_first_run() -> None:
    world = a_world(entry={"event": "Order Completed", "again": "always"})
    world.begin()

    world.happen("Order Completed", after=HOUR)

    assert world.answer() == ["still_running"]


def test_each_key_has_a_run_of_its_own() -> None:
    world = a_world(entry={"event": "Order Completed", "again": "always", "key": "event.properties.cart"})
    for number, cart in enumerate(["a", "b", "a"]):
        world.happen("Order Completed", after=HOUR * number, properties={"cart": cart})

    assert world.answer() == ["begun", "begun", "still_running"]


@pytest.mark.parametrize(
    ("again", "days", "answer"),
    [
        ("never", 300, "too_soon"),
        ("after 7d", 6, "too_soon"),
        ("after 7d", 7, "begun"),
        ("always", 1, "begun"),
    ],
)
def test_a_person_begins_again_when_the_journey_says_so(again: str, days: int, answer: str) -> None:
    world = a_world(entry={"event": "Order Completed", "again": again})
    world.begin()
    world.happen("Order Paid", after=HOUR)
    world.answer()

    world.happen("Order Completed", after=timedelta(days=days))

    assert world.answer() == [answer]


def test_an_entry_from_before_the_last_one_comes_too_late() -> None:
    world = a_world(entry={"event": "Order Completed", "again": "always"})
    world.begin()
    world.happen("Order Paid", after=HOUR)
    world.answer()

    world.happen("Order Completed", after=-HOUR)

    assert world.answer() == ["too_soon"]


def test_an_event_that_is_the_goal_and_the_next_entry_ends_one_run_and_begins_another() -> None:
    world = a_world(entry={"event": "Order Completed", "again": "always"}, goal={"event": "Order Completed"})
    first = world.begin()

    world.happen("Order Completed", after=HOUR)
    answers = world.answer()

    assert answers == ["begun", "again"]
    assert world.counted == ["begun", "ended", "begun"]
    assert first.status == "left"
    assert [execution.status for execution in world.machines.executions.values()] == ["left", "running"]


def test_a_paused_journey_begins_nothing() -> None:
    world = a_world()
    world.registry.pause("thanks")
    world.happen("Order Completed")

    assert world.answer() == ["paused"]
    world.registry.unpause("thanks")
    world.happen("Order Completed", after=HOUR)
    assert world.answer() == ["begun"]


def test_a_journey_that_is_deployed_no_more_begins_nothing() -> None:
    world = a_world()
    world.happen("Order Completed")
    world.journey = a_journey("another")

    assert world.answer() == ["not_deployed"]


def test_conflicts_are_tried_again() -> None:
    world = a_world()
    world.profiles = Snatched(world.rows, 3)
    world.happen("Order Completed")

    assert world.answer() == ["begun"]


def test_an_endless_conflict_goes_back_to_the_queue() -> None:
    world = a_world()
    world.profiles = Snatched(world.rows, 1000)
    world.happen("Order Completed")

    with pytest.raises(Conflict):
        world.answer()


def test_a_run_of_a_visitor_goes_on_when_the_visitor_is_known() -> None:
    world = a_world()
    world.happen("Order Completed", anonymous_id="browser-1")
    world.answer()
    world.perform()
    execution = world.execution

    world.happen("Identified", after=HOUR, user_id="ada", anonymous_id="browser-1")
    world.happen("Session Ended", after=2 * HOUR)
    world.answer()
    assert execution.path == [("1-wait_for", "matched")]
    world.perform()
    world.happen("Order Paid", after=3 * HOUR)
    world.answer()

    assert execution.status == "left"
    assert world.run.ended is Ended.GOAL


def test_a_deployment_does_not_change_a_run_that_has_begun() -> None:
    world = a_world()
    execution = world.begin()
    world.journey = a_journey(steps=[{"send": {"template": "thanks"}}])
    world.machines.deploy(world.journey)

    world.happen("Session Ended", after=HOUR)
    world.answer()
    world.perform()
    world.happen("Order Paid", after=2 * HOUR)
    world.answer()

    assert execution.path == [("1-wait_for", "matched")]
    assert world.run.ended is Ended.GOAL


def test_an_ended_run_keeps_nothing_that_was_said_at_its_entry() -> None:
    world = a_world()
    world.begin(properties={"gift_for": "a friend"})
    assert world.run.entry.properties == {"gift_for": "a friend"}

    world.happen("Order Paid", after=HOUR)
    world.answer()

    assert world.run.entry.properties == {}


def test_runs_that_ended_long_ago_are_forgotten() -> None:
    world = a_world(entry={"event": "Order Completed", "again": "always", "key": "event.properties.cart"})
    world.begin()
    world.happen("Order Paid", after=HOUR)
    world.answer()
    world.now = NOON + timedelta(days=60)

    world.happen("Order Completed", after=timedelta(days=60), properties={"cart": "another"})
    world.answer()

    kept = world.rows.runs(ADA).value
    assert len(kept.runs) == 1
    assert list(kept.entered) == ["thanks/another"]
