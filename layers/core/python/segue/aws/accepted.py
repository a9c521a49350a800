"""`Accepted` on DynamoDB: a row `S#<send id>` says where the record is, and both are written in one transaction."""

import random
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from pynamodb.connection import Connection
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from segue.aws.sends import CONTENDED, DynamoSends
from segue.aws.table import Row, cancelled, decode, partition, to_json
from segue.clock import Clock
from segue.decisions.decision import SendRecord
from segue.profiles.ports import Conflict

_SEND = "SEND"

#: Tries against others who keep the same ones.
_TRIES = 5


class DynamoAccepted:
    def __init__(self, rows: type[Row], clock: Clock | None = None) -> None:
        self._rows = rows
        self._sends = DynamoSends(rows, clock)

    @cached_property
    def _connection(self) -> Connection:
        return self._rows.connection()

    def keep(self, records: Sequence[SendRecord], wake: datetime) -> Collection[str]:
        known: list[str] = []
        for tried in range(_TRIES):
            try:
                self._write(records, wake)
            except TransactWriteError as error:
                codes = [code for code, _ in cancelled(error)]
                if not any(code in CONTENDED for code in codes):
                    raise
                own = [code == "ConditionalCheckFailed" for code in codes[::2]]
                known += [each.request.send_id for each, kept in zip(records, own, strict=True) if kept]
                records = [each for each, kept in zip(records, own, strict=True) if not kept]
                if not any(own):
                    time.sleep(random.uniform(0, 0.01 * 2**tried))  # noqa: S311 - no secret
                if records:
                    continue
            return known
        raise Conflict(records[0].request.send_id)

    def several(self, send_ids: Collection[str]) -> Mapping[str, SendRecord]:
        keys = [(_place(send_id), _SEND) for send_id in dict.fromkeys(send_ids)]
        places = [decode(tuple[str, str], row.doc or "") for row in self._rows.batch_get(keys, consistent_read=True)]
        found = self._rows.batch_get([(partition(at), key) for at, key in places], consistent_read=True)
        records = [decode(SendRecord, row.doc or "") for row in found] if places else []
        return {record.request.send_id: record for record in records}

    def forget(self, send_ids: Collection[str]) -> None:
        with self._rows.batch_write() as batch:
            for send_id in send_ids:
                batch.delete(self._rows(_place(send_id), _SEND))

    def _write(self, records: Sequence[SendRecord], wake: datetime) -> None:
        with TransactWrite(connection=self._connection) as transaction:
            for record in records:
                request = record.request
                where = to_json([request.profile_id, record.key])
                row = self._rows(_place(request.send_id), _SEND, doc=where)
                transaction.save(row, condition=self._rows.pk.does_not_exist())
                transaction.save(self._sends.row(record, wake))


def _place(send_id: str) -> str:
    return f"S#{send_id}"
