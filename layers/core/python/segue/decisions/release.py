"""What was deferred and falls due goes back to the queue, to be decided anew."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice, takewhile
from typing import Protocol, TypeVar

from segue.decisions.decision import SendRecord
from segue.decisions.policy import Policy
from segue.decisions.ports import LOOK_BACK, Deliveries, Requests, Sends, Slots, Waiting
from segue.decisions.rate import Rate, Wanted
from segue.decisions.spread import catches_up, overdue
from segue.profiles.ports import TIMER, Due, Profiles, Timers, person_of
from segue.profiles.profile import Profile

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")

#: A record, and the person where it matters.
_Found = tuple[SendRecord, Profile | None]

#: So many are read, then given their slots, then woken.
AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """`overdue` had been due already; the `oldest` of them for this long. `left` were looked at, and stay: no slot.

    `recovered` were on their way, and perhaps lost there.
    """

    count: int = 0
    overdue: int = 0
    left: int = 0
    recovered: int = 0
    oldest: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class People:
    """Whose timers are rung when they fall due, as what is deferred is sent on."""

    profiles: Profiles
    timers: Timers


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast channels may be woken. Where there is a rate, slots are taken no further `ahead`.

    A slot that is taken is gone: what turns out to be more urgent can only have a later one. So not much more than what
    is needed until the next pass is taken. `profiles` are read for what is overdue: it is spread over open hours.
    """

    policy: Policy
    slots: Slots
    ahead: timedelta
    profiles: Profiles

    @property
    def rates(self) -> Mapping[str, Rate]:
        return {name: channel.rate for name, channel in self.policy.channels.items() if channel.rate}


class Mapper(Protocol):
    """As `map` does, perhaps several at once."""

    def __call__(self, one: Callable[[_Given], _Made], each: Iterable[_Given], /) -> Iterable[_Made]: ...


def release(
    *,
    sends: Sends,
    requests: Requests,
    deliveries: Deliveries,
    people: People | None = None,
    pace: Pace | None = None,
    now: datetime,
    soon: timedelta,
    grace: timedelta,
    ahead: timedelta | None = None,
    back: timedelta = LOOK_BACK,
    mapper: Mapper = map,
    enough: Callable[[], bool] = lambda: False,
    by_now: Callable[[], datetime] | None = None,
) -> Released:
    """What falls due within `soon` (or `ahead`), or fell due at most `back` ago, in order, until it is `enough`.

    What is overdue is spread, and what is on a channel with a rate waits for its slot; `by_now` tells how late it has
    become meanwhile. The next time goes on from there. The timers of `people` are rung in the same way, not counted.

    Twice at once does no harm: a request is decided once per attempt. A message that gets lost is sent again `grace`
    after its moment, since its record is then still deferred. What is on its way for too long is handed over again,
    and after as long once more, should it be lost again; its delivery goes on from the state in which it is.
    """
    looks = _Pass(sends, requests, deliveries, people, pace, soon, grace, mapper, enough)
    window = soon if ahead is None else ahead
    found = takewhile(lambda _: not enough(), sends.due(now, window, back, looks.closed))
    done = Released()
    while some := list(islice(found, AT_ONCE)):
        done = _together(done, looks.at(some, by_now() if by_now else now))
    return done


@dataclass(slots=True)
class _Pass:
    sends: Sends
    requests: Requests
    deliveries: Deliveries
    people: People | None
    pace: Pace | None
    soon: timedelta
    grace: timedelta
    mapper: Mapper
    enough: Callable[[], bool]
    closed: set[str] = field(default_factory=set)

    def at(self, some: Sequence[Waiting], now: datetime) -> Released:
        read = [each for each in self.mapper(partial(self._read, now=now), some) if each]
        lost = [record for record, _ in read if record.state.on_its_way]
        recovered = [record for record in self.mapper(partial(self._recover, now=now), lost) if record]
        found = [each for each in read if not each[0].state.on_its_way]
        records = [record for record, _ in found]
        moments = _moments(found, self.pace, now, self.soon, self.closed)
        planned = [(record, moment) for record, moment in zip(records, moments, strict=True) if moment]
        woken = [record for record in self.mapper(partial(self._wake, now=now), planned) if record]
        late = (max(now - _wakes_at(record), timedelta()) for record in records)
        return Released(
            count=len(woken),
            overdue=sum(_wakes_at(record) < now for record in woken),
            left=moments.count(None),
            recovered=len(recovered),
            oldest=max(late, default=timedelta()),
        )

    def _read(self, place: Waiting, now: datetime) -> _Found | None:
        if self.enough():
            return None
        if place.key == TIMER:
            if self.people:
                _ring(place.profile_id, self.people, now, self.soon + self.grace)
            return None
        record = self.sends.get(place.profile_id, place.key)
        if record is None or record.state.terminal:
            return None
        return record, None if record.state.on_its_way else self._person(record, now)

    def _recover(self, record: SendRecord, now: datetime) -> SendRecord | None:
        if self.enough():
            return None
        self.deliveries.hand_over(record)
        age = max(now - record.decisions[-1].at, self.grace)
        self.sends.wake_again(record, now + age + self.soon)
        return record

    def _person(self, record: SendRecord, now: datetime) -> Profile | None:
        late = _wakes_at(record) < now and not _expired(record, now)
        if self.pace is None or not late or not catches_up(record.message, self.pace.policy):
            return None
        return person_of(self.pace.profiles, record.request.profile_id)

    def _wake(self, planned: tuple[SendRecord, datetime], now: datetime) -> SendRecord | None:
        record, moment = planned
        if self.enough():
            return None
        self.requests.wake(record.request, record.attempt, max(moment - now, timedelta()))
        self.sends.wake_again(record, moment + self.soon + self.grace)
        return record


def _together(one: Released, other: Released) -> Released:
    return Released(
        count=one.count + other.count,
        overdue=one.overdue + other.overdue,
        left=one.left + other.left,
        recovered=one.recovered + other.recovered,
        oldest=max(one.oldest, other.oldest),
    )


def _moments(
    found: Sequence[_Found], pace: Pace | None, now: datetime, soon: timedelta, closed: set[str]
) -> list[datetime | None]:
    """When each is woken; `None`: not by this pass. A channel that has no slot for one more is `closed`."""
    moments: list[datetime | None] = [_moment(record, person, pace, now, soon) for record, person in found]
    if pace is None:
        return moments
    records = [record for record, _ in found]
    until, rates = now + pace.ahead, pace.rates
    rated: dict[str, list[int]] = defaultdict(list)
    for number, record in enumerate(records):
        if record.message.channel in rates and not _expired(record, now):
            rated[record.message.channel].append(number)
    for channel, numbers in rated.items():
        wanted = [_wanted(records[number], now, until) for number in numbers]
        slots = pace.slots.take(channel, wanted, rates[channel])
        for number, slot, each in zip(numbers, slots, wanted, strict=True):
            moments[number] = slot
            if slot is None and each.before == until:
                closed.add(channel)
    return moments


def _moment(record: SendRecord, person: Profile | None, pace: Pace | None, now: datetime, soon: timedelta) -> datetime:
    """Where there is no rate. What has expired is dropped when it is decided anew: it goes at once."""
    at = _wakes_at(record)
    if _expired(record, now):
        return now
    if at < now:
        return overdue(record.message, person, pace.policy, now, soon) if pace and person else now
    return at


def _wanted(record: SendRecord, now: datetime, until: datetime) -> Wanted:
    """None that comes when the message has expired: it is found again then, and needs none."""
    return Wanted(max(_wakes_at(record), now), min(until, record.request.expires_at or until))


def _expired(record: SendRecord, now: datetime) -> bool:
    return record.request.expires_at is not None and record.request.expires_at <= now


def _wakes_at(record: SendRecord) -> datetime:
    if record.wakes_at is None:
        raise ValueError(f"send {record.request.send_id} is deferred to no moment")
    return record.wakes_at


def _ring(profile_id: str, people: People, now: datetime, again_after: timedelta) -> None:
    """The timer stays in the index until its person was looked at; one that was set anew meanwhile is found there."""
    kept = people.profiles.profile(profile_id)
    if wake := kept.value.wake:
        people.timers.ring(Due(profile_id, wake), max(wake - now, timedelta()))
        people.profiles.timer_again(profile_id, kept.version, max(wake, now) + again_after)
