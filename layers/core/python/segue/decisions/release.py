"""What was deferred and falls due goes back to the queue, to be decided anew."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Protocol

from segue.decisions.decision import SendState
from segue.decisions.ports import LOOK_BACK, Place, Requests, Sends
from segue.profiles.ports import TIMER, Due, Profiles, Timers


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """`overdue` had been due already; the `oldest` of them for this long."""

    count: int = 0
    overdue: int = 0
    oldest: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class People:
    """Whose timers are rung when they fall due, as what is deferred is sent on."""

    profiles: Profiles
    timers: Timers


class Mapper(Protocol):
    """As `map` does, perhaps several at once."""

    def __call__(
        self, one: Callable[[Place], timedelta | None], places: Iterable[Place], /
    ) -> Iterable[timedelta | None]: ...


def release(
    *,
    sends: Sends,
    requests: Requests,
    people: People | None = None,
    now: datetime,
    soon: timedelta,
    grace: timedelta,
    back: timedelta = LOOK_BACK,
    mapper: Mapper = map,
    enough: Callable[[], bool] = lambda: False,
) -> Released:
    """Everything that falls due within `soon`, or fell due at most `back` ago, until it is `enough`.

    The next time goes on from there. The timers of `people` are rung in the same way, and not counted.

    Twice at once does no harm: a request is decided once per attempt. A message that gets lost is sent again `grace`
    after its moment, since its record is then still deferred.
    """

    def one(place: Place) -> timedelta | None:
        if place[1] == TIMER:
            if people and not enough():
                _ring(place[0], people, now, soon + grace)
            return None
        record = None if enough() else sends.get(*place)
        if record is None or record.state is not SendState.DEFERRED:
            return None
        if record.due is None:
            raise ValueError(f"send {record.request.send_id} is deferred to no moment")
        requests.wake(record.request, record.attempt, max(record.due - now, timedelta()))
        sends.wake_again(record, max(record.due, now) + soon + grace)
        return max(now - record.due, timedelta())

    places = takewhile(lambda _: not enough(), sends.due(now + soon, back))
    late = [by for by in mapper(one, places) if by is not None]
    overdue = [by for by in late if by]
    return Released(count=len(late), overdue=len(overdue), oldest=max(overdue, default=timedelta()))


def _ring(profile_id: str, people: People, now: datetime, again_after: timedelta) -> None:
    """The timer stays in the index until its person was looked at; one that was set anew meanwhile is found there."""
    kept = people.profiles.profile(profile_id)
    if wake := kept.value.wake:
        people.timers.ring(Due(profile_id, wake), max(wake - now, timedelta()))
        people.profiles.timer_again(profile_id, kept.version, max(wake, now) + again_after)
