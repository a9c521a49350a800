"""What profiles need kept, and told."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from segue.events.event import Event
from segue.profiles.erasure import Erasure, Swept, Work
from segue.profiles.head import Head, Versioned
from segue.profiles.ledger import Ledger
from segue.profiles.profile import Profile
from segue.profiles.runs import Runs
from segue.profiles.signals import Enter, Signal
from segue.profiles.timeline import row_keys

#: DynamoDB's limit of items in a transaction.
MOST_ROWS = 100

#: The key under which `due` (segue.decisions.ports.Sends) finds a profile whose timer is set.
TIMER = "HEAD#PROFILE"


class Conflict(Exception):
    """Somebody else wrote the document first: read again and decide again."""


class Known(Exception):
    """These events are in the timeline already; `raised` is what they raised then, to be raised again.

    `brought` is what was told then of the same person because of them. The keys are the events' fingerprints
    (`segue.profiles.timeline`).
    """

    def __init__(
        self, raised: Mapping[str, tuple[Enter, ...]], brought: Mapping[str, tuple[Event, ...]] | None = None
    ) -> None:
        super().__init__(f"{len(raised)} events are known already")
        self.raised = raised
        self.brought = brought or {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event for the timeline of the partition it belongs to, with the runs that it begins (the outbox).

    `brought` is what Segue tells because of it: each has rows of its own, and is kept with this one, so that both are
    known again when it is repeated.
    """

    event: Event
    raises: tuple[Enter, ...] = ()
    brought: tuple["Entry", ...] = ()

    @property
    def all(self) -> tuple["Entry", ...]:
        return (self, *self.brought)

    @property
    def raised(self) -> tuple[Enter, ...]:
        """By itself and by what it brought."""
        return tuple(enter for entry in self.all for enter in entry.raises)

    @property
    def size(self) -> int:
        """In rows."""
        return sum(len(row_keys(entry.event)) for entry in self.all)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """All or nothing: new timeline rows, and the documents that they change, each conditional on its version.

    `wakes`: the profiles whose timer is set to another moment, or taken away.
    """

    entries: tuple[Entry, ...]
    profiles: Mapping[str, Versioned[Profile]] = field(default_factory=dict)
    ledgers: Mapping[str, Versioned[Ledger]] = field(default_factory=dict)
    runs: Mapping[str, Versioned[Runs]] = field(default_factory=dict)
    wakes: Mapping[str, datetime | None] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """In rows."""
        timeline = sum(entry.size for entry in self.entries)
        return timeline + len(self.profiles) + len(self.ledgers) + len(self.runs)


class Profiles(Protocol):
    """The people. Every read is strongly consistent."""

    def head(self, profile_id: str) -> Head:
        """The three documents in one Query; of the owner, when this anonymous profile has been linked to one."""

    def profile(self, profile_id: str) -> Versioned[Profile]:
        """One document, without following a link. Empty at version 0 when there is none."""

    def ledger(self, profile_id: str) -> Versioned[Ledger]: ...

    def runs(self, profile_id: str) -> Versioned[Runs]: ...

    def commit(self, change: Change) -> None:
        """Raise `Known` when any event is in the timeline already, `Conflict` when a version has moved on.

        At most `MOST_ROWS` rows (`Change.size`), since that is what DynamoDB takes at once.
        """

    def keep_runs(self, profile_id: str, runs: Versioned[Runs]) -> None:
        """Write the runs if they are still at this version, else raise `Conflict`."""

    def timeline(self, profile_id: str, since: datetime, until: datetime | None = None) -> Iterator[Event]:
        """The events of one partition, by time: `since <= timestamp < until`."""

    def entries(self, profile_id: str, since: datetime, until: datetime | None = None) -> Iterator[Entry]:
        """As `timeline`, with the runs that each began; without what each brought, which stands there itself."""

    def timer_again(self, profile_id: str, version: int, at: datetime) -> None:
        """Let `due` find the profile at this moment instead; nothing happens when it has another version by now."""


def person_of(profiles: Profiles, profile_id: str) -> Profile:
    """Whose profile it is now: it may have become a part of another. Without their ledger and runs."""
    profile = profiles.profile(profile_id).value
    return profiles.profile(profile.owner).value if profile.owner else profile


class Crowd(Protocol):
    """Many people at once."""

    def several(self, profile_ids: Iterable[str]) -> Mapping[str, Profile]:
        """As `Profiles.profile`, in few calls; without those whom nobody knows."""


class Timers(Protocol):
    """The way by which a person comes back when time alone may change something."""

    def ring(self, due: "Due", delay: timedelta) -> None:
        """Look at the person after the delay, which is at most 15 real minutes."""


@dataclass(frozen=True, slots=True)
class Due:
    """A person's timer: `at` is the moment for which it was set."""

    profile_id: str
    at: datetime


class Signals(Protocol):
    """The way to the journeys."""

    def raise_all(self, signals: Iterable[Signal]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A row of a person's partition, as it is kept: `document` is JSON, without what is as by default."""

    place: str
    key: str
    document: Mapping[str, Any]


class Records(Protocol):
    """The rows of people's partitions, whatever they are: to be shown, given out and erased."""

    def between(self, place: str, low: str, high: str, *, newest_first: bool = False) -> Iterator[Record]:
        """Those with `low <= key < high`, by key. Read as they are taken, and strongly consistent."""

    def forget(self, records: Iterable[Record]) -> None: ...


class Erasures(Protocol):
    """The receipts of erasures, also of those under way; and who is blocked, by prints that tell nobody who it is."""

    def find(self, receipt_id: str) -> Versioned[Erasure] | None: ...

    def keep(self, erasure: Versioned[Erasure]) -> Versioned[Erasure]:
        """As it is kept now. Raise `Conflict` when somebody else wrote it meanwhile."""

    def block(self, prints: Iterable[str], receipt_id: str) -> None: ...

    def blocked(self, prints: Iterable[str]) -> str | None:
        """The receipt under which any of these is blocked."""


class Executions(Protocol):
    """The executions of runs, as far as one has to be stopped from outside."""

    def stop(self, journey: str, run_id: str) -> None:
        """One that has ended, or never began, is left alone."""


class Errands(Protocol):
    """The way to whoever goes on with an erasure."""

    def go_on(self, receipt_id: str, after: timedelta) -> None: ...


class Traces(Protocol):
    """A kind of place where people leave traces, such as their partitions, rejected events, or exports.

    A new kind, such as analysis records, is one more in the list that an erasure goes through (`erase.Ports.traces`).
    """

    def sweep(self, work: Work, cursor: str, enough: Callable[[], bool]) -> Swept:
        """Delete what there is from `cursor` on (empty: from the beginning), until it is `enough`. May be repeated."""


class Trail(Protocol):
    """Who did what to whom, for auditors."""

    def note(self, at: datetime, who: str, did: str, to: str) -> None:
        """`to` is a profile id, or a receipt: nothing personal."""
