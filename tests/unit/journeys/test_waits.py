from datetime import timedelta
from itertools import permutations

import pytest

from segue.journeys.waits import perform, task
from segue.profiles.runs import Ended
from tests.builders import NOON
from tests.journeys.examples import a_journey
from tests.unit.journeys.world import ADA, Snatched, World

HOUR = timedelta(hours=1)


def a_world(*steps: object, **given: object) -> World:
    return World(a_journey(steps=list(steps) or [{"wait_for": {"event": "Session Ended", "within": "24h"}}], **given))


def test_an_event_wakes_the_wait_for_it() -> None:
    world = a_world()
    execution = world.begin()

    world.happen("Session Ended", after=HOUR)

    assert world.answer() == ["woken"]
    assert execution.path == [("1-wait_for", "matched")]
    assert execution.at == NOON + HOUR


def test_a_condition_chooses_among_events() -> None:
    world = a_world(
        {"wait_for": {"event": "Session Ended", "when": "event.properties.n > run.entry.properties.n", "within": "24h"}}
    )
    world.begin(properties={"n": 3})

    world.happen("Session Ended", after=HOUR, properties={"n": 2})
    assert world.answer() == []
    world.happen("Session Ended", after=2 * HOUR, properties={"n": 4})
    assert world.answer() == ["woken"]


def test_time_ends_a_wait() -> None:
    world = a_world()
    execution = world.begin()

    world.pass_(timedelta(hours=24))

    assert execution.path == [("1-wait_for", "timeout")]
    assert world.perform() == ["ended"]
    assert world.run.ended is Ended.COMPLETED
    assert world.news == ["Run Started", "Run Ended"]


def test_an_event_from_before_the_wait_was_registered_is_found_by_looking_back() -> None:
    world = a_world()
    world.happen("Order Completed")
    world.answer()

    world.happen("Session Ended", after=HOUR)

    assert world.answer() == []
    assert world.perform() == ["woken"]
    assert world.execution.path == [("1-wait_for", "matched")]


def test_an_event_between_two_waits_is_seen_by_the_second() -> None:
    world = a_world(
        {"wait_for": {"event": "Session Ended", "within": "24h"}},
        {"wait_for": {"event": "Order Shipped", "within": "24h"}},
    )
    execution = world.begin()
    world.happen("Session Ended", after=HOUR)
    world.answer()
    world.happen("Order Shipped", after=2 * HOUR)
    world.answer()

    world.perform()

    assert execution.path == [("1-wait_for", "matched"), ("2-wait_for", "matched")]


def test_one_event_does_not_wake_two_waits() -> None:
    twice = {"wait_for": {"event": "Session Ended", "within": "24h"}}
    world = a_world(twice, twice)
    execution = world.begin()

    world.happen("Session Ended", after=HOUR)
    world.answer()
    world.perform()

    assert execution.path == [("1-wait_for", "matched")]
    assert execution.status == "running"


def test_an_event_from_before_the_step_wakes_nothing() -> None:
    world = a_world({"wait": "1h"}, {"wait_for": {"event": "Session Ended", "within": "24h"}})
    execution = world.begin()
    world.happen("Session Ended", after=HOUR / 2)
    world.answer()

    world.pass_(HOUR)
    world.perform()

    assert execution.path == [("1-wait", "timeout")]
    assert execution.status == "running"


def test_the_step_after_a_timeout_begins_when_the_time_was_up() -> None:
    world = a_world({"wait": "1h"}, {"wait_for": {"event": "Session Ended", "within": "24h"}})
    execution = world.begin()
    world.happen("Session Ended", after=HOUR + HOUR / 4)

    world.pass_(HOUR + HOUR / 2)  # the machine notices half an hour late
    world.perform()

    assert execution.path == [("1-wait", "timeout"), ("2-wait_for", "matched")]


def test_a_plain_wait_hears_nothing_but_the_exit() -> None:
    world = a_world({"wait": "1h"}, goal={"event": "Order Paid"})
    execution = world.begin()

    world.happen("Session Ended", after=HOUR / 2)
    assert world.answer() == []
    world.happen("Order Paid", after=HOUR / 2)
    world.answer()

    assert execution.status == "left"


def test_a_resume_that_comes_late_or_twice_wakes_nothing_else() -> None:
    world = a_world({"wait_for": {"event": "Session Ended", "within": "24h"}}, {"wait": "1h"})
    execution = world.begin()
    world.happen("Session Ended", after=HOUR)
    signals = world.signals.take()
    world.answer(signals)
    world.perform()

    assert world.answer(signals) == ["not_waiting"]
    assert execution.path == [("1-wait_for", "matched")]


def test_a_registration_that_is_repeated_wakes_the_newer_token() -> None:
    world = a_world()
    world.happen("Order Completed")
    world.answer()
    (payload,) = world.machines.take_asked()
    perform(task({**payload, "token": "lost"}), world.waiting(), world.now)

    perform(task(payload), world.waiting(), world.now)
    world.happen("Session Ended", after=HOUR)
    world.answer()

    assert world.execution.path == [("1-wait_for", "matched")]


def test_a_message_that_comes_late_does_not_displace_the_step_that_waits_now() -> None:
    world = a_world({"wait": "1h"}, {"wait_for": {"event": "Session Ended", "within": "24h"}})
    world.happen("Order Completed")
    world.answer()
    (late,) = world.machines.take_asked()
    world.pass_(HOUR)
    world.perform()

    assert perform(task(late), world.waiting(), world.now) == "late"
    world.happen("Session Ended", after=2 * HOUR)
    world.answer()

    assert world.execution.path == [("1-wait", "timeout"), ("2-wait_for", "matched")]


@pytest.mark.parametrize("order", list(permutations(["event", "signal", "task"])), ids="-".join)
def test_whatever_comes_first_the_event_is_not_missed(order: tuple[str, ...]) -> None:
    """The event's arrival, its signal and the wait's registration race; a signal can't come before its event."""
    world = a_world()
    world.happen("Order Completed")
    world.answer()
    does = {
        "event": lambda: world.happen("Session Ended", after=HOUR),
        "signal": world.answer,
        "task": world.perform,
    }

    for thing in order:
        does[thing]()
    world.answer()

    assert world.execution.path == [("1-wait_for", "matched")]


def test_an_event_in_the_middle_of_a_registration_is_not_missed() -> None:
    world = a_world()
    world.happen("Order Completed")
    world.answer()
    world.profiles = Snatched(world.rows, 1, lambda: world.happen("Session Ended", after=HOUR))

    world.perform()
    world.answer()

    assert world.execution.path == [("1-wait_for", "matched")]


def test_the_end_is_told_again_when_it_is_repeated() -> None:
    world = a_world({"wait": "1h"})
    world.begin()
    world.pass_(HOUR)
    (payload,) = world.machines.take_asked()

    assert [perform(task(payload), world.waiting(), world.now) for _ in range(2)] == ["ended", "again"]
    assert len({news.id for news in world.bus.news}) == 2
    assert world.run.wait is None


def test_a_broken_run_ends_as_failed() -> None:
    world = a_world()
    execution = world.begin()

    asked = task({"action": "end", "run_id": execution.run_id, "profile_id": ADA, "ended": "failed"})
    perform(asked, world.waiting(), world.now)

    assert world.run.ended is Ended.FAILED


def test_an_unknown_run_is_an_error() -> None:
    world = a_world()
    asked = task({"action": "end", "run_id": "nobody", "profile_id": ADA, "ended": "completed"})

    with pytest.raises(LookupError, match="nobody"):
        perform(asked, world.waiting(), world.now)


def test_a_payload_that_no_machine_asks_is_an_error() -> None:
    with pytest.raises(ValueError, match="action"):
        task({"action": "dance"})
