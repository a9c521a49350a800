"""One table in memory, shared by the ports that commit together, as they share one table on AWS."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from threading import Lock
from typing import Any, NamedTuple

from segue.profiles.head import Versioned
from segue.profiles.ports import Conflict


class Write(NamedTuple):
    """Put a value if the row is still at this version; 0: if there is none. Its version is then one more."""

    partition: str
    sort: str
    value: Any
    version: int = 0


class Refused(Conflict):
    """Some rows had another version; `stood` is what stands there, by partition and sort key."""

    def __init__(self, stood: Mapping[tuple[str, str], Versioned[Any] | None]) -> None:
        super().__init__(f"{len(stood)} rows have another version")
        self.stood = stood


class MemoryRows:
    """Rows by partition and sort key. Values are kept as they are, since values are immutable."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Versioned[Any]] = {}
        self._sorts: dict[str, list[str]] = {}
        self._lock = Lock()

    def read(self, partition: str, sort: str) -> Versioned[Any] | None:
        return self._rows.get((partition, sort))

    def between(self, partition: str, low: str, high: str) -> list[tuple[str, Versioned[Any]]]:
        """The rows with `low <= sort < high`, by sort key."""
        with self._lock:
            sorts = self._sorts.get(partition, [])
            found = sorts[bisect_left(sorts, low) : bisect_left(sorts, high)]
            return [(sort, self._rows[partition, sort]) for sort in found]

    def remove(self, partition: str, sort: str) -> None:
        with self._lock:
            if self._rows.pop((partition, sort), None):
                self._sorts[partition].remove(sort)

    def everything(self) -> Iterator[tuple[str, str, Versioned[Any]]]:
        """Every row, for indices and for tests: partition, sort key, value."""
        with self._lock:
            rows = list(self._rows.items())
        return ((partition, sort, row) for (partition, sort), row in rows)

    def commit(self, writes: Iterable[Write], unmoved: Mapping[tuple[str, str], int] | None = None) -> None:
        """All or nothing, and only if the `unmoved` rows have these versions; raise `Refused` with what stood there."""
        with self._lock:
            put = [((write.partition, write.sort), write) for write in writes]
            asked = [*((key, write.version) for key, write in put), *(unmoved or {}).items()]
            stood = {}
            for key, version in asked:
                row = self._rows.get(key)
                if version != (row.version if row else 0):
                    stood[key] = row
            if stood:
                raise Refused(stood)
            for key, write in put:
                if key not in self._rows:
                    insort(self._sorts.setdefault(write.partition, []), write.sort)
                self._rows[key] = Versioned(write.value, write.version + 1)
