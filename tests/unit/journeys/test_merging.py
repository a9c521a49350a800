"""Two profiles that are in the same journey turn out to be one person, who goes on in it once."""

from datetime import timedelta

from segue.profiles.runs import Ended
from tests.journeys.examples import a_journey
from tests.unit.journeys.world import ADA, World

HOUR = timedelta(hours=1)


def both_waiting(**more) -> World:
    """A visitor's run, and an hour later one of Ada's; both wait for an e-mail to be opened."""
    world = World(a_journey(steps=[{"wait_for": {"event": "Email Opened", "within": "10d"}}], **more))
    world.begin(anonymous_id="v")
    world.begin(user_id="ada", after=HOUR)
    return world


def sign_in(world: World) -> None:
    world.happen("Signed In", after=2 * HOUR, user_id="ada", anonymous_id="v")


def runs(world: World):
    return sorted(world.rows.head(ADA).runs.value.runs.values(), key=lambda run: run.entry.timestamp)


def test_the_run_that_began_first_goes_on_and_the_other_leaves_at_once() -> None:
    world = both_waiting()

    sign_in(world)
    answered = world.answer()

    assert answered == ["ended"]
    assert [run.ended for run in runs(world)] == [None, Ended.MERGED]
    assert [execution.status for execution in world.machines.executions.values()] == ["running", "left"]


def test_the_wait_that_goes_on_is_woken_by_what_the_user_does() -> None:
    world = both_waiting()
    sign_in(world)
    world.answer()

    world.happen("Email Opened", after=3 * HOUR, user_id="ada")
    world.answer()
    world.perform()

    assert [run.ended for run in runs(world)] == [Ended.COMPLETED, Ended.MERGED]


def test_runs_of_two_keys_both_go_on() -> None:
    world = World(
        a_journey(
            entry={"event": "Order Completed", "key": "event.properties.order_id"},
            steps=[{"wait_for": {"event": "Email Opened", "within": "10d"}}],
        )
    )
    world.begin(anonymous_id="v", properties={"order_id": "1"})
    world.begin(user_id="ada", after=HOUR, properties={"order_id": "2"})

    sign_in(world)

    assert world.answer() == []
    assert [run.ended for run in runs(world)] == [None, None]


def test_a_repeated_link_ends_nothing_more() -> None:
    world = both_waiting()
    sign_in(world)
    signals = world.signals.take()

    assert world.answer(signals) == ["ended"]
    assert world.answer(signals) == ["again"]
