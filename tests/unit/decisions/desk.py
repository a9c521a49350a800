"""A desk for tests: all in memory, with Ada, who may be written to."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from segue.decisions.answer import Desk
from segue.decisions.decision import RunRef
from segue.decisions.policy import Policy
from segue.memory.bus import MemoryBus
from segue.memory.profiles import MemoryProfiles
from segue.memory.queues import MemoryDeliveries, MemoryRequests
from segue.memory.sends import MemorySends
from segue.profiles.head import Versioned
from segue.profiles.ports import Change, Entry
from segue.profiles.runs import Runs
from tests.builders import a_profile, an_event

SOON, GRACE = timedelta(minutes=15), timedelta(minutes=5)
EVENING = datetime(2026, 3, 10, 19, 30, tzinfo=UTC)
MORNING = datetime(2026, 3, 11, 8, 0, tzinfo=UTC)
RUN = RunRef(run_id="thanks-1", journey="thanks", version="v1", step="1-send")


@dataclass
class Told:
    """What state machines were told."""

    outcomes: list[tuple[str, str]] = field(default_factory=list)

    def succeed(self, token: str, outcome: str, at: datetime, caused_at: datetime | None) -> None:
        self.outcomes.append((token, outcome))

    def leave(self, token: str) -> None:
        self.outcomes.append((token, "leave"))


def a_desk(*, policy: dict | None = None, runs: tuple = (), spread: bool = False, **given) -> Desk:
    """Moments are exact, unless they are to be `spread`."""
    said = Policy.model_validate(policy or {})
    profiles = MemoryProfiles()
    profiles.commit(
        Change(
            entries=(Entry(event=an_event()),),
            profiles={"u-ada": Versioned(given.pop("profile", a_profile()))},
            runs={"u-ada": Versioned(Runs(runs={run.run_id: run for run in runs}))} if runs else {},
        )
    )
    return Desk(
        policy=said if spread else said.without("spread"),
        profiles=profiles,
        sends=given.pop("sends", None) or MemorySends(profiles.rows),
        requests=MemoryRequests(),
        deliveries=MemoryDeliveries(),
        outcomes=Told(),
        announcements=MemoryBus(),
        soon=SOON,
        grace=GRACE,
        **given,
    )


def news(desk: Desk) -> list[str]:
    return [told.name for told in desk.announcements.news]
