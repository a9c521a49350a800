"""An event that could not be taken: kept with all that is wrong with it, to be mended and replayed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from segue.events.plan import Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """`payload` is the call as the client wrote it, with the batch's `context` and `sentAt` merged in.

    One that is very large, or that is no valid JSON value, is kept as `{"excerpt": <the beginning of its text>}`.
    Mended, it is replayed without `sentAt`: then its time stands as the client wrote it.
    `id` is the message id if that is usable; else it is made from the request, so that a retry has the same.
    """

    id: str
    source: str
    received_at: datetime
    violations: tuple[Violation, ...]
    payload: Any
