"""`EventBus` and `Announcements` in memory: what was published, in order."""

from collections.abc import Iterable

from segue.events.event import Event
from segue.events.rejected import Rejected
from segue.outgoing import DomainEvent


class MemoryBus:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.rejected: list[Rejected] = []
        self.news: list[DomainEvent] = []

    def publish(self, events: Iterable[Event], rejected: Iterable[Rejected] = ()) -> None:
        self.events.extend(events)
        self.rejected.extend(rejected)

    def announce(self, news: Iterable[DomainEvent]) -> None:
        self.news.extend(news)
