"""How many messages a person may have: touches that count, and the moment from which one more fits."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import TypeVar
from zoneinfo import ZoneInfo

from segue.decisions.calendar import Unit, first_day, next_unit
from segue.decisions.decision import Check, SendRequest
from segue.decisions.limits import Cap, Limit, Slow
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.rule import Next, Rule, next_moment
from segue.profiles.head import Head, Versioned
from segue.profiles.ledger import Claim, Ledger, Touch

E = TypeVar("E", Touch, Claim)

#: Of the most urgent request, which nothing slows down.
_HIGHEST = 9

#: Longer than any two touches within one unit lie apart.
_FAR = timedelta(days=400)

_UTC = (ZoneInfo("UTC"),)


@dataclass(slots=True)
class Room:
    """What counts in a cap, sorted: touches, and what more urgent requests claim. `zones` are where its units are."""

    cap: Cap
    touches: Sequence[datetime]
    zones: tuple[ZoneInfo, ...]
    since: datetime | None = None
    claimed: int = 0

    def used(self, at: datetime) -> int:
        """The most that count against one more message at a moment, in any of the zones."""
        per = self.cap.per
        if isinstance(per, timedelta):
            return len(self.touches) - bisect_right(self.touches, at - per)
        if per == "visit":
            return sum(touch >= self.since for touch in self.touches) if self.since else 0
        return max(
            sum(first_day(per, zone, touch) == first_day(per, zone, at) for touch in self.touches)
            for zone in self.zones
        )

    def next(self, at: datetime) -> datetime | None:
        """The first moment at or after `at` when fewer than `limit` count; `None`: never."""
        return None if self.cap.limit == 0 else self.fewer_than(self.cap.limit, at)

    def at_once(self, at: datetime) -> datetime | None:
        """The moment itself or never."""
        return at if self.used(at) < self.cap.limit else None

    def slowed(self, slow: Slow, wait: timedelta, at: datetime) -> datetime | None:
        """The first moment when few count, or the last touch is long enough ago."""
        rested = self.touches[-1] + wait
        few = self.fewer_than(ceil(slow.after * self.cap.limit), at)
        return max(at, min(few, rested) if few else rested)

    def fewer_than(self, count: int, at: datetime) -> datetime | None:
        per = self.cap.per
        if isinstance(per, timedelta):
            return room_from(count, per, self.touches, at)
        if per == "visit":
            return at if self.used(at) < count else None
        rules: list[Next] = [partial(_in_unit, per, zone, self.touches, count) for zone in self.zones]
        return next_moment(rules, at, at + _FAR)


def exposure(
    request: SendRequest, head: Head, policy: Policy, *, zones: tuple[ZoneInfo, ...], now: datetime
) -> Iterator[Rule | Check]:
    """A line or a rule for each limit that messages on its channel can be under. `zones`: where the person may be."""
    limits = [(limit, policy.under(limit.cap, request.category)) for limit in policy.limits(request.channel)]
    if not any(under for _, under in limits):
        yield Check(name="caps", verdict="skip", saw=f"{request.category} messages are under none")
        return
    for limit, under in limits:
        if under and about(limit.cap, request.topic):
            yield from _rules(limit, room(limit, request, head, zones=zones, now=now), request, now)
        else:
            yield Check(name=limit.name, verdict="skip", saw=f"{_described(request)} are not under it")


def room(limit: Limit, request: SendRequest, head: Head, *, zones: tuple[ZoneInfo, ...], now: datetime) -> Room:
    """For this request; its own touch and claim do not stand in its way."""
    ledger, session = head.ledger.value, head.profile.value.standing.session
    touches = [touch.at for touch in _counting(ledger.touches.values(), limit, request)]
    urgent = [claim for claim in ledger.claims.values() if claim.priority > request.priority and claim.until > now]
    claims = [max(claim.due, now) for claim in _counting(urgent, limit, request)] if urgent else []
    return Room(
        cap=limit.cap,
        touches=sorted(touches + claims),
        zones=_UTC if limit.cap.kind == "calendar(utc)" else zones,
        since=session.started if session else None,
        claimed=len(claims),
    )


def room_from(count: int, per: timedelta, touches: Sequence[datetime], at: datetime) -> datetime:
    """The first moment at or after `at` with fewer than `count` (one or more) touches in the span before it.

    A touch counts for `per` after its moment, the end excluded; one of the future counts already.
    """
    if len(touches) < count:
        return at
    return max(at, touches[len(touches) - count] + per)


def reserved(request: SendRequest, head: Head, policy: Policy, now: datetime) -> Versioned[Ledger]:
    """The ledger with the request's one touch, as of now, and without what no cap looks at any more."""
    touch = Touch(
        send_id=request.send_id,
        channel=request.channel,
        category=request.category,
        at=now,
        topic=request.topic,
        priority=request.priority,
        requested_at=request.requested_at,
        home=request.profile_id if request.profile_id != head.profile_id else None,
    )
    return Versioned(head.ledger.value.since(now - policy.horizon, now).reserve(touch), head.ledger.version)


def claimed(request: SendRequest, due: datetime, until: datetime, head: Head) -> Versioned[Ledger] | None:
    """The ledger with the deferred request's claim on room at its moment; `None` where that changes nothing.

    A request of the lowest priority has nobody to claim it against.
    """
    ledger = head.ledger.value
    if request.priority == 0:
        return None
    claim = Claim(
        send_id=request.send_id,
        channel=request.channel,
        category=request.category,
        due=due,
        until=until,
        priority=request.priority,
        topic=request.topic,
    )
    changed = ledger.claim(claim)
    return Versioned(changed, head.ledger.version) if changed.claims != ledger.claims else None


def unclaimed(request: SendRequest, head: Head) -> Versioned[Ledger] | None:
    """The ledger without the request's claim, if it has one."""
    ledger = head.ledger
    return (
        Versioned(ledger.value.release(request.send_id), ledger.version)
        if request.send_id in ledger.value.claims
        else None
    )


def in_the_way(request: SendRequest, head: Head, since: datetime) -> list[Touch]:
    """Whose reservation a more urgent request may take, if it has not gone yet: the least urgent, the latest first."""
    touches = [
        touch
        for touch in head.ledger.value.touches.values()
        if touch.priority < request.priority and touch.at > since and touch.requested_at
    ]
    return sorted(touches, key=lambda touch: (touch.priority, -touch.at.timestamp()))


def without(touch: Touch, head: Head) -> Head:
    return replace(head, ledger=Versioned(head.ledger.value.release(touch.send_id), head.ledger.version))


def _rules(limit: Limit, seen: Room, request: SendRequest, now: datetime) -> Iterator[Rule | Check]:
    cap, used = limit.cap, seen.used(now)
    saw = f"{used} of {cap.limit} {limit.span}"
    if seen.claimed:
        saw += f", {seen.claimed} of them held for a more urgent message"
    reason = Reason.MORE_URGENT if _only_claimed(seen, now) else limit.reason
    yield Rule(limit.name, reason, saw, seen.at_once if cap.when_full == "stop" else seen.next)
    if cap.slow and seen.touches and used < cap.limit:
        wait = cap.slow.by * (_HIGHEST - request.priority) / _HIGHEST
        name = f"{limit.name}, slowed"
        yield Rule(name, Reason.SLOWED, _slowed(cap, cap.slow, used, wait), partial(seen.slowed, cap.slow, wait))


def _only_claimed(seen: Room, now: datetime) -> bool:
    return bool(seen.claimed) and seen.used(now) - seen.claimed < seen.cap.limit


def _slowed(cap: Cap, slow: Slow, used: int, wait: timedelta) -> str:
    minutes = round(wait / timedelta(minutes=1))
    return f"{used} of {cap.limit}: from {ceil(slow.after * cap.limit)} on, {minutes} minutes lie between two"


def _in_unit(per: Unit, zone: ZoneInfo, touches: Sequence[datetime], count: int, at: datetime) -> datetime:
    """The first moment at or after `at` in a unit in which fewer than `count` touches lie."""
    while sum(first_day(per, zone, touch) == first_day(per, zone, at) for touch in touches) >= count:
        at = next_unit(per, zone, at)
    return at


def _counting(touches: Collection[E], limit: Limit, request: SendRequest) -> list[E]:
    """Those that fill this cap, as far as the request is concerned: its own do not."""
    cap, channels, unexposed = limit.cap, limit.channels, limit.unexposed
    categories, uncounted = cap.categories, limit.uncounted
    topics = (request.topic,) if cap.each_topic else cap.topics
    return [
        touch
        for touch in touches
        if (touch.category in categories if categories is not None else touch.category not in uncounted)
        and (touch.channel in channels if channels else touch.channel not in unexposed)
        and touch.send_id != request.send_id
        and (topics is None or touch.topic in topics)
    ]


def about(cap: Cap, topic: str | None) -> bool:
    return cap.topics is None or topic in cap.topics


def _described(request: SendRequest) -> str:
    about = f" about {request.topic}" if request.topic else ""
    return f"{request.category} messages{about}"
