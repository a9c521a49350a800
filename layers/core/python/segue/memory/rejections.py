"""`Rejections` in memory; they do not expire."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from segue.events.rejected import Rejected


class MemoryRejections:
    def __init__(self) -> None:
        self._kept: dict[tuple[datetime, str, str], Rejected] = {}

    def keep(self, rejected: Iterable[Rejected]) -> None:
        self._kept.update({(each.received_at, each.id, each.fingerprint): each for each in rejected})

    def forget(self, rejected: Iterable[Rejected]) -> None:
        for each in list(rejected):
            self._kept.pop((each.received_at, each.id, each.fingerprint), None)

    def on(self, day: date, since: datetime | None = None) -> Iterator[Rejected]:
        for (received_at, *_), rejected in sorted(self._kept.items(), key=lambda kept: kept[0]):
            if received_at.astimezone(UTC).date() == day and (since is None or received_at >= since):
                yield rejected
