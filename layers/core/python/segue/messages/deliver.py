"""A message that may be sent goes out: intent, call, outcome. At most once, unless its category would rather repeat."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from segue.decisions.allowed import refusal
from segue.decisions.decision import Action, Decision, SendRecord, SendState
from segue.decisions.ending import news, tell_the_end
from segue.decisions.held_up import going, put_back, too_late, turned_away, untimely
from segue.decisions.policy import Policy
from segue.decisions.ports import Outcomes, Sends, Step
from segue.decisions.reasons import Reason
from segue.messages.compose import Mail, Message, compose
from segue.messages.email import Email
from segue.messages.inbox import Card
from segue.messages.ports import Busy, Inbox, Mailer, Refused, Templates
from segue.messages.render import RenderError
from segue.messages.template import CARDS, Template
from segue.outgoing import Announcements
from segue.profiles.head import Head, Versioned
from segue.profiles.ports import Conflict, Profiles

#: How often the ledger may change under our hands before the message goes back to the queue.
MOST_TRIES = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What it takes to deliver. `paused` knows journeys by name.

    A call that is older than `patience` was cut off. A channel that takes nothing now is left alone about as long.

    Whether the hours are still open, and the person not to be left in peace, is asked again always; the caps, when a
    decision is older than `held_up`. So `late` is what was deferred again and is then taken for lost.
    """

    policy: Policy
    profiles: Profiles
    sends: Sends
    templates: Templates
    mailer: Mailer
    inbox: Inbox
    outcomes: Outcomes
    announcements: Announcements
    mail: Mail
    patience: timedelta
    held_up: timedelta
    late: timedelta
    paused: Callable[[str], bool] = lambda _: False


def deliver(profile_id: str, key: str, *, post: Post, now: datetime) -> SendRecord | None:
    """The record at its end, or deferred again; `None` when it had come to one before. An end is told again each time.

    `None` as well when the person has been erased meanwhile: nothing is sent.

    Raise `Conflict` while another call is under way; `LookupError` when there is no such record; `ports.Busy` when the
    channel takes nothing now of what was perhaps sent before, which is never deferred. Whatever else the channel raises
    leaves the outcome open: see `patience`.
    """
    record, head = post.sends.get(profile_id, key), post.profiles.head(profile_id)
    if head.profile.value.erased:
        return None
    if record is None:
        raise LookupError(f"there is no record {key}")
    match record.state:
        case SendState.SENDING:
            pass
        case SendState.CALLING:
            if record.called_at and now - record.called_at < post.patience:
                raise Conflict(f"send {record.request.send_id} is being delivered")
            if not _may_repeat(record, head, post, now):
                return _end(record, SendState.FAILED, Reason.OUTCOME_UNKNOWN, post, now)
            record = _move(replace(record, state=SendState.SENDING, repeated=True), record, post)
        case SendState.DEFERRED:
            _tell_deferred(record, post)
            return None
        case SendState.SENT | SendState.DROPPED | SendState.FAILED:
            _tell(record, post)
            return None
        case _:
            assert_never(record.state)
    return _send(record, head, post, now)


def _send(record: SendRecord, head: Head, post: Post, now: datetime) -> SendRecord:
    for _ in range(MOST_TRIES):
        if reason := refusal(record.message, head, post.policy, now, paused=_paused(record, post)):
            return _drop(record, reason, post, now)
        held_up = now - record.decisions[-1].at > post.held_up
        asked_again = held_up or untimely(record.message, head, post.policy, now)
        decision = too_late(record, head, post.policy, now) if asked_again else None
        if decision and record.repeated:  # deferred, it might come twice, at two times
            if record.message.channel in CARDS:
                return _end(record, SendState.FAILED, Reason.OUTCOME_UNKNOWN, post, now)
            decision = None
        if decision and decision.action is Action.DROP:
            return _drop(record, decision.reason, post, now)
        try:
            if decision:
                return _put_off(record, head, decision, post)
            template = _template(record, post, may_come=not held_up)
            message = compose(record, head, template, policy=post.policy, mail=post.mail, now=now)
            calling = replace(record, state=SendState.CALLING, called_at=now)
            if held_up:
                post.sends.take(going(calling, head, post.policy, now))
            else:
                _move(calling, record, post)
        except RenderError as error:
            record = replace(record, detail=str(error))
            return _end(record, SendState.FAILED, Reason.RENDER_FAILED, post, now, release=True)
        except Conflict:
            head = post.profiles.head(record.request.profile_id)
            continue
        return _call(message, calling, head, post, now)
    raise Conflict(record.request.send_id)


def _template(record: SendRecord, post: Post, *, may_come: bool) -> Template:
    """One that there is not may still come with a deployment under way, so the message is tried again for a while."""
    name = record.message.template
    try:
        return post.templates.template(name, record.request.run)
    except KeyError:
        if may_come:
            raise
        raise RenderError(f"there is no template {name} any more") from None


def _call(message: Message, calling: SendRecord, head: Head, post: Post, now: datetime) -> SendRecord:
    try:
        provider_id = _hand_to_channel(message, head, post)
    except Refused as refused:
        calling = replace(calling, detail=str(refused))
        return _end(calling, SendState.FAILED, Reason.CHANNEL_REFUSED, post, now, release=True)
    except Busy as busy:
        if calling.repeated:
            _move(replace(calling, state=SendState.SENDING), calling, post)
            raise
        return _turned_away(calling, str(busy), post, now)
    return _end(calling, SendState.SENT, Reason.ALLOWED, post, now, provider_id=provider_id)


def _turned_away(calling: SendRecord, why: str, post: Post, now: datetime) -> SendRecord:
    """It waits as what is deferred does, so that it keeps to its channel's rate, and no try of the queue is used up."""
    for _ in range(MOST_TRIES):
        head = post.profiles.head(calling.request.profile_id)
        if reason := refusal(calling.message, head, post.policy, now, paused=_paused(calling, post)):
            return _drop(calling, reason, post, now)
        try:
            return _put_off(calling, head, turned_away(calling, why, now, post.patience), post)
        except Conflict:
            continue
    _move(replace(calling, state=SendState.SENDING), calling, post)
    raise Conflict(calling.request.send_id)


def _hand_to_channel(message: Message, head: Head, post: Post) -> str:
    """Each kind of message has its deliverer; the provider's id."""
    match message:
        case Email():
            return post.mailer.send(message)
        case Card():
            post.inbox.put(head.profile_id, message)
            return message.card_id
        case _:
            assert_never(message)


def _put_off(record: SendRecord, head: Head, decision: Decision, post: Post) -> SendRecord:
    step = put_back(record, head, decision, post.policy, post.late)
    post.sends.take(step)
    _tell_deferred(step.record, post)
    return step.record


def _paused(record: SendRecord, post: Post) -> bool:
    """Looked up once more, just before the message would go: a pause holds at once."""
    run = record.request.run
    return run is not None and post.paused(run.journey)


def _may_repeat(record: SendRecord, head: Head, post: Post, now: datetime) -> bool:
    """A card is put once however often, as long as its hours and caps let it go; else the category says."""
    if refusal(record.message, head, post.policy, now, paused=_paused(record, post)):
        return False
    return record.message.channel in CARDS or post.policy.category(record.request.category).repeat


def _move(record: SendRecord, before: SendRecord, post: Post) -> SendRecord:
    """Raise `Overtaken` when another delivery of the same message was faster."""
    post.sends.take(Step(record=record, was=before.state, attempt=before.attempt, holder=record.request.profile_id))
    return record


def _drop(record: SendRecord, reason: Reason, post: Post, now: datetime) -> SendRecord:
    """Dropped is what never went: of what was perhaps sent before, the outcome is unknown."""
    if record.repeated:
        return _end(record, SendState.FAILED, Reason.OUTCOME_UNKNOWN, post, now)
    return _end(record, SendState.DROPPED, reason, post, now, release=True)


def _end(
    record: SendRecord,
    state: SendState,
    reason: Reason,
    post: Post,
    now: datetime,
    *,
    provider_id: str | None = None,
    release: bool = False,
) -> SendRecord:
    """`release`: nothing is sent now, so that the touch is given back, unless it was perhaps sent before."""
    ended = record.finish(state, reason, now, provider_id)
    step = Step(record=ended, was=record.state, attempt=record.attempt, holder=record.request.profile_id)
    for _ in range(MOST_TRIES):
        if release and not record.repeated:
            head = post.profiles.head(record.request.profile_id)
            ledger = Versioned(head.ledger.value.release(record.request.send_id), head.ledger.version)
            step = replace(step, holder=head.profile_id, ledger=ledger)
        try:
            post.sends.take(step)
        except Conflict:
            continue
        _tell(ended, post)
        return ended
    raise Conflict(record.request.send_id)


def _tell_deferred(record: SendRecord, post: Post) -> None:
    post.announcements.announce([news(record, record.decisions[-1].at)])


def _tell(record: SendRecord, post: Post) -> None:
    tell_the_end(record, outcomes=post.outcomes, announcements=post.announcements)
