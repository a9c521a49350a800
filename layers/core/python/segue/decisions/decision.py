"""A wish to send, and the answers to it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from segue.decisions.reasons import Reason


class Action(StrEnum):
    SEND = "send"
    DEFER = "defer"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRef:
    """The step of the run that a send request comes from."""

    run_id: str
    journey: str
    version: str
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """Somebody wants to send a message to a person. `send_id` is deterministic: the same wish has the same id.

    `token` wakes the state machine that asked, `caused_at` is when the event that led here was received.
    """

    send_id: str
    profile_id: str
    template: str
    channel: str
    category: str
    requested_at: datetime
    purpose: str = "marketing"
    topic: str | None = None
    priority: int = 0
    expires_at: datetime | None = None
    run: RunRef | None = None
    token: str | None = None
    caused_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A line of the trace: what was looked at, what it saw, and until when it holds the message back, if it does."""

    name: str
    verdict: Literal["pass", "wait", "fail", "skip"]
    saw: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Send, defer (until `due`) or drop, with the reason and every check."""

    action: Action
    reason: Reason
    at: datetime
    channel: str
    due: datetime | None = None
    trace: tuple[Check, ...] = ()


class SendState(StrEnum):
    """Where a send request stands. `deferred`, `sending` and `calling` are on the way; the rest are terminal."""

    DEFERRED = "deferred"
    SENDING = "sending"
    CALLING = "calling"
    SENT = "sent"
    DROPPED = "dropped"
    FAILED = "failed"

    @property
    def terminal(self) -> bool:
        return self in (SendState.SENT, SendState.DROPPED, SendState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRecord:
    """The life of one send request: one row, `DECISION#<requested at>#<send id>`, in the person's partition.

    `due` is the moment from which it may go, `wake` when it is asked again, where that is later. `attempt` counts the
    decisions taken. `reason` is set when the state is terminal. `called_at` is when the channel was called last;
    `repeated` says that it was called again after a call whose outcome is unknown. `detail` says more about a failure,
    without personal data.
    """

    request: SendRequest
    state: SendState
    decisions: tuple[Decision, ...] = ()
    due: datetime | None = None
    wake: datetime | None = None
    reason: Reason | None = None
    provider_id: str | None = None
    finished_at: datetime | None = None
    called_at: datetime | None = None
    repeated: bool = False
    detail: str | None = None

    @property
    def attempt(self) -> int:
        return len(self.decisions)

    @property
    def wakes_at(self) -> datetime | None:
        return self.wake or self.due

    @property
    def key(self) -> str:
        """The sort key; sorts by the time of the request."""
        return record_key(self.request)

    def finish(self, state: SendState, reason: Reason, at: datetime, provider_id: str | None = None) -> "SendRecord":
        return replace(self, state=state, reason=reason, finished_at=at, due=None, wake=None, provider_id=provider_id)


def record_key(request: SendRequest) -> str:
    return f"DECISION#{request.requested_at.isoformat(timespec='milliseconds')}#{request.send_id}"
