"""How many messages a person may have: what counts in each cap, and what a request writes into the ledger."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial, reduce
from typing import TypeVar
from zoneinfo import ZoneInfo

from segue.decisions.decision import Check, SendRecord, SendRequest
from segue.decisions.freely import thinned
from segue.decisions.limits import Cap, Limit
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.room import Room
from segue.decisions.rule import Rule, latest
from segue.profiles.head import Head, Versioned
from segue.profiles.ledger import Claim, Ledger, Touch

E = TypeVar("E", Touch, Claim)

#: Of the most urgent request, which nothing slows down.
_HIGHEST = 9

_MINUTE = timedelta(minutes=1)
_UTC = (ZoneInfo("UTC"),)


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
    ledger, cap = head.ledger.value, limit.cap
    urgent = more_urgent(ledger, request, now)
    return Room(
        limit=cap.limit,
        per=cap.per,
        touches=sorted([touch.at for touch in _counting(ledger.touches.values(), limit, request)]),
        claims=moments(_counting(urgent, limit, request), now) if urgent else (),
        zones=_UTC if cap.kind == "calendar(utc)" else zones,
        session=head.profile.value.standing.session,
    )


def more_urgent(ledger: Ledger, request: SendRequest, now: datetime) -> Collection[Claim]:
    """The claims that count against this request."""
    return [claim for claim in ledger.claims.values() if claim.priority > request.priority and claim.until > now]


def moments(claims: Collection[Claim], now: datetime) -> list[datetime]:
    """When they want room: what is overdue, any moment now."""
    return sorted([max(claim.due, now) for claim in claims])


def told(seen: Room, now: datetime, span: str) -> str:
    used, claimed = seen.fullest(now)
    held = f", {claimed} of them held for a more urgent message" if claimed else ""
    return f"{used} of {seen.limit} {span}{held}"


def why_full(seen: Room, now: datetime, reason: Reason) -> Reason:
    """Whether it is full, or what is left is held for the more urgent."""
    return Reason.MORE_URGENT if seen.claims and seen.touched(now) < seen.limit else reason


def reserved(request: SendRequest, head: Head, policy: Policy, now: datetime) -> Versioned[Ledger] | None:
    """The ledger with the request's one touch, as of now, and without what no cap looks at any more.

    `None` where it would change nothing: what no limit counts is no touch, and that it goes once is the record's care.
    """
    if not policy.counted(request.channel, request.category, request.topic):
        return unclaimed(request, head)
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
    ledger = head.ledger.value.since(now - policy.horizon, now).reserve(touch)
    return Versioned(thinned(ledger, policy) if request.category in policy.freely else ledger, head.ledger.version)


def claimed(
    record: SendRecord, wake: datetime | None, head: Head, policy: Policy, late: timedelta
) -> Versioned[Ledger] | None:
    """The ledger with the deferred message's claim on room at its moment; `None` where that changes nothing.

    One of the lowest priority has nobody to claim it against. It is void when the message has certainly been woken, and
    is so `late` that it was perhaps lost; one that waits for its turn may be woken as long as it has not expired.
    """
    request, due, ledger = record.message, record.due, head.ledger.value
    if request.priority == 0 or due is None or wake is None:
        return None
    if not policy.counted(request.channel, request.category, request.topic):
        return None
    channel = policy.channels.get(request.channel)
    claim = Claim(
        send_id=request.send_id,
        channel=request.channel,
        category=request.category,
        due=due,
        until=latest(request, due) if channel and channel.rate else max(due, wake) + late,
        priority=request.priority,
        topic=request.topic,
    )
    changed = ledger.claim(claim, record.decisions[-1].at)
    return Versioned(changed, head.ledger.version) if changed.claims != ledger.claims else None


def unclaimed(request: SendRequest, head: Head) -> Versioned[Ledger] | None:
    """The ledger without the request's claim, if it has one."""
    ledger = head.ledger
    return (
        Versioned(ledger.value.release(request.send_id), ledger.version)
        if request.send_id in ledger.value.claims
        else None
    )


def in_the_way(request: SendRequest, head: Head) -> list[Touch]:
    """Whose reservation a more urgent request may take, if it has not gone yet: the least urgent, the latest first."""
    touches = head.ledger.value.touches.values()
    less = [touch for touch in touches if touch.priority < request.priority and touch.requested_at]
    return sorted(less, key=lambda touch: (touch.priority, -touch.at.timestamp()))


def without(head: Head, *touches: Touch) -> Head:
    return _with(head, reduce(Ledger.release, [touch.send_id for touch in touches], head.ledger.value))


def gone(touch: Touch, head: Head) -> Head:
    """With it known that the message is under way, or was: nobody looks for its record any more."""
    return _with(head, head.ledger.value.reserve(replace(touch, requested_at=None, home=None)))


def _with(head: Head, ledger: Ledger) -> Head:
    return replace(head, ledger=Versioned(ledger, head.ledger.version))


def _rules(limit: Limit, seen: Room, request: SendRequest, now: datetime) -> Iterator[Rule | Check]:
    cap = limit.cap
    first = seen.at_once if cap.when_full == "stop" else seen.next
    yield Rule(limit.name, why_full(seen, now, limit.reason), told(seen, now, limit.span), first)
    if cap.slow and cap.limit and (seen.touches or seen.claims):
        few, wait = cap.slow.few(cap.limit), cap.slow.by * (_HIGHEST - request.priority) / _HIGHEST
        saw = f"{seen.touched(now)} of {cap.limit}: from {few} on, {round(wait / _MINUTE)} minutes lie between two"
        yield Rule(f"{limit.name}, slowed", Reason.SLOWED, saw, partial(seen.slowed, few, wait))


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
