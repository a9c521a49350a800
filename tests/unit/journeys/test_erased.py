"""What was asked of somebody who has been erased meanwhile comes to nothing, and leaves nothing."""

from datetime import timedelta

from segue.decisions.answer import answer
from segue.decisions.asked import Asked
from segue.profiles.head import Versioned
from segue.profiles.ports import Change
from segue.profiles.profile import Profile
from segue.profiles.runs import Runs
from tests.builders import NOON, a_request
from tests.journeys.examples import a_journey
from tests.unit.decisions.desk import a_desk
from tests.unit.journeys.world import ADA, World

JOURNEY = a_journey(steps=[{"wait": "1h"}])


def erase(profiles, profile_id: str) -> None:
    profile, runs = profiles.profile(profile_id), profiles.runs(profile_id)
    marker = Profile(profile_id=profile_id, erased="r-1")
    profiles.commit(
        Change(
            entries=(),
            profiles={profile_id: Versioned(marker, profile.version)},
            runs={profile_id: Versioned(Runs(), runs.version)},
        )
    )


def test_no_run_begins():
    world = World(JOURNEY)
    world.happen(JOURNEY.entry.event)
    erase(world.rows, ADA)

    assert world.answer() == ["erased"]
    assert world.machines.executions == {}
    assert world.rows.runs(ADA).value == Runs()


def test_a_step_that_was_asked_leaves():
    world = World(JOURNEY)
    world.happen(JOURNEY.entry.event)
    world.answer()
    erase(world.rows, ADA)

    assert world.perform() == ["erased"]
    assert world.execution.status == "left"


def test_a_run_that_comes_to_its_end_is_no_news():
    world = World(JOURNEY)
    world.begin()
    world.pass_(timedelta(hours=2))
    erase(world.rows, ADA)
    before = len(world.news)

    assert world.perform() == ["erased"]
    assert len(world.news) == before


def test_nothing_is_decided_and_the_run_that_asked_leaves():
    desk = a_desk()
    erase(desk.profiles, "u-ada")

    new = answer(Asked(request=a_request(token="t-1")), desk=desk, now=NOON)
    woken = answer(Asked(request=a_request("send-2", token="t-2"), attempt=1), desk=desk, now=NOON)

    assert (new, woken) == (None, None)
    assert desk.outcomes.outcomes == [("t-1", "leave"), ("t-2", "leave")]
    assert list(desk.sends.decided("u-ada")) == []
