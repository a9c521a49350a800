"""How a send request's end is told: to the run that asked, and to the world. Deterministic, so it may be repeated."""

from datetime import datetime

from segue.decisions.decision import SendRecord, SendState
from segue.decisions.ports import Outcomes
from segue.decisions.reasons import Reason
from segue.outgoing import Announcements, DomainEvent

_NAMES = {
    SendState.DEFERRED: "Message Deferred",
    SendState.SENT: "Message Sent",
    SendState.DROPPED: "Message Dropped",
    SendState.FAILED: "Message Failed",
}


def tell_the_end(record: SendRecord, *, outcomes: Outcomes, announcements: Announcements) -> None:
    """A send step's outcome is the terminal state: `sent`, `dropped` or `failed`. A run that is over leaves."""
    token = record.request.token
    if token and record.reason is Reason.RUN_ENDED:
        outcomes.leave(token)
    elif token:
        outcomes.succeed(token, record.state.value, _end(record), record.request.caused_at)
    announcements.announce([news(record, _end(record))])


def news(record: SendRecord, at: datetime) -> DomainEvent:
    """`Message Sent` and its like; one per state and decision."""
    request, run = record.message, record.request.run
    reason = record.reason or record.decisions[-1].reason
    detail = {
        "send_id": request.send_id,
        "template": request.template,
        "channel": request.channel,
        "category": request.category,
        "topic": request.topic,
        "reason": reason.value,
        "requested_at": request.requested_at.isoformat(),
        "due": record.due.isoformat() if record.due else None,
        "attempts": record.attempt,
        "repeated": record.repeated,
        "provider_id": record.provider_id,
        "run_id": run.run_id if run else None,
        "journey": run.journey if run else None,
        "version": run.version if run else None,
        "step": run.step if run else None,
    }
    return DomainEvent(
        id=f"{request.send_id}.{record.attempt}.{record.state.value}",
        name=_NAMES[record.state],
        at=at,
        profile_id=request.profile_id,
        detail={name: value for name, value in detail.items() if value is not None},
    )


def _end(record: SendRecord) -> datetime:
    if record.finished_at is None:
        raise ValueError(f"send {record.request.send_id} is {record.state.value}, which is no end")
    return record.finished_at
