"""What we tell the world: domain events on the bus. Ids, names and numbers only, never personal data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """`name` is the bus's detail type: `Message Sent`, `Run Started` … `id` is deterministic; a retry repeats it."""

    id: str
    name: str
    at: datetime
    profile_id: str
    detail: Mapping[str, Any] = field(default_factory=dict)


class Announcements(Protocol):
    """The bus, as far as our own news is concerned."""

    def announce(self, news: Iterable[DomainEvent]) -> None: ...


class Gathered:
    """`Announcements` that wait for the end of a batch. Unless they are passed on then, the whole batch must fail."""

    def __init__(self) -> None:
        self.news: list[DomainEvent] = []

    def announce(self, news: Iterable[DomainEvent]) -> None:
        self.news.extend(news)
