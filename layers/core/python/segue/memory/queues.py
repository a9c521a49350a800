"""`Requests` and `Deliveries` in memory: what stands in them is for the simulator and the tests to take."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from segue.decisions.asked import Asked
from segue.decisions.decision import SendRecord, SendRequest


@dataclass(slots=True)
class MemoryRequests:
    """Requests of the API, and woken ones; and after how long each comes."""

    asked: list[tuple[Asked, timedelta]] = field(default_factory=list)

    def ask(self, requests: Sequence[SendRequest]) -> None:
        self.asked += [(Asked(request=request), timedelta()) for request in requests]

    def wake(self, request: SendRequest, attempt: int, delay: timedelta) -> None:
        self.asked.append((Asked(request=request, attempt=attempt), delay))


@dataclass(slots=True)
class MemoryDeliveries:
    """Where the records of messages that may be sent are kept: partition and key."""

    handed: list[tuple[str, str]] = field(default_factory=list)

    def hand_over(self, record: SendRecord) -> None:
        self.handed.append((record.request.profile_id, record.key))


@dataclass(slots=True)
class MemoryErrands:
    """Receipts of erasures to go on with, and after how long."""

    asked: list[tuple[str, timedelta]] = field(default_factory=list)

    def go_on(self, receipt_id: str, after: timedelta) -> None:
        self.asked.append((receipt_id, after))
