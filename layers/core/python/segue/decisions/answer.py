"""A send request is answered: sent on, deferred or dropped. The answer is kept first; what follows may be repeated."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from segue.decisions.asked import Asked
from segue.decisions.caps import claimed, released, reserved
from segue.decisions.decision import Action, Displaced, SendRecord, SendRequest, SendState, record_key
from segue.decisions.displace import Wish, place
from segue.decisions.ending import news, tell_the_end
from segue.decisions.policy import Policy
from segue.decisions.ports import Deliveries, Outcomes, Overtaken, Requests, Sends, Step
from segue.decisions.spread import woken
from segue.decisions.waiting import waiting
from segue.outgoing import Announcements
from segue.profiles.head import Head
from segue.profiles.ports import Conflict, Profiles

#: How often a person's documents may change under our hands before the request goes back to the queue.
MOST_TRIES = 25

#: After how long a second asking of the same step looks again whether the first has come to its end.
ASK_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What it takes to answer.

    A deferral due within `soon` waits in the queue itself; `grace` after its moment it is taken for lost there.
    `paused` knows journeys by name. `pause` is told how often this answer has met a conflict so far. `looked` is shown
    the message as it was decided, and the person as they stood then; `displaced`, whose place it took.
    """

    policy: Policy
    profiles: Profiles
    sends: Sends
    requests: Requests
    deliveries: Deliveries
    outcomes: Outcomes
    announcements: Announcements
    soon: timedelta
    grace: timedelta
    paused: Callable[[str], bool] = lambda _: False
    pause: Callable[[int], None] = lambda _: None
    looked: Callable[[SendRequest, Head], None] = lambda _request, _head: None
    displaced: Callable[[SendRecord], None] = lambda _: None


def answer(asked: Asked, *, desk: Desk, now: datetime) -> SendRecord | None:
    """The record with its new decision; `None` when this request, or this waking of it, was answered before.

    `None` as well when the person has been erased: nothing is kept of the request, and its run leaves.

    Raise `Conflict` when the person's documents would not stand still, `LookupError` when a woken request is unknown.
    """
    request, stood = asked.request, None
    read = asked.attempt > 0 or request.api is not None  # the API keeps what it is asked, before it is decided
    paused = request.run is not None and desk.paused(request.run.journey)
    for conflicts in range(MOST_TRIES):
        head = desk.profiles.head(request.profile_id)
        if head.profile.value.erased:
            if request.token:
                desk.outcomes.leave(request.token)
            return None
        if read:
            stood = desk.sends.get(request.profile_id, record_key(request))
            if stood is None and asked.attempt:
                raise LookupError(f"send {request.send_id} was woken and has no record")
            if stood and not _is_open(stood, asked.attempt):
                _repeat(stood, asked, desk, now)
                return None
        step = _step(request, stood, head, desk, now, paused=paused)
        try:
            desk.sends.take(step)
        except (Conflict, Overtaken) as error:
            read = read or isinstance(error, Overtaken)
            desk.pause(conflicts)
            continue
        _follow(step.record, desk, now)
        if step.displaced:
            _follow(step.displaced.record, desk, now)
            desk.displaced(step.displaced.record)
        desk.looked(step.record.message, head)
        return step.record
    raise Conflict(request.send_id)


def _is_open(stood: SendRecord, attempt: int) -> bool:
    return stood.state is SendState.DEFERRED and stood.attempt == attempt


def _repeat(stood: SendRecord, asked: Asked, desk: Desk, now: datetime) -> None:
    """If the answer that stands is the one to this very message, what followed from it may have been cut off.

    A step that was asked again waits under another token. Which of the two is alive cannot be told: the end is told to
    both, to this one as soon as there is an end.
    """
    if asked.attempt == 0 and asked.request.token != stood.request.token:
        if stood.state.terminal:
            ended = replace(stood, request=asked.request)
            tell_the_end(ended, outcomes=desk.outcomes, announcements=desk.announcements)
        else:
            rest = max(stood.wakes_at - now, timedelta()) if stood.wakes_at else timedelta()
            desk.requests.wake(asked.request, 0, min(rest + ASK_AGAIN, desk.soon))
        return
    if stood.attempt == asked.attempt + 1:
        _follow(stood, desk, now)
    if other := stood.in_place_of:
        back = desk.sends.get(other.profile_id, other.key)
        if back and _is_open(back, other.attempt):
            _follow(back, desk, now)


def _step(
    request: SendRequest, stood: SendRecord | None, head: Head, desk: Desk, now: datetime, *, paused: bool
) -> Step:
    found = place(Wish(request, head, desk.policy, now, paused=paused), desk.sends)
    decision, head, displaced = found.decision, found.head, found.displaced
    if displaced:
        displaced = replace(displaced, wake=_wake(displaced.record, desk, now))
    before = stood or SendRecord(request=request, state=SendState.DEFERRED)
    wake = woken(request, head, decision, desk.policy)
    decided = before.decided(decision, wake)
    step = Step(record=decided, was=stood.state if stood else None, attempt=before.attempt, holder=head.profile_id)
    match decision.action:
        case Action.SEND:
            freed = head.ledger if displaced else None  # also if it takes no room itself
            other = _named(displaced.record) if displaced else decided.in_place_of
            return replace(
                step,
                record=replace(decided, state=SendState.SENDING, in_place_of=other),
                ledger=reserved(decided.message, head, desk.policy, now) or freed,
                unmoved=head.profile if head.profile.value.user_id is None else None,
                runs=waiting(displaced.record, head) if displaced else None,
                displaced=displaced,
            )
        case Action.DEFER:
            wake = _wake(decided, desk, now)
            ledger = claimed(decided, wake, head, desk.policy, desk.soon + desk.grace)
            return replace(step, runs=waiting(decided, head), ledger=ledger, wake=wake)
        case Action.DROP:
            ledger = released(request, head)
            return replace(step, record=decided.finish(SendState.DROPPED, decision.reason, now), ledger=ledger)


def _named(back: SendRecord) -> Displaced:
    return Displaced(profile_id=back.request.profile_id, key=back.key, attempt=back.attempt)


def _wake(record: SendRecord, desk: Desk, now: datetime) -> datetime | None:
    """`release` looks ahead by `soon`: it finds what is due later in time, and the rest only if it gets lost."""
    at = record.wakes_at
    return at + desk.soon + desk.grace if at and _waits_in_queue(record, desk, now) else at


def _waits_in_queue(record: SendRecord, desk: Desk, now: datetime) -> bool:
    """If it is soon; but who may wake no more than so many at a time is `release`."""
    channel, at = desk.policy.channels.get(record.message.channel), record.wakes_at
    return at is not None and at - now <= desk.soon and not (channel and channel.rate)


def _follow(record: SendRecord, desk: Desk, now: datetime) -> None:
    match record.state:
        case SendState.SENDING:
            desk.deliveries.hand_over(record)
        case SendState.DEFERRED:
            desk.announcements.announce([news(record, record.decisions[-1].at)])  # once woken, it moves on
            if record.wakes_at and _waits_in_queue(record, desk, now):
                desk.requests.wake(record.request, record.attempt, max(record.wakes_at - now, timedelta()))
        case SendState.DROPPED:
            tell_the_end(record, outcomes=desk.outcomes, announcements=desk.announcements)
        case SendState.CALLING | SendState.SENT | SendState.FAILED:
            """Delivery has taken over."""
        case _:
            assert_never(record.state)
