"""Passes of `release` at once, killed half-way and late: nothing is lost, decided twice, or woken too fast."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from segue.decisions.answer import Desk, answer
from segue.decisions.asked import Asked
from segue.decisions.decision import SendState
from segue.decisions.release import Pace, release
from segue.memory.slots import MemorySlots
from tests.builders import a_request
from tests.unit.decisions.desk import EVENING, GRACE, MORNING, SOON, a_desk

MINUTE = timedelta(minutes=1)


class Killed(Exception):
    pass


@dataclass
class Crowded:
    """Before each call something else may happen: another pass of `release`, or the end of this one."""

    within: object
    happens: Callable[[], None]

    def __getattr__(self, name: str):
        found = getattr(self.within, name)
        if name not in {"wake", "wake_again", "take", "get"}:
            return found

        def call(*given) -> object:
            self.happens()
            return found(*given)

        return call


@dataclass
class Crowd:
    desk: Desk
    events: Iterator[str]
    now: datetime = MORNING - 20 * MINUTE
    slots: MemorySlots = field(default_factory=MemorySlots)
    woken: list[tuple[datetime, Asked]] = field(default_factory=list)
    depth: int = 0

    def look_in(self) -> None:
        self.depth += 1
        try:
            release(
                sends=Crowded(self.desk.sends, self.happens),
                requests=Crowded(self.desk.requests, self.happens),
                deliveries=self.desk.deliveries,
                pace=Pace(self.desk.policy, Crowded(self.slots, self.happens), 2 * MINUTE, self.desk.profiles),
                now=self.now,
                soon=SOON,
                grace=GRACE,
            )
        except Killed:
            pass
        finally:
            self.depth -= 1

    def happens(self) -> None:
        event = next(self.events, "")
        if event == "kill":
            raise Killed
        if event == "twice" and self.depth < 3:
            self.look_in()

    def pass_time(self, by: timedelta) -> None:
        """Each message comes, and again with each minute that passes."""
        self.woken += [(self.now + delay, wish) for wish, delay in self.desk.requests.asked]
        self.desk.requests.asked.clear()
        self.now += by
        for at, wish in sorted(self.woken, key=lambda each: each[0]):
            if at <= self.now:
                answer(wish, desk=self.desk, now=at)

    @property
    def waits(self) -> bool:
        return any(self.desk.sends.due(self.now, timedelta(days=1), timedelta(days=3)))


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([{"rate": "1/s"}, {"rate": "10/s", "spread": "10m"}, {"spread": "10m"}, {}]),
    st.integers(1, 40),
    st.lists(st.sampled_from(["", "", "", "kill", "twice"]), max_size=80),
    st.lists(st.sampled_from([MINUTE, 40 * MINUTE]), max_size=5),
)
def test_nothing_is_lost_nor_decided_twice_nor_too_fast_whoever_looks_in_at_once_is_killed_or_late(
    pacing, count, events, minutes
) -> None:
    channel = {"cap": None, "spread": None, **pacing}
    crowd = Crowd(a_desk(spread=True, policy={"channels": {"email": channel}, "total": None}), iter(events))
    for number in range(count):
        request = a_request(f"s-{number}", at=EVENING, priority=number % 10)
        answer(Asked(request=request), desk=crowd.desk, now=EVENING)

    passes = iter(minutes)
    while crowd.waits:
        crowd.look_in()
        crowd.pass_time(next(passes, MINUTE))

    records = list(crowd.desk.sends.decided("u-ada"))
    assert [(record.state, record.attempt) for record in records] == [(SendState.SENDING, 2)] * count
    assert min(at for at, _ in crowd.woken) >= MORNING
    if rate := crowd.desk.policy.channels["email"].rate:
        moments = sorted(at for at, _ in crowd.woken)
        assert all(later - earlier >= rate.every for earlier, later in pairwise(moments))
