"""`Erasures` and `Trail` in the `Registry`: `ERASURE#<receipt>`, `ERASED#<print>`, and `AUDIT#<day>#<shard>`."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import uuid4
from zlib import crc32

from pynamodb.exceptions import PutError

from segue.aws.table import Row, decode, encode, moment, to_json
from segue.profiles.erasure import Erasure
from segue.profiles.head import Versioned
from segue.profiles.ports import Conflict

_RECEIPT, _BLOCK = "RECEIPT", "BLOCK"


class DynamoErasures:
    def __init__(self, rows: type[Row]) -> None:
        self._rows = rows

    def find(self, receipt_id: str) -> Versioned[Erasure] | None:
        row = self._read(f"ERASURE#{receipt_id}", _RECEIPT)
        return Versioned(decode(Erasure, row.doc or ""), int(row.version or 0)) if row else None

    def keep(self, erasure: Versioned[Erasure]) -> Versioned[Erasure]:
        kept, before = erasure.value, erasure.version
        row = self._rows(f"ERASURE#{kept.receipt_id}", _RECEIPT, doc=encode(Erasure, kept), version=erasure.version + 1)
        try:
            row.save(condition=self._rows.version == before if before else self._rows.pk.does_not_exist())
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            raise Conflict(kept.receipt_id) from error
        return Versioned(kept, before + 1)

    def block(self, prints: Iterable[str], receipt_id: str) -> None:
        with self._rows.batch_write() as batch:
            for each in prints:
                batch.save(self._rows(f"ERASED#{each}", _BLOCK, doc=to_json({"receipt_id": receipt_id})))

    def blocked(self, prints: Iterable[str]) -> str | None:
        for each in prints:
            if row := self._read(f"ERASED#{each}", _BLOCK):
                return str(decode(dict[str, str], row.doc or "")["receipt_id"])
        return None

    def _read(self, partition: str, sort: str) -> Row | None:
        try:
            return self._rows.get(partition, sort, consistent_read=True)
        except self._rows.DoesNotExist:
            return None


#: A day's partitions in the trail, so that a busy tool does not outrun the 1,000 rows a second of one.
SHARDS = 8


class DynamoTrail:
    def __init__(self, rows: type[Row]) -> None:
        self._rows = rows

    def note(self, at: datetime, who: str, did: str, to: str) -> None:
        day = at.astimezone(UTC).date().isoformat()
        said = {"at": at.isoformat(), "who": who, "did": did, "to": to}
        key = f"{moment(at.astimezone(UTC))}#{did}#{to}#{uuid4().hex[:8]}"  # two may do the same at the same moment
        self._rows(f"AUDIT#{day}#{crc32(to.encode()) % SHARDS}", key, doc=to_json(said)).save()
