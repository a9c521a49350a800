"""`Sends` on DynamoDB: a record and the documents that change with it are one transaction."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from heapq import merge

from pynamodb.connection import Connection
from pynamodb.exceptions import PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from segue.aws.due import buckets, place
from segue.aws.ended import ended
from segue.aws.profiles import guarded
from segue.aws.table import LEDGER, PROFILE, RUNS, Row, cancelled, decode, encode, moment, partition
from segue.clock import Clock
from segue.decisions.decision import SendRecord, SendState
from segue.decisions.ports import LOOK_BACK, Overtaken, Place, Step
from segue.profiles.ledger import Ledger
from segue.profiles.ports import Conflict
from segue.profiles.runs import Runs

CONTENDED = ("ConditionalCheckFailed", "TransactionConflict")


class DynamoSends:
    def __init__(self, rows: type[Row], clock: Clock | None = None) -> None:
        self._rows = rows
        self._clock = clock or Clock()

    @cached_property
    def _connection(self) -> Connection:
        return self._rows.connection()

    def get(self, profile_id: str, key: str) -> SendRecord | None:
        try:
            row = self._rows.get(partition(profile_id), key, consistent_read=True)
        except self._rows.DoesNotExist:
            return None
        return _record(row)

    def take(self, step: Step) -> None:
        row = self.row(step.record, step.wake)
        if not (step.ledger or step.runs or step.unmoved or step.displaced):
            self._take_alone(row, step)
            return
        try:
            with TransactWrite(connection=self._connection) as transaction:
                transaction.save(row, condition=self._as_it_was(step))
                if other := step.displaced:
                    transaction.save(self.row(other.record, other.wake), condition=self._as_it_was(other))
                if step.ledger:
                    ledger, unread = guarded(self._rows, step.holder, LEDGER, Ledger, step.ledger)
                    transaction.save(ledger, condition=unread)
                if step.runs:
                    runs, unread = guarded(self._rows, step.holder, RUNS, Runs, step.runs)
                    transaction.save(runs, condition=unread)
                if step.unmoved:
                    transaction.condition_check(
                        self._rows,
                        partition(step.unmoved.value.profile_id),
                        PROFILE,
                        condition=self._rows.version == step.unmoved.version,
                    )
        except TransactWriteError as error:
            codes = [code for code, _ in cancelled(error)]
            mine = 1 if step.unmoved else 0  # pynamodb sends the condition checks before the puts
            if codes[mine : mine + 1] == ["ConditionalCheckFailed"]:
                raise Overtaken(step.record.request.send_id) from error
            if any(code in CONTENDED for code in codes):
                raise Conflict(step.record.request.send_id) from error
            raise

    def _take_alone(self, row: Row, step: Step) -> None:
        """Not as a transaction of one, which would be billed twice."""
        try:
            row.save(condition=self._as_it_was(step))
        except PutError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                raise Overtaken(step.record.request.send_id) from error
            if error.cause_response_code == "TransactionConflictException":
                raise Conflict(step.record.request.send_id) from error
            raise

    def due(self, before: datetime, back: timedelta) -> Iterator[Place]:
        until = self._clock.wall_at(before)
        for day in buckets(until - back, until):
            found = [
                self._rows.by_due.query(bucket, self._rows.due < moment(until))  # type: ignore[attr-defined] # pynamodb's index is on the bound class
                for bucket in day
            ]
            for row in merge(*found, key=lambda row: str(row.due)):
                yield row.pk.removeprefix("P#"), row.sk

    def waiting(self, now: datetime, ahead: timedelta) -> int:
        since, until = self._clock.wall_at(now) - LOOK_BACK, self._clock.wall_at(now + ahead)
        return sum(
            self._rows.by_due.count(bucket, self._rows.due < moment(until), self._rows.sk.startswith("DECISION#"))  # type: ignore[attr-defined] # as in `due`
            for day in buckets(since, until)
            for bucket in day
        )

    def wake_again(self, record: SendRecord, at: datetime) -> None:
        bucket, due = self._place(record, at)
        row = self._rows(partition(record.request.profile_id), record.key)
        try:
            row.update(
                actions=[self._rows.due_bucket.set(bucket), self._rows.due.set(due)],
                condition=(self._rows.state == SendState.DEFERRED.value) & (self._rows.version == record.attempt),
            )
        except UpdateError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise

    def decided(self, profile_id: str, since: datetime | None = None) -> Iterator[SendRecord]:
        low = f"DECISION#{moment(since)}" if since else "DECISION#"
        between = self._rows.sk.between(low, "DECISION$")
        rows = self._rows.query(partition(profile_id), between, consistent_read=True, scan_index_forward=False)
        return (_record(row) for row in rows)

    def row(self, record: SendRecord, wake: datetime | None) -> Row:
        """As it is kept, with its places in the indexes."""
        place = (partition(record.request.profile_id), record.key)
        row = self._rows(*place, doc=encode(SendRecord, record), state=record.state.value, version=record.attempt)
        if wake and record.state is SendState.DEFERRED:
            row.due_bucket, row.due = self._place(record, wake)
        if end := ended(record):
            row.ended_bucket, row.ended = end
        return row

    def _place(self, record: SendRecord, wake: datetime) -> tuple[str, str]:
        real, request = self._clock.wall_at(wake), record.request
        return place(real, 9 - request.priority, request.send_id)

    def _as_it_was(self, step: Step) -> Condition:
        if step.was is None:
            return self._rows.pk.does_not_exist()
        as_it_was: Condition = (self._rows.state == step.was.value) & (self._rows.version == step.attempt)
        return as_it_was


def _record(row: Row) -> SendRecord:
    record: SendRecord = decode(SendRecord, row.doc or "")
    return record
