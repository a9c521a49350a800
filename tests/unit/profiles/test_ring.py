"""A timer that is about to fall due is rung once, however much happens meanwhile; and again where that may be lost."""

from dataclasses import replace
from datetime import timedelta

from segue.profiles.identity import user_profile_id
from segue.profiles.ports import Due
from segue.profiles.receive import receive
from tests.builders import NOON, an_event
from tests.unit.profiles.people import MINUTE, World, rules

ADA = user_profile_id("ada")
SOON = 2 * MINUTE


class Bell:
    """`Timers`: what it was told to ring, and after how long."""

    def __init__(self) -> None:
        self.rung: list[tuple[Due, timedelta]] = []

    def ring(self, due: Due, delay: timedelta) -> None:
        self.rung.append((due, delay))


def a_world(after: str) -> tuple[World, Bell]:
    world, bell = World(rules({"sessions": {"after": after}})), Bell()
    world.ports = replace(world.ports, timers=bell, soon=SOON)
    return world, bell


def viewed(second: int):
    return an_event("Page Viewed", at=NOON + timedelta(seconds=second), message_id=f"m-{second}")


def test_a_timer_is_rung_once_though_its_person_does_something_every_ten_seconds():
    world, bell = a_world("90s")

    for second in range(0, 80, 10):
        receive([viewed(second)], world.ports, NOON + timedelta(seconds=second))

    assert [due for due, _ in bell.rung] == [Due(ADA, NOON + timedelta(seconds=90))]


def test_one_that_was_set_long_before_is_left_to_whoever_looks_once_a_minute():
    world, bell = a_world("30m")

    for second in range(0, 1800, 10):
        receive([viewed(second)], world.ports, NOON + timedelta(seconds=second))

    assert bell.rung == []


def test_whoever_was_cut_off_after_the_commit_rings_when_the_event_comes_again():
    world, bell = a_world("90s")
    receive([viewed(0)], replace(world.ports, timers=None), NOON)

    receive([viewed(0)], world.ports, NOON + timedelta(seconds=1))

    assert len(bell.rung) == 1
