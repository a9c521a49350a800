"""`Slots` in memory."""

from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from segue.decisions.rate import Rate, Wanted, slotted


class MemorySlots:
    def __init__(self) -> None:
        self._free: dict[str, datetime | None] = {}
        self._lock = Lock()

    def take(self, channel: str, wanted: Sequence[Wanted], rate: Rate) -> list[datetime | None]:
        with self._lock:
            slots, self._free[channel] = slotted(wanted, self._free.get(channel), rate.every)
            return slots
