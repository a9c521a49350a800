"""`Ended` on DynamoDB: a record that has come to its end stands in the sparse index `ended`, by reason and day.

A bucket is a reason, a day and a shard, so that no key of the index is hot. See docs/adr/0016.
"""

import heapq
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import accumulate, islice
from zlib import crc32

from segue.aws.table import Row, decode, moment
from segue.decisions.decision import SendRecord
from segue.decisions.reasons import Reason

SHARDS = 8

#: Of the records of a page, which is shorter where they are large.
MOST_BYTES = 4 * 1024 * 1024


class DynamoEnded:
    def __init__(self, rows: type[Row]) -> None:
        self._rows = rows

    def page(
        self, reason: Reason, since: datetime, until: datetime, *, limit: int, before: str = ""
    ) -> tuple[list[SendRecord], str]:
        high = min(before, moment(until)) if before else moment(until)
        found = list(islice(self._keys(reason, since, high, limit + 1), limit + 1))
        rows = self._rows.batch_get([(row.pk, row.sk) for row in found[:limit]])
        docs = {(row.pk, row.sk): row.doc or "" for row in rows}
        sizes = accumulate(len(docs.get((row.pk, row.sk), "")) for row in found[:limit])
        shown = found[: max(sum(size <= MOST_BYTES for size in sizes), 1)]
        page = [decode(SendRecord, docs[row.pk, row.sk]) for row in shown if (row.pk, row.sk) in docs]
        return page, str(shown[-1].ended) if len(found) > len(shown) else ""

    def _keys(self, reason: Reason, since: datetime, high: str, most: int) -> Iterator[Row]:
        """The latest first, of `since <= ended < high`."""
        day, first = datetime.fromisoformat(high.partition("#")[0]).date(), since.date()
        while day >= first:
            shards = [self._shard(_bucket(reason, day, shard), since, high, most) for shard in range(SHARDS)]
            yield from heapq.merge(*shards, key=lambda row: str(row.ended), reverse=True)
            day -= timedelta(days=1)

    def _shard(self, bucket: str, since: datetime, high: str, most: int) -> Iterator[Row]:
        """DynamoDB's range has both ends in it, and they may not be the wrong way round."""
        low = moment(since)
        if low >= high:
            return iter(())
        between = self._rows.ended.between(low, high)
        query = self._rows.by_ended.query(bucket, between, scan_index_forward=False, limit=most + 1)  # type: ignore[attr-defined] # pynamodb's index is on the bound class
        return (row for row in query if row.ended < high)


def ended(record: SendRecord) -> tuple[str, str] | None:
    """Where it stands in the index: bucket, and key in it; nowhere while it goes on."""
    if record.reason is None or record.finished_at is None:
        return None
    at, send_id = record.finished_at, record.request.send_id
    return _bucket(record.reason, at.date(), crc32(send_id.encode()) % SHARDS), f"{moment(at)}#{send_id}"


def _bucket(reason: Reason, day: date, shard: int) -> str:
    return f"ENDED#{reason.value}#{day.isoformat()}#{shard}"
