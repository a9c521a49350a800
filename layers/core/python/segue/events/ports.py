"""What events need kept, and where they go."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Protocol

from segue.events.event import Event
from segue.events.keys import WriteKey
from segue.events.rejected import Rejected


class Busy(Exception):
    """The bus takes no more for now; some of what was given may have been taken. `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"try again after {retry_after} s")
        self.retry_after = retry_after


class WriteKeys(Protocol):
    """Who may send events."""

    def find(self, key: str) -> WriteKey | None: ...


class EventBus(Protocol):
    """The way on for events. Giving one twice is harmless: its id tells."""

    def publish(self, events: Iterable[Event], rejected: Iterable[Rejected] = ()) -> None:
        """Raise `Busy` when the bus is throttled."""


class Rejections(Protocol):
    """Rejected events, kept for 30 days."""

    def keep(self, rejected: Iterable[Rejected]) -> None:
        """Keeping one twice is keeping it once."""

    def on(self, day: date, since: datetime | None = None) -> Iterator[Rejected]:
        """Those received on that day (UTC), in the order of receipt; from a moment on."""

    def forget(self, rejected: Iterable[Rejected]) -> None: ...
