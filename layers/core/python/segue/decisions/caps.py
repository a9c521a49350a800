"""How many messages a person may have: touches that count, and the moment from which one more fits."""

from datetime import datetime

from segue.decisions.decision import SendRequest
from segue.decisions.policy import Cap, Policy
from segue.profiles.head import Head, Versioned
from segue.profiles.ledger import Ledger, Touch


def counted(cap: Cap, policy: Policy, ledger: Ledger, send_id: str, channel: str | None) -> list[datetime]:
    """When the touches that count in this cap were, sorted. A request's own touch is not among them."""
    touches = ledger.touches.values()
    under = {category for category in {touch.category for touch in touches} if policy.under(cap, category)}
    return sorted(
        [
            touch.at
            for touch in touches
            if (channel is None or touch.channel == channel) and touch.category in under and touch.send_id != send_id
        ]
    )


def room_from(cap: Cap, touches: list[datetime], at: datetime) -> datetime | None:
    """The first moment at or after `at` with fewer than `limit` touches in the span before it; `None`: never.

    A touch counts for `per` after its moment, the end excluded; one of the future counts already.
    """
    if cap.limit == 0:
        return None
    if len(touches) < cap.limit:
        return at
    return max(at, touches[len(touches) - cap.limit] + cap.per)


def reserved(request: SendRequest, head: Head, policy: Policy, now: datetime) -> Versioned[Ledger]:
    """The ledger with the request's one touch, as of now, and without what no cap looks at any more."""
    touch = Touch(
        send_id=request.send_id, channel=request.channel, category=request.category, at=now, topic=request.topic
    )
    return Versioned(head.ledger.value.since(now - policy.horizon).reserve(touch), head.ledger.version)
