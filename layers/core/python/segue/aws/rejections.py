"""`Rejections` in the `Registry` table: `REJECTED#<day>` / `<received at>#<id>#<print>`, for 30 days."""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime

from pydantic import TypeAdapter

from segue.aws.table import Row, moment
from segue.events.rejected import Rejected

KEPT_DAYS = 30

_REJECTED: TypeAdapter[Rejected] = TypeAdapter(Rejected)


class DynamoRejections:
    """DynamoDB expires rows by real time, whatever the clock says: `seconds` is the real time since 1970."""

    def __init__(self, rows: type[Row], seconds: Callable[[], float] = time.time) -> None:
        self._rows = rows
        self._seconds = seconds

    def keep(self, rejected: Iterable[Rejected]) -> None:
        expires = int(self._seconds()) + KEPT_DAYS * 86_400
        by_key = {(_partition(each.received_at.astimezone(UTC).date()), _sort(each)): each for each in rejected}
        with self._rows.batch_write() as batch:
            for (partition, sort), each in by_key.items():
                batch.save(self._rows(partition, sort, doc=_REJECTED.dump_json(each).decode(), expires=expires))

    def forget(self, rejected: Iterable[Rejected]) -> None:
        with self._rows.batch_write() as batch:
            for each in rejected:
                batch.delete(self._rows(_partition(each.received_at.astimezone(UTC).date()), _sort(each)))

    def on(self, day: date, since: datetime | None = None) -> Iterator[Rejected]:
        late = self._rows.sk >= moment(since.astimezone(UTC)) if since else None
        for row in self._rows.query(_partition(day), late):
            yield _REJECTED.validate_json(row.doc or "")


def _partition(day: date) -> str:
    return f"REJECTED#{day.isoformat()}"


def _sort(rejected: Rejected) -> str:
    return f"{moment(rejected.received_at.astimezone(UTC))}#{rejected.id}#{rejected.fingerprint[:16]}"
