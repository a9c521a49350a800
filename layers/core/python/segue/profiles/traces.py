"""Where a person leaves traces, kind by kind, and how each is swept: `Traces`, over what keeps them."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import IO, Protocol, TypeVar

from segue.events.identity import Identity
from segue.events.ports import Rejections
from segue.events.rejected import Rejected
from segue.profiles.erased import said_by
from segue.profiles.erasure import Swept, Work
from segue.profiles.forgetting import forget
from segue.profiles.identity import profile_id_of
from segue.profiles.mentioned import DISTINCT, mentioned
from segue.profiles.ports import Profiles, Record, Records
from segue.profiles.showing import event_in

T = TypeVar("T")

#: So many rows are deleted before time is looked at again.
_SOME = 500

#: The kinds as a receipt tells them, by the first word of a row's key.
_KINDS = {"EVENT": "timeline rows", "SEEN": "timeline rows", "DECISION": "decisions", "INBOX": "inbox cards"}
_DOCUMENT = "HEAD#"

#: The keys on both sides of the three documents, which stay as markers.
_PARTS = (("", _DOCUMENT), ("HEAD$", "\x7f"))


@dataclass(frozen=True, slots=True)
class Partitions:
    """Everything in the person's partitions but the markers; and what others remember of the person.

    Beyond a limit only one of two identifiers remembers the other, so the events tell who they are.
    """

    records: Records
    profiles: Profiles

    def sweep(self, work: Work, cursor: str, enough: Callable[[], bool]) -> Swept:  # noqa: ARG002 - rows that are gone are not met again
        deleted: Counter[str] = Counter()
        rows = (row for at in work.places for low, high in _PARTS for row in self.records.between(at, low, high))
        forgotten = set(work.places)
        for some in _batches(rows):
            others = {other for row in some for other in _named_beside(row)} - forgotten
            forget(set(work.places), sorted(others), self.profiles)
            forgotten |= others
            self.records.forget(some)
            deleted.update(_kind(row) for row in some)
            if enough():
                return Swept(deleted=deleted, cursor="more")
        return Swept(deleted=deleted)


@dataclass(frozen=True, slots=True)
class Refusals:
    """Rejected events that name the person, of as many days as they are kept."""

    rejections: Rejections
    identity: Identity
    today: date
    days: int

    def sweep(self, work: Work, cursor: str, enough: Callable[[], bool]) -> Swept:
        deleted = 0
        since = datetime.fromisoformat(cursor) if cursor else None
        for some in _batches(self._kept(since)):
            theirs = [each for each in some if _is_theirs(each, work.places, work.names, self.identity)]
            self.rejections.forget(theirs)
            deleted += len(theirs)
            last = some[-1].received_at
            if enough() and len(some) == _SOME and (since is None or last > since):
                return Swept(deleted=_counted(deleted), cursor=last.isoformat())
        return Swept(deleted=_counted(deleted))

    def of(self, places: Collection[str], names: Iterable[str]) -> Iterator[Rejected]:
        """Those that name the person: by their profile ids, and what they go by."""
        names = tuple(names)
        return (each for each in self._kept(None) if _is_theirs(each, places, names, self.identity))

    def _kept(self, since: datetime | None) -> Iterator[Rejected]:
        for back in range(self.days, -2, -1):
            day = self.today - timedelta(days=back)
            if since is None or day >= since.astimezone(UTC).date():
                yield from self.rejections.on(day, since)


class Exports(Protocol):
    """Where exports wait to be fetched."""

    def put(self, place: str, name: str, document: IO[bytes]) -> str:
        """The address, which is open to whoever has it, for a while."""

    def forget(self, place: str) -> int:
        """Delete those of this profile id; how many there were."""


@dataclass(frozen=True, slots=True)
class Exported:
    exports: Exports

    def sweep(self, work: Work, cursor: str, enough: Callable[[], bool]) -> Swept:  # noqa: ARG002 - they are few
        deleted = sum(self.exports.forget(at) for at in work.places)
        return Swept(deleted={"exports": deleted} if deleted else {})


def _named_beside(row: Record) -> Iterator[str]:
    """Whom else an event was about, as profile ids."""
    if row.key.startswith("EVENT#") and (event := event_in(row)):
        yield from map(profile_id_of, event.who)


def _kind(row: Record) -> str:
    word = row.key.partition("#")[0]
    if word == "DECISION" and row.document.get("state") == "deferred":
        return "deferred sends"
    return _KINDS.get(word, f"{word.lower()} rows")


def _is_theirs(rejected: Rejected, places: Collection[str], names: Iterable[str], identity: Identity) -> bool:
    """By whom the call names; or, since anything may stand in it, by an identifier of theirs anywhere in its text."""
    people = [*(profile_id_of(each) for each in said_by(rejected, identity)), *mentioned(rejected, identity)]
    if not set(places).isdisjoint(people):
        return True
    return any(len(name) >= DISTINCT and _stands_in(name.lower(), rejected.payload) for name in names)


def _stands_in(name: str, value: object) -> bool:
    """As a whole value; in an excerpt, which is but text, anywhere. What is very deep is kept as an excerpt."""
    match value:
        case {"excerpt": str(text), **rest} if not rest:
            return name in text.lower()
        case str():
            return value.strip().lower() == name
        case dict():
            return any(_stands_in(name, each) for each in value.values())
        case list():
            return any(_stands_in(name, each) for each in value)
        case _:
            return False


def _counted(deleted: int) -> dict[str, int]:
    return {"rejected events": deleted} if deleted else {}


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, _SOME)):
        yield some
