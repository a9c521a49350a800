"""`Profiles` in memory."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from heapq import heappop, heappush
from typing import Any

from segue.events.event import Event
from segue.memory.rows import MemoryRows, Refused, Write
from segue.profiles.head import Head, Versioned
from segue.profiles.identity import home
from segue.profiles.ledger import Ledger
from segue.profiles.ports import MOST_ROWS, Change, Due, Entry, Known
from segue.profiles.profile import Profile
from segue.profiles.runs import Runs
from segue.profiles.timeline import fingerprint, row_keys, span, within

PROFILE, LEDGER, RUNS = "HEAD#PROFILE", "HEAD#LEDGER", "HEAD#RUNS"


class MemoryProfiles:
    def __init__(self, rows: MemoryRows | None = None) -> None:
        self.rows = rows or MemoryRows()
        self._wakes: dict[str, datetime] = {}
        self._agenda: list[tuple[datetime, str]] = []

    def head(self, profile_id: str) -> Head:
        profile = self.profile(profile_id)
        if owner := profile.value.owner:
            return self.head(owner)
        return Head(profile_id=profile_id, profile=profile, ledger=self.ledger(profile_id), runs=self.runs(profile_id))

    def profile(self, profile_id: str) -> Versioned[Profile]:
        return self.rows.read(profile_id, PROFILE) or Versioned(Profile(profile_id=profile_id))

    def several(self, profile_ids: Iterable[str]) -> Mapping[str, Profile]:
        found = {profile_id: self.profile(profile_id) for profile_id in profile_ids}
        return {profile_id: profile.value for profile_id, profile in found.items() if profile.version}

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
            known = {
                fingerprint(entry.event): stood.value
                for entry in change.entries
                for sort in row_keys(entry.event)
                if (stood := refused.stood.get((home(entry.event), sort)))
            }
            if known:
                raised = {key: entry.raised for key, entry in known.items()}
                brought = {key: tuple(told.event for told in entry.brought) for key, entry in known.items()}
                raise Known(raised, brought) from None
            raise
        for profile_id, at in change.wakes.items():
            self._wakes.pop(profile_id, None)
            if at:
                self._wakes[profile_id] = at
                heappush(self._agenda, (at, profile_id))

    def next_timer(self) -> Due | None:
        """Whose timer falls due next."""
        while self._agenda and self._wakes.get(self._agenda[0][1]) != self._agenda[0][0]:
            heappop(self._agenda)
        return Due(self._agenda[0][1], self._agenda[0][0]) if self._agenda else None

    def keep_runs(self, profile_id: str, runs: Versioned[Runs]) -> None:
        self.rows.commit([Write(profile_id, RUNS, runs.value, runs.version)])

    def timeline(self, profile_id: str, since: datetime, until: datetime | None = None) -> Iterator[Event]:
        return (entry.event for entry in self.entries(profile_id, since, until))

    def entries(self, profile_id: str, since: datetime, until: datetime | None = None) -> Iterator[Entry]:
        low, high = span(since, until)
        kept = {fingerprint(row.value.event): row.value for _, row in self.rows.between(profile_id, low, high)}
        return (kept[fingerprint(event)] for event in within((each.event for each in kept.values()), since, until))

    def timer_again(self, profile_id: str, version: int, at: datetime) -> None:
        """Nothing is lost in memory: whoever takes a timer answers it."""


def _writes(change: Change) -> Iterator[Write]:
    for entry in change.entries:
        for each in entry.all:
            for sort in row_keys(each.event):
                yield Write(home(each.event), sort, each)
    documents: tuple[tuple[str, Mapping[str, Versioned[Any]]], ...] = (
        (PROFILE, change.profiles),
        (LEDGER, change.ledgers),
        (RUNS, change.runs),
    )
    for sort, changed in documents:
        for profile_id, document in changed.items():
            yield Write(profile_id, sort, document.value, document.version)
