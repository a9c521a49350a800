"""How many messages a person may have: the rules of the caps, and what a request writes into the ledger."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache, partial, reduce

from segue.decisions.counting import Counting, told, why_full
from segue.decisions.decision import Check, SendRecord, SendRequest
from segue.decisions.freely import thinned
from segue.decisions.limits import Limit
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.rule import Rule, latest
from segue.profiles.head import Head, Versioned
from segue.profiles.ledger import Claim, Ledger, Touch

#: Of the most urgent request, which nothing slows down.
_HIGHEST = 9

_MINUTE = timedelta(minutes=1)


def exposure(request: SendRequest, channel: str, seen: Counting, policy: Policy) -> list[Rule | Check]:
    """A line or a rule for each limit that messages on the channel can be under."""
    limits = policy.limits_for(channel, request.category)
    if not limits:
        return [_under_none(request.category)]
    found: list[Rule | Check] = []
    for limit, under in limits:
        if under and limit.cap.is_about(request.topic):
            found += seen.rules.get(limit) or seen.rules.setdefault(limit, _rules(limit, request, seen))
        else:
            found.append(_not_under(limit.name, request.category, request.topic))
    return found


@lru_cache(maxsize=256)
def _under_none(category: str) -> Check:
    return Check("caps", "skip", f"{category} messages are under none")


@lru_cache(maxsize=1024)
def _not_under(limit: str, category: str, topic: str | None) -> Check:
    about = f" about {topic}" if topic else ""
    return Check(limit, "skip", f"{category} messages{about} are not under it")


def reserved(request: SendRequest, head: Head, policy: Policy, now: datetime) -> Versioned[Ledger] | None:
    """The ledger with the request's one touch, as of now, and without what no cap looks at any more.

    `None` where it would change nothing: what no limit counts is no touch, and that it goes once is the record's care.
    """
    if not policy.counted(request.channel, request.category, request.topic):
        return released(request, head) if request.send_id in head.ledger.value.claims else None
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
    freely = policy.goes_freely(touch.channel, touch.category, touch.topic)
    return Versioned(thinned(ledger, policy) if freely else ledger, head.ledger.version)


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


def released(request: SendRequest, head: Head) -> Versioned[Ledger] | None:
    """The ledger without the request's touch and claim, if it has one."""
    ledger, own = head.ledger, request.send_id
    if own in ledger.value.touches or own in ledger.value.claims:
        return Versioned(ledger.value.release(own), ledger.version)
    return None


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


def _rules(limit: Limit, request: SendRequest, counting: Counting) -> list[Rule]:
    cap, seen, now = limit.cap, counting.room(limit), counting.now
    first = seen.at_once if cap.when_full == "stop" else seen.rule()
    found = [Rule(limit.name, why_full(seen, now, limit.reason), told(seen, now, limit.span), first)]
    if cap.slow and cap.limit and (seen.touches or seen.claims):
        few, wait = cap.slow.few(cap.limit), cap.slow.by * (_HIGHEST - request.priority) / _HIGHEST
        saw = f"{seen.touched(now)} of {cap.limit}: from {few} on, {round(wait / _MINUTE)} minutes lie between two"
        found.append(Rule(f"{limit.name}, slowed", Reason.SLOWED, saw, partial(seen.slowed, few, wait)))
    return found
