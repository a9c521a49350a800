"""A message that may be sent was held up on its way: the hours and the caps must let it go now, not when decided.

The hours are asked always, and the caps after a while.
Caps roll: a touch of the decision's time would leave room for the next message sooner than this one's sending does.
So it is counted from now on, or waits. What its channel turned away waits too.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from segue.decisions.caps import claimed, released, reserved
from segue.decisions.decide import held
from segue.decisions.decision import Action, Check, Decision, SendRecord, SendRequest, SendState
from segue.decisions.policy import Policy
from segue.decisions.ports import Step
from segue.decisions.quiet import peace
from segue.decisions.reasons import Reason
from segue.decisions.rule import Rule
from segue.decisions.spread import share, within_expiry, woken
from segue.decisions.timing import timing
from segue.decisions.waiting import waiting
from segue.profiles.head import Head

#: How often the time for which a busy channel is left alone is doubled.
_DOUBLINGS = 4


def too_late(record: SendRecord, head: Head, policy: Policy, now: datetime) -> Decision | None:
    """Defer to the next moment that suits, or drop when the message expires before. `None` when it may go now."""
    decision = held(record.message, head, policy, now)
    return None if decision.action is Action.SEND else decision


def untimely(request: SendRequest, head: Head, policy: Policy, now: datetime) -> bool:
    """Whether since the decision the hours have closed, or the person is to be left in peace. A mere wish is no reason.

    Caps are not asked: the message has its touch, and others counted it.
    """
    part = head.profile.value.whole
    return bool(peace(request, part, policy, now)) or any(
        isinstance(line, Rule) and line.reason is not Reason.PREFERRED_HOURS and line.next(now) != now
        for line in timing(request, part, policy, request.channel, now)
    )


def turned_away(record: SendRecord, why: str, now: datetime, least: timedelta) -> Decision:
    """Deferred for about the `least` time, and for twice as long each further time that the channel is busy.

    Not all for the same time, the urgent for less: they came together, and would come together again.
    """
    request = record.message
    times = sum(each.reason is Reason.CHANNEL_BUSY for each in record.decisions)
    wait = within_expiry(least * 2 ** min(times, _DOUBLINGS), request, now)
    return Decision(
        action=Action.DEFER,
        reason=Reason.CHANNEL_BUSY,
        at=now,
        channel=request.channel,
        due=now + wait * (1 + share(request)) / 2,
        trace=(Check(name="delivery", verdict="wait", saw=f"{request.channel} took no more just then ({why})"),),
    )


def going(calling: SendRecord, head: Head, policy: Policy, now: datetime) -> Step:
    """It goes now, and counts from now, if the documents are still those that let it go."""
    return Step(
        record=calling,
        was=SendState.SENDING,
        attempt=calling.attempt,
        holder=head.profile_id,
        ledger=reserved(calling.message, head, policy, now),
        unmoved=head.profile if head.profile.value.user_id is None else None,
    )


def put_back(record: SendRecord, head: Head, decision: Decision, policy: Policy, late: timedelta) -> Step:
    """Deferred again, as if it had just been decided so: the touch is given back, the run waits, `release` wakes it.

    Room at its moment is claimed; `late` is as in `claimed`. A run's documents must not have changed meanwhile: one
    that leaves now would not find this to cancel.
    """
    wake = woken(record.request, head, decision, policy)
    deferred = replace(record.decided(decision, wake), state=SendState.DEFERRED)
    freed = replace(head, ledger=released(record.request, head) or head.ledger)
    runs = waiting(deferred, head) or (head.runs if record.request.run else None)
    return Step(
        record=deferred,
        was=record.state,
        attempt=record.attempt,
        holder=head.profile_id,
        ledger=claimed(deferred, deferred.wakes_at, freed, policy, late) or freed.ledger,
        runs=runs,
        wake=deferred.wakes_at,
    )
