import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.events.event import Event
from segue.journeys.lots import drawn, lot
from segue.journeys.waits import perform, task
from segue.profiles.receive import story
from tests.builders import NOON
from tests.journeys.examples import a_journey
from tests.unit.journeys.world import ADA, World

HOUR = timedelta(hours=1)


def a_world(*steps: Any, **given: Any) -> World:
    return World(a_journey(steps=list(steps)), **given)


def timeline(world: World) -> list[Event]:
    return list(story(world.rows, world.rows.head(ADA).profile.value, NOON - HOUR))


BRANCH = {
    "branch": [
        {"name": "big", "when": "run.entry.properties.total > 100", "steps": [{"id": "call", "wait": "1h"}]},
        {"when": "has(profile.traits.vip)", "steps": [{"id": "vip", "wait": "1h"}]},
    ],
    "else": [{"id": "small", "wait": "1h"}],
}


@pytest.mark.parametrize(
    ("properties", "traits", "path"),
    [
        ({"total": 200}, {}, [("1-branch", "big"), ("call", "timeout")]),
        ({"total": 200}, {"vip": True}, [("1-branch", "big"), ("call", "timeout")]),
        ({"total": 20}, {"vip": True}, [("1-branch", "2"), ("vip", "timeout")]),
        ({"total": 20}, {}, [("1-branch", "else"), ("small", "timeout")]),
        ({}, {}, [("1-branch", "else"), ("small", "timeout")]),
        ({"total": "much"}, {}, [("1-branch", "else"), ("small", "timeout")]),
    ],
)
def test_of_a_branch_the_first_way_whose_condition_holds_is_taken(
    properties: dict[str, Any], traits: dict[str, Any], path: list[tuple[str, str]]
) -> None:
    world = a_world(BRANCH)
    world.happen("Identified", type="identify", traits=traits, after=-HOUR)
    execution = world.begin(properties=properties)
    world.perform()
    world.pass_(HOUR)

    assert execution.path == path
    assert bool(world.troubles) == (properties == {"total": "much"})


def test_an_event_between_two_steps_is_not_missed_though_ways_part_between_them() -> None:
    world = a_world(
        {"wait": "1h"},
        {"branch": [{"when": "true", "steps": [{"id": "listen", "wait_for": {"event": "Replied", "within": "1d"}}]}]},
    )
    execution = world.begin()
    world.pass_(HOUR)
    world.now += HOUR
    world.happen("Replied", after=HOUR + timedelta(minutes=1))
    assert world.perform() == ["1"]
    assert world.perform() == ["woken"]

    assert execution.path == [("1-wait", "timeout"), ("2-branch", "1"), ("listen", "matched")]


def test_what_is_set_is_seen_by_the_next_step() -> None:
    world = a_world(
        {"set": {"traits": {"interest": "{{ run.entry.properties.product }}", "score": 3}}},
        {"branch": [{"when": 'profile.traits.interest == "lamp" && profile.traits.score > 2', "steps": ["exit"]}]},
    )
    execution = world.begin(properties={"product": "lamp"})
    world.perform()

    assert execution.path == [("1-set", "done"), ("2-branch", "1")]
    [_, told] = timeline(world)
    assert (told.type, told.message_id) == ("identify", f"{execution.run_id}.1-set")
    assert told.source == "journey/thanks"


def test_what_is_set_twice_is_set_once() -> None:
    world = a_world({"set": {"traits": {"vip": True}}}, {"wait": "1h"})
    world.happen("Order Completed")
    world.answer()
    [asked] = world.machines.take_asked()

    for _ in range(3):
        world.now += HOUR
        perform(task(json.dumps(asked)), world.waiting(), world.now)

    assert [event.name for event in timeline(world)] == ["Order Completed", "Identified"]


def test_a_text_that_cannot_be_rendered_is_an_outcome() -> None:
    world = a_world({"set": {"traits": {"interest": "{{ run.entry.properties.product }}"}}, "failed": "exit"}, BRANCH)
    execution = world.begin()

    assert execution.path == [("1-set", "failed")]
    assert execution.status == "completed"
    assert [event.name for event in timeline(world)] == ["Order Completed"]


def test_another_journey_begins_with_what_it_is_given() -> None:
    other = a_journey("other", entry={"event": "Never"}, steps=[{"wait": "1h"}])
    world = a_world({"enter": {"journey": "other", "with": {"product": "{{ run.entry.properties.product }}"}}})
    world.others = (other,)
    world.machines.deploy(other)
    execution = world.begin(properties={"product": "lamp"})

    [signal] = world.signals.take()
    world.journey = other
    assert world.answer([signal]) == ["begun"]
    assert world.answer([signal]) == ["again"]
    assert execution.path == [("1-enter", "done")]
    assert world.run.journey == "other"
    assert world.run.entry.properties == {"product": "lamp"}


def test_a_journey_that_is_gone_begins_for_nobody() -> None:
    world = a_world({"enter": "gone"})

    assert world.begin().path == [("1-enter", "done")]
    assert world.signals.take() == []


def test_a_run_that_is_over_does_nothing_more() -> None:
    world = World(a_journey(exit_on=[{"event": "Unsubscribed"}], steps=[{"set": {"traits": {"vip": True}}}]))
    world.happen("Order Completed")
    world.answer()
    [asked] = world.machines.take_asked()
    world.happen("Unsubscribed", after=HOUR)
    world.answer()

    assert perform(task(asked), world.waiting(), world.now) == "left"
    assert [event.name for event in timeline(world)] == ["Order Completed", "Unsubscribed"]
    assert world.execution.status == "left"


def test_a_person_draws_the_same_lot_in_every_run() -> None:
    split = {
        "split": [{"name": "a", "weight": 50, "steps": [{"id": "of-a", "wait": "1h"}]}, {"name": "b", "weight": 50}]
    }
    first, second = a_world(split), a_world(split)

    assert first.begin(message_id="one").path == second.begin(message_id="two").path


def test_everybody_goes_the_way_that_won() -> None:
    shares = [{"name": "a", "weight": 1}, {"name": "b", "weight": 99}]

    assert {a_world({"split": shares, "winner": winner}).begin().path[0] for winner in "ab"} == {
        ("1-split", "a"),
        ("1-split", "b"),
    }


@pytest.mark.parametrize("weights", [(50, 50), (10, 90), (33, 33, 34), (99.5, 0.5)])
def test_lots_fall_as_the_weights_say(weights: tuple[float, ...]) -> None:
    people, named = 20_000, [(str(at), weight) for at, weight in enumerate(weights)]
    seen = Counter(drawn(named, lot(f"u-{person}", "thanks/2-split")) for person in range(people))

    for name, weight in named:
        assert abs(seen[name] / people * 100 - weight) < 1.5


def test_lots_of_two_steps_have_nothing_to_do_with_each_other() -> None:
    people = 20_000
    both = sum(lot(f"u-{n}", "a/1") < 50 and lot(f"u-{n}", "b/1") < 50 for n in range(people))

    assert abs(both / people - 0.25) < 0.015


@given(st.text(), st.text())
def test_a_lot_is_a_percentage(person: str, of: str) -> None:
    assert 0 <= lot(person, of) < 100
