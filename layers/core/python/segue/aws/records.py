"""`Records` on DynamoDB: the rows of a person's partition, read and deleted as they are."""

import json
from collections.abc import Iterable, Iterator

from segue.aws.table import Row, partition
from segue.profiles.ports import Record


class DynamoRecords:
    def __init__(self, rows: type[Row]) -> None:
        self._rows = rows

    def between(self, place: str, low: str, high: str, *, newest_first: bool = False) -> Iterator[Record]:
        """DynamoDB's own range has both ends in it, no empty key, and its ends may not be the wrong way round."""
        if low >= high:
            return
        span = self._rows.sk.between(low or " ", high)
        rows = self._rows.query(
            partition(place), span, consistent_read=True, scan_index_forward=not newest_first, page_size=_PAGE
        )
        for row in rows:
            if row.sk != high:
                yield Record(place=place, key=row.sk, document=json.loads(row.doc or "{}"))

    def forget(self, records: Iterable[Record]) -> None:
        with self._rows.batch_write() as batch:
            for each in records:
                batch.delete(self._rows(partition(each.place), each.key))


#: Rows of a read: a page of a timeline is a hundred, and a deletion has far more.
_PAGE = 250
