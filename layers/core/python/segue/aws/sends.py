"""`Sends` on DynamoDB: a record and the documents that change with it are one transaction."""

from collections.abc import Container, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from heapq import merge

from pynamodb.connection import Connection
from pynamodb.exceptions import PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from segue.aws.due import TIMERS, after, buckets, channel, place, read
from segue.aws.ended import ended
from segue.aws.profiles import guarded
from segue.aws.table import LEDGER, PROFILE, RUNS, Row, cancelled, decode, encode, moment, partition
from segue.clock import Clock
from segue.decisions.decision import SendRecord, SendState
from segue.decisions.ports import LOOK_BACK, Backlog, Overtaken, Step, Waiting, together
from segue.profiles.ledger import Ledger
from segue.profiles.ports import Conflict
from segue.profiles.runs import Runs

CONTENDED = ("ConditionalCheckFailed", "TransactionConflict")

#: So much of a lane is read at once: as much as `release` looks at before it may find the lane's channel closed.
PAGE = 200


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

    def due(
        self, now: datetime, ahead: timedelta, back: timedelta, closed: Container[str] = frozenset()
    ) -> Iterator[Waiting]:
        real, until = self._clock.wall_at(now), self._clock.wall_at(now + ahead)
        lanes = [
            self._waiting(bucket, lane, until, closed)
            for bucket in buckets(until - back, until)
            for lane, first in self._lanes(bucket)
            if first < moment(until)
        ]
        for each in merge(*lanes, key=lambda each: (max(each.at, real), -each.priority, each.at)):
            if each.channel not in closed:
                yield each._replace(at=self._clock.at(each.at))

    def waiting(self, now: datetime, ahead: timedelta) -> Mapping[str, Backlog]:
        real, until = self._clock.wall_at(now), self._clock.wall_at(now + ahead)
        found: dict[str, Backlog] = {}
        for bucket in buckets(real - LOOK_BACK, until):
            for lane, first in self._lanes(bucket):
                if lane == TIMERS:
                    continue
                count, late = (self._count(bucket, lane, first, before) for before in (until, real))
                if count:
                    oldest = self._clock.at(datetime.fromisoformat(first)) if late else None
                    counted = Backlog(count=count, overdue=late, oldest=oldest)
                    name = channel(lane)
                    found[name] = together(found.get(name, Backlog()), counted)
        return found

    def _lanes(self, bucket: str) -> Iterator[tuple[str, str]]:
        """Those in which something stands, and the first moment in each. A query finds the next one."""
        at = "!"
        while row := next(self._rows.by_due.query(bucket, self._rows.due > at, limit=1), None):  # type: ignore[attr-defined] # pynamodb's index is on the bound class
            lane, first, _ = read(row.due)
            yield lane, first
            at = after(lane)

    def _waiting(self, bucket: str, lane: str, until: datetime, closed: Container[str]) -> Iterator[Waiting]:
        name = channel(lane)
        if name in closed:
            return
        for row in self._rows.by_due.query(bucket, self._within(lane, until), page_size=PAGE):  # type: ignore[attr-defined] # as in `_lanes`
            _, at, rank = read(row.due)
            yield Waiting(row.pk.removeprefix("P#"), row.sk, name, 9 - rank, datetime.fromisoformat(at))
            if name in closed:  # while all lanes were at their first row, or since
                return

    def _count(self, bucket: str, lane: str, first: str, until: datetime) -> int:
        if first >= moment(until):
            return 0
        is_record = self._rows.sk.startswith("DECISION#")
        return int(self._rows.by_due.count(bucket, self._within(lane, until), is_record))  # type: ignore[attr-defined] # as in `_lanes`

    def _within(self, lane: str, until: datetime) -> Condition:
        within: Condition = self._rows.due.between(lane or "0", f"{lane}{moment(until)}")
        return within

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
        return place(real, 9 - request.priority, request.send_id, record.message.channel)

    def _as_it_was(self, step: Step) -> Condition:
        if step.was is None:
            return self._rows.pk.does_not_exist()
        as_it_was: Condition = (self._rows.state == step.was.value) & (self._rows.version == step.attempt)
        return as_it_was


def _record(row: Row) -> SendRecord:
    record: SendRecord = decode(SendRecord, row.doc or "")
    return record
