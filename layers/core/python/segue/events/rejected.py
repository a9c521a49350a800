"""An event that could not be taken: kept with all that is wrong with it, to be mended and replayed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from segue.events.plan import Violation
from segue.events.times import happened, parse_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """`payload` is the call as the client wrote it, with the batch's `context` and `sentAt` merged in.

    One that is very large, or that is no valid JSON value, is kept as `{"excerpt": <the beginning of its text>}`.
    `id` is the message id if that is usable; else it is made from the request, so that a retry has the same.
    """

    id: str
    source: str
    received_at: datetime
    violations: tuple[Violation, ...]
    payload: Any


def call_again(rejected: Rejected) -> dict[str, Any] | None:
    """The call to post once the plan, or the payload, has been mended; `None` if it was not kept whole.

    It says when it happened and has the id that it was rejected with, so that replaying it twice counts once.
    """
    call = rejected.payload
    if not isinstance(call, dict) or set(call) == {"excerpt"}:
        return None
    try:
        original = parse_time(call.get("originalTimestamp")) or parse_time(call.get("timestamp"))
        at = happened(original, parse_time(call.get("sentAt")), rejected.received_at).at
    except ValueError:
        at = rejected.received_at
    again = {name: value for name, value in call.items() if name not in ("originalTimestamp", "sentAt")}
    return {**again, "messageId": rejected.id, "timestamp": at.isoformat()}
