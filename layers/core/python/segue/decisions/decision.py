"""A wish to send, and the answers to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, assert_never

from segue.decisions.reasons import Reason

#: Of a record's decisions the first is kept, and so many of the last; of some of these, and of the first, each check.
LAST_KEPT, LAST_TRACED = 24, 3


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
class ApiRef:
    """The call of the API that a send request comes from: who signed it, and a digest of what was said."""

    by: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """Somebody wants to send a message to a person. `send_id` is deterministic: the same wish has the same id.

    `channels` are all that it may go by, if it may choose; `fallbacks`, those for which it has words besides.
    `token` wakes the state machine that asked, `caused_at` is when the event that led here was received.
    `properties` are for the template, and may be personal: they are kept with the record and travel nowhere else.
    `touches` are the messages that its run has sent before, of `max_touches` that it may send.
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
    channels: tuple[str, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    api: ApiRef | None = None
    fallbacks: tuple[str, ...] = ()
    touches: int = 0
    max_touches: int | None = None

    @property
    def ways(self) -> tuple[str, ...]:
        """What it may go by, in the order in which it was said."""
        return self.channels or (self.channel,)

    def by(self, channel: str, template: str | None = None) -> "SendRequest":
        """The same on this channel, perhaps in other words."""
        if channel == self.channel and template is None:
            return self
        return replace(self, channel=channel, template=template or self.template)


#: The lines that sum up, and stand in no message's way by themselves.
CHOICE, FALLBACK, NEXT_MOMENT = "channel", "fallback", "next moment"


@dataclass(slots=True)
class Check:
    """A line of the trace: what was looked at, what it saw, and until when it holds the message back, if it does.

    `channel` tells apart what several channels were asked for one message. Not frozen, which makes it three times as
    dear, and there are up to fifty to a decision; nobody changes one.
    """

    name: str
    verdict: Literal["pass", "wait", "fail", "skip"]
    saw: str
    until: datetime | None = None
    channel: str | None = None

    def on(self, channel: str | None) -> "Check":
        """The same, told apart; as it is without a channel."""
        return Check(self.name, self.verdict, self.saw, self.until, channel) if channel else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Send, defer (until `due`) or drop, with the reason and every check. `template`: the words that go instead.

    One that many have followed has no `trace` any more.
    """

    action: Action
    reason: Reason
    at: datetime
    channel: str
    due: datetime | None = None
    trace: tuple[Check, ...] = ()
    template: str | None = None


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

    @property
    def on_its_way(self) -> bool:
        return self in (SendState.SENDING, SendState.CALLING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Displaced:
    """Where the record of a message is whose place another took, and how many decisions it had then, with that."""

    profile_id: str
    key: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRecord:
    """The life of one send request: one row, `DECISION#<requested at>#<send id>`, in the person's partition.

    `due` is the moment from which it may go, `wake` when it is asked again, where that is later. `attempt` counts the
    decisions taken, also those that are `forgotten`, since a row of the table takes so many and no more. `reason` is
    set when the state is terminal. `called_at` is when the channel was called last; `repeated` says that it was called
    again after a call whose outcome is unknown. `detail` says more about a failure, without personal data.
    `in_place_of` is the message whose place it took last, if it took one's.
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
    forgotten: int = 0
    in_place_of: Displaced | None = None

    @property
    def attempt(self) -> int:
        return len(self.decisions) + self.forgotten

    @property
    def wakes_at(self) -> datetime | None:
        return self.wake or self.due

    @property
    def message(self) -> SendRequest:
        """The request as it was decided: on its channel, in its words."""
        if not self.decisions:
            return self.request
        return self.request.by(self.decisions[-1].channel, self.decisions[-1].template)

    @property
    def outcome(self) -> tuple[Action | None, Reason | None]:
        """What has become of it since it was last to be sent: nothing more, if it was."""
        match self.state:
            case SendState.SENT:
                return None, None
            case SendState.FAILED:
                return None, self.reason
            case SendState.DROPPED:
                return Action.DROP, self.reason
            case SendState.DEFERRED | SendState.SENDING | SendState.CALLING:
                last = self.decisions[-1] if self.decisions else None
                return (last.action, last.reason) if last else (None, None)
            case _:
                assert_never(self.state)

    @property
    def key(self) -> str:
        """The sort key; sorts by the time of the request."""
        return record_key(self.request)

    def decided(self, decision: Decision, wake: datetime | None = None) -> "SendRecord":
        """With one more decision. Of those between the first and the last the checks go, and in the end all of them."""
        first, rest = self.decisions[:1], (*self.decisions[1:], decision)
        if not first:
            return replace(self, decisions=(decision,), due=decision.due, wake=wake)
        kept = rest[-LAST_KEPT:]
        brief = tuple(replace(each, trace=()) if each.trace else each for each in kept[:-LAST_TRACED])
        return replace(
            self,
            decisions=(*first, *brief, *kept[-LAST_TRACED:]),
            forgotten=self.forgotten + len(rest) - len(kept),
            due=decision.due,
            wake=wake,
        )

    def finish(self, state: SendState, reason: Reason, at: datetime, provider_id: str | None = None) -> "SendRecord":
        return replace(self, state=state, reason=reason, finished_at=at, due=None, wake=None, provider_id=provider_id)


def record_key(request: SendRequest) -> str:
    return key_of(request.requested_at, request.send_id)


def key_of(requested_at: datetime, send_id: str) -> str:
    return f"DECISION#{requested_at.isoformat(timespec='milliseconds')}#{send_id}"
