"""`Profiles` on DynamoDB: a person is a partition, a change is one transaction."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from pynamodb.connection import Connection
from pynamodb.constants import ALL_OLD
from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from segue.aws.table import LEDGER, PROFILE, RUNS, Row, cancelled, decode, encode, partition
from segue.events.event import Event
from segue.profiles.head import Head, Versioned
from segue.profiles.identity import home
from segue.profiles.ledger import Ledger
from segue.profiles.ports import MOST_ROWS, Change, Conflict, Entry, Known
from segue.profiles.profile import Profile
from segue.profiles.runs import Runs
from segue.profiles.signals import Enter
from segue.profiles.timeline import fingerprint, row_keys, span, within

_REFUSED = "ConditionalCheckFailed"
_CONTENDED = "TransactionConflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """An `Enter` without the event, since it stands beside it."""

    profile_id: str
    journey: str
    version: str
    run_id: str
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """An `EVENT#` row; a `SEEN#` row has no event."""

    event: Event | None = None
    begun: tuple[_Begun, ...] = ()


class DynamoProfiles:
    def __init__(self, rows: type[Row]) -> None:
        self._rows = rows

    @cached_property
    def _connection(self) -> Connection:
        return self._rows.connection()

    def head(self, profile_id: str) -> Head:
        found = {row.sk: row for row in self._between(profile_id, "HEAD#", "HEAD$")}
        profile = _read(found.get(PROFILE), Profile, Profile(profile_id=profile_id))
        if owner := profile.value.owner:
            return self.head(owner)
        return Head(
            profile_id=profile_id,
            profile=profile,
            ledger=_read(found.get(LEDGER), Ledger, Ledger()),
            runs=_read(found.get(RUNS), Runs, Runs()),
        )

    def profile(self, profile_id: str) -> Versioned[Profile]:
        return _read(self._get(profile_id, PROFILE), Profile, Profile(profile_id=profile_id))

    def ledger(self, profile_id: str) -> Versioned[Ledger]:
        return _read(self._get(profile_id, LEDGER), Ledger, Ledger())

    def runs(self, profile_id: str) -> Versioned[Runs]:
        return _read(self._get(profile_id, RUNS), Runs, Runs())

    def commit(self, change: Change) -> None:
        if change.size > MOST_ROWS:
            message = f"{change.size} rows in one change; at most {MOST_ROWS}"
            raise ValueError(message)
        timeline = [(entry, row) for entry in change.entries for row in self._timeline_rows(entry)]
        try:
            with TransactWrite(connection=self._connection) as transaction:
                for _, row in timeline:
                    transaction.save(row, condition=self._rows.pk.does_not_exist(), return_values=ALL_OLD)
                for row, condition in self._documents(change):
                    transaction.save(row, condition=condition)
        except TransactWriteError as error:
            raise _meaning(error, [entry for entry, _ in timeline]) from error

    def keep_runs(self, profile_id: str, runs: Versioned[Runs]) -> None:
        row, condition = guarded(self._rows, profile_id, RUNS, Runs, runs)
        try:
            row.save(condition=condition)
        except PutError as error:
            if error.cause_response_code in ("ConditionalCheckFailedException", "TransactionConflictException"):
                raise Conflict(profile_id) from error
            raise

    def timeline(self, profile_id: str, since: datetime, until: datetime | None = None) -> Iterator[Event]:
        low, high = span(since, until)
        kept = (decode(_Kept, row.doc or "").event for row in self._between(profile_id, low, high))
        return iter(within((event for event in kept if event), since, until))

    def _get(self, profile_id: str, sort: str) -> Row | None:
        try:
            return self._rows.get(partition(profile_id), sort, consistent_read=True)
        except self._rows.DoesNotExist:
            return None

    def _between(self, profile_id: str, low: str, high: str) -> Iterator[Row]:
        return self._rows.query(partition(profile_id), self._rows.sk.between(low, high), consistent_read=True)

    def _timeline_rows(self, entry: Entry) -> Iterator[Row]:
        place = partition(home(entry.event))
        begun = tuple(
            _Begun(
                profile_id=enter.profile_id,
                journey=enter.journey,
                version=enter.version,
                run_id=enter.run_id,
                key=enter.key,
            )
            for enter in entry.raises
        )
        whole = encode(_Kept, _Kept(event=entry.event, begun=begun))
        for key in row_keys(entry.event):
            yield self._rows(place, key, doc=whole if key.startswith("EVENT#") else encode(_Kept, _Kept(begun=begun)))

    def _documents(self, change: Change) -> Iterator[tuple[Row, Condition]]:
        for profile_id, profile in change.profiles.items():
            yield guarded(self._rows, profile_id, PROFILE, Profile, profile)
        for profile_id, ledger in change.ledgers.items():
            yield guarded(self._rows, profile_id, LEDGER, Ledger, ledger)
        for profile_id, runs in change.runs.items():
            yield guarded(self._rows, profile_id, RUNS, Runs, runs)


def guarded(rows: type[Row], profile_id: str, sort: str, kind: Any, document: Versioned[Any]) -> tuple[Row, Condition]:
    """A document's row as it is to be, and the condition that nobody has written it since it was read."""
    row = rows(partition(profile_id), sort, doc=encode(kind, document.value), version=document.version + 1)
    return row, rows.version == document.version if document.version else rows.pk.does_not_exist()


def _read(row: Row | None, kind: Any, empty: Any) -> Versioned[Any]:
    return Versioned(decode(kind, row.doc or ""), int(row.version or 0)) if row else Versioned(empty)


def _meaning(error: TransactWriteError, entries: list[Entry]) -> Exception:
    """The timeline's rows come first in the transaction, in the order of `entries`."""
    outcomes = cancelled(error)
    codes = {code for code, _ in outcomes}
    raised = {
        fingerprint(entry.event): _enters(entry.event, row)
        for entry, (code, row) in zip(entries, outcomes, strict=False)
        if code == _REFUSED
    }
    if raised:
        return Known(raised)
    return Conflict(str(error.cause_response_code)) if codes & {_REFUSED, _CONTENDED} else error


def _enters(event: Event, row: dict[str, Any] | None) -> tuple[Enter, ...]:
    kept: _Kept = decode(_Kept, row["doc"]["S"]) if row else _Kept()
    return tuple(
        Enter(
            profile_id=begun.profile_id,
            journey=begun.journey,
            version=begun.version,
            run_id=begun.run_id,
            key=begun.key,
            event=event,
        )
        for begun in kept.begun
    )
