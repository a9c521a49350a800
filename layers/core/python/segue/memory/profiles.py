"""`Profiles` in memory."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from segue.events.event import Event
from segue.memory.rows import MemoryRows, Refused, Write
from segue.profiles.head import Head, Versioned
from segue.profiles.identity import home
from segue.profiles.ledger import Ledger
from segue.profiles.ports import MOST_ROWS, Change, Known
from segue.profiles.profile import Profile
from segue.profiles.runs import Runs
from segue.profiles.timeline import fingerprint, row_keys, span, within

PROFILE, LEDGER, RUNS = "HEAD#PROFILE", "HEAD#LEDGER", "HEAD#RUNS"


class MemoryProfiles:
    def __init__(self, rows: MemoryRows | None = None) -> None:
        self.rows = rows or MemoryRows()

    def head(self, profile_id: str) -> Head:
        profile = self.profile(profile_id)
        if owner := profile.value.owner:
            return self.head(owner)
        return Head(profile_id=profile_id, profile=profile, ledger=self.ledger(profile_id), runs=self.runs(profile_id))

    def profile(self, profile_id: str) -> Versioned[Profile]:
        return self.rows.read(profile_id, PROFILE) or Versioned(Profile(profile_id=profile_id))

    def ledger(self, profile_id: str) -> Versioned[Ledger]:
        return self.rows.read(profile_id, LEDGER) or Versioned(Ledger())

    def runs(self, profile_id: str) -> Versioned[Runs]:
        return self.rows.read(profile_id, RUNS) or Versioned(Runs())

    def commit(self, change: Change) -> None:
        if change.size > MOST_ROWS:
            message = f"{change.size} rows in one change; at most {MOST_ROWS}"
            raise ValueError(message)
        try:
            self.rows.commit(_writes(change))
        except Refused as refused:
            raised = {
                fingerprint(entry.event): stood.value.raises
                for entry in change.entries
                for sort in row_keys(entry.event)
                if (stood := refused.stood.get((home(entry.event), sort)))
            }
            if raised:
                raise Known(raised) from None
            raise

    def keep_runs(self, profile_id: str, runs: Versioned[Runs]) -> None:
        self.rows.commit([Write(profile_id, RUNS, runs.value, runs.version)])

    def timeline(self, profile_id: str, since: datetime, until: datetime | None = None) -> Iterator[Event]:
        low, high = span(since, until)
        events: list[Event] = [row.value.event for _, row in self.rows.between(profile_id, low, high)]
        return iter(within(events, since, until))


def _writes(change: Change) -> Iterator[Write]:
    for entry in change.entries:
        for sort in row_keys(entry.event):
            yield Write(home(entry.event), sort, entry)
    documents: tuple[tuple[str, Mapping[str, Versioned[Any]]], ...] = (
        (PROFILE, change.profiles),
        (LEDGER, change.ledgers),
        (RUNS, change.runs),
    )
    for sort, changed in documents:
        for profile_id, document in changed.items():
            yield Write(profile_id, sort, document.value, document.version)
