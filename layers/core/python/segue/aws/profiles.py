"""`Profiles` on DynamoDB: a person is a partition, a change is one transaction."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from pynamodb.connection import Connection
from pynamodb.constants import ALL_OLD
from pynamodb.exceptions import PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from segue.aws.due import TIMER_RANK, place
from segue.aws.table import LEDGER, PROFILE, RUNS, Row, cancelled, decode, encode, partition
from segue.clock import Clock
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
    """An `Enter` without the event, since it stands beside it: the row's own, or the one brought whose id is `by`."""

    profile_id: str
    journey: str
    version: str
    run_id: str
    key: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """An `EVENT#` row; a `SEEN#` row has no event. `brought` is what was told because of the event."""

    event: Event | None = None
    begun: tuple[_Begun, ...] = ()
    brought: tuple[Event, ...] = ()


class DynamoProfiles:
    def __init__(self, rows: type[Row], clock: Clock | None = None) -> None:
        self._rows = rows
        self._clock = clock or Clock()

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

    def several(self, profile_ids: Iterable[str]) -> Mapping[str, Profile]:
        keys = [(partition(profile_id), PROFILE) for profile_id in dict.fromkeys(profile_ids)]
        found = self._rows.batch_get(keys, consistent_read=True) if keys else ()
        return {row.pk.removeprefix("P#"): decode(Profile, row.doc or "") for row in found}

    def ledger(self, profile_id: str) -> Versioned[Ledger]:
        return _read(self._get(profile_id, LEDGER), Ledger, Ledger())

    def runs(self, profile_id: str) -> Versioned[Runs]:
        return _read(self._get(profile_id, RUNS), Runs, Runs())

    def commit(self, change: Change) -> None:
        if change.size > MOST_ROWS:
            message = f"{change.size} rows in one change; at most {MOST_ROWS}"
            raise ValueError(message)
        timeline = [(entry, row) for entry in change.entries for row in self._timeline_rows(entry)]
        # A row that was brought is refused only together with that of its entry: both tell the same.
        try:
            with TransactWrite(connection=self._connection) as transaction:
                for _, row in timeline:
                    transaction.save(row, condition=self._rows.pk.does_not_exist(), return_values=ALL_OLD)
                for row, condition in self._documents(change):
                    transaction.save(row, condition=condition)
                for row, actions, condition in self._as_timed(change):
                    transaction.update(row, actions=actions, condition=condition)
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
        return (entry.event for entry in self.entries(profile_id, since, until))

    def entries(self, profile_id: str, since: datetime, until: datetime | None = None) -> Iterator[Entry]:
        low, high = span(since, until)
        found: Iterator[_Kept] = (decode(_Kept, row.doc or "") for row in self._between(profile_id, low, high))
        kept = {fingerprint(each.event): each for each in found if each.event}
        for event in within((each.event for each in kept.values() if each.event), since, until):
            begun = kept[fingerprint(event)].begun
            yield Entry(event=event, raises=tuple(_enter(each, event) for each in begun if not each.by))

    def timer_again(self, profile_id: str, version: int, at: datetime) -> None:
        bucket, due = place(self._clock.wall_at(at), TIMER_RANK, profile_id)
        row = self._rows(partition(profile_id), PROFILE)
        try:
            row.update(
                actions=[self._rows.due_bucket.set(bucket), self._rows.due.set(due)],
                condition=self._rows.version == version,
            )
        except UpdateError as error:
            if error.cause_response_code not in ("ConditionalCheckFailedException", "TransactionConflictException"):
                raise

    def _get(self, profile_id: str, sort: str) -> Row | None:
        try:
            return self._rows.get(partition(profile_id), sort, consistent_read=True)
        except self._rows.DoesNotExist:
            return None

    def _between(self, profile_id: str, low: str, high: str) -> Iterator[Row]:
        return self._rows.query(partition(profile_id), self._rows.sk.between(low, high), consistent_read=True)

    def _timeline_rows(self, entry: Entry) -> Iterator[Row]:
        """The entry's own first; then those of what it brought."""
        begun = tuple(
            _Begun(
                profile_id=enter.profile_id,
                journey=enter.journey,
                version=enter.version,
                run_id=enter.run_id,
                key=enter.key,
                by=enter.event.message_id if enter.event.message_id != entry.event.message_id else "",
            )
            for enter in entry.raised
        )
        kept = _Kept(event=entry.event, begun=begun, brought=tuple(told.event for told in entry.brought))
        seen = encode(_Kept, replace(kept, event=None))
        for key in row_keys(entry.event):
            doc = encode(_Kept, kept) if key.startswith("EVENT#") else seen
            yield self._rows(partition(home(entry.event)), key, doc=doc)
        for told in entry.brought:
            yield from self._timeline_rows(told)

    def _documents(self, change: Change) -> Iterator[tuple[Row, Condition]]:
        """Those that are written whole: a profile is when it is new, or its timer is another one."""
        for profile_id, profile in change.profiles.items():
            if not profile.version or profile_id in change.wakes:
                row, condition = guarded(self._rows, profile_id, PROFILE, Profile, profile)
                if profile.value.wake:
                    at = self._clock.wall_at(profile.value.wake)
                    row.due_bucket, row.due = place(at, TIMER_RANK, profile_id)
                yield row, condition
        for profile_id, ledger in change.ledgers.items():
            yield guarded(self._rows, profile_id, LEDGER, Ledger, ledger)
        for profile_id, runs in change.runs.items():
            yield guarded(self._rows, profile_id, RUNS, Runs, runs)

    def _as_timed(self, change: Change) -> Iterator[tuple[Row, list[Action], Condition]]:
        """The other profiles: what `release` has done to their place in the index stays."""
        for profile_id, profile in change.profiles.items():
            if profile.version and profile_id not in change.wakes:
                row, condition = guarded(self._rows, profile_id, PROFILE, Profile, profile)
                yield row, [self._rows.doc.set(row.doc), self._rows.version.set(row.version)], condition


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
    refused = [(entry, _kept(row)) for entry, (code, row) in zip(entries, outcomes, strict=False) if code == _REFUSED]
    own = [(entry, kept) for entry, kept in refused if kept.event is None or _same(kept.event, entry.event)]
    if own:
        raised = {fingerprint(entry.event): _enters(entry.event, kept) for entry, kept in own}
        return Known(raised, {fingerprint(entry.event): kept.brought for entry, kept in own})
    return Conflict(str(error.cause_response_code)) if codes & {_REFUSED, _CONTENDED} else error


def _kept(row: dict[str, Any] | None) -> _Kept:
    kept: _Kept = decode(_Kept, row["doc"]["S"]) if row else _Kept()
    return kept


def _same(kept: Event, event: Event) -> bool:
    return kept.message_id == event.message_id


def _enters(event: Event, kept: _Kept) -> tuple[Enter, ...]:
    told = {each.message_id: each for each in kept.brought}
    return tuple(_enter(begun, told.get(begun.by, event)) for begun in kept.begun)


def _enter(begun: _Begun, event: Event) -> Enter:
    return Enter(
        profile_id=begun.profile_id,
        journey=begun.journey,
        version=begun.version,
        run_id=begun.run_id,
        key=begun.key,
        event=event,
    )
