"""A person as they are shown to whoever may see them: the profile, and pages of what happened and was decided."""

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from pydantic_core import to_jsonable_python

from segue.events.carried import named
from segue.events.event import Event, EventType
from segue.events.identifier import ANONYMOUS, USER
from segue.events.identity import EMAIL, PHONE, Identity
from segue.moment import Moment
from segue.profiles import cursor
from segue.profiles.cursor import Position
from segue.profiles.explain import Bond
from segue.profiles.head import Head
from segue.profiles.identity import profile_id_of
from segue.profiles.ports import Profiles, Record, Records
from segue.profiles.profile import Permission, Profile
from segue.profiles.runs import Run
from segue.profiles.timeline import MOST_SKEW, fingerprint, row_keys

#: The order in which people write names.
GUESSED = (USER, EMAIL, PHONE, ANONYMOUS)

#: What the workspace's definitions add to a profile: `shown` takes these words.
DEFINED = ("computed", "rfm", "segments", "lifecycle", "session", "engagement")

#: Entries of a page, at most.
MOST_ENTRIES = 100

#: Of decisions with all their checks a page is shorter where they are large: Lambda answers with six megabytes at most.
MOST_BYTES = 4 * 1024 * 1024

#: So many rows are looked at for a page; when a filter leaves few of them, the page is short and the next goes on.
MOST_ROWS = 2_000

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)
_EVER = datetime.max.replace(tzinfo=UTC)
_OF_A_KEY = timedelta(milliseconds=1)  # to which its time is cut
_AFTER_ALL = "\uffff"


class WantedPage(BaseModel):
    """As somebody asks for it. `cursor` is of the page before."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    limit: int = Field(default=50, ge=1, le=MOST_ENTRIES)
    cursor: str | None = None


class WantedSpan(WantedPage):
    """`since <= moment < until`."""

    since: Moment | None = None
    until: Moment | None = None

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.since and self.until and self.since >= self.until:
            raise ValueError("since: is not before until")
        return self


class Wanted(WantedSpan):
    """Of a timeline: `since <= timestamp < until`, by the event's canonical name, by its type."""

    name: str | None = None
    type: EventType | None = None

    def takes(self, event: Event) -> bool:
        return (
            (self.since is None or event.timestamp >= self.since)
            and (self.until is None or event.timestamp < self.until)
            and self.name in (None, event.name)
            and self.type in (None, event.type)
        )


class WantedDecisions(WantedSpan):
    """`since <= requested < until`; by the last answer, or how it ended: its reason, action and channel."""

    reason: str | None = None
    action: Literal["send", "defer", "drop"] | None = None
    channel: str | None = None

    def takes(self, record: Mapping[str, Any]) -> bool:
        """A record as it is kept. One that nobody has answered yet has a channel at most."""
        decisions: Sequence[Mapping[str, Any]] = record.get("decisions") or ({},)
        last = decisions[-1]
        return (
            self.reason in (None, record.get("reason") or last.get("reason"))
            and self.action in (None, last.get("action"))
            and self.channel in (None, last.get("channel") or record["request"]["channel"])
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The latest first. No `cursor`: there is nothing before these."""

    entries: tuple[dict[str, Any], ...]
    cursor: str | None


def find(namespace: str, value: str, profiles: Profiles, identity: Identity) -> Head | None:
    """The person of an identifier, in any spelling that means the same; `None` if nobody is known by it."""
    identifier = named(namespace, value, identity)
    return look_up(profile_id_of(identifier), profiles) if identifier else None


def people(name: str, namespace: str | None, profiles: Profiles, identity: Identity) -> tuple[tuple[str, Head], ...]:
    """Whom a name fits, each person once, with the namespace in which it does; by `GUESSED` if none is said.

    Then it may also be a profile id. Partitions of an erased person are one person.
    """
    found = [(each, find(each, name, profiles, identity)) for each in ([namespace] if namespace else GUESSED)]
    if namespace is None:
        found.append(("(profile id)", look_up(name.strip(), profiles)))
    distinct: dict[str, tuple[str, Head]] = {}
    for how, head in found:
        if head:
            distinct.setdefault(head.profile.value.erased or head.profile_id, (how, head))
    return tuple(distinct.values())


def look_up(profile_id: str, profiles: Profiles) -> Head | None:
    """Of an erased person the head says so (`Profile.erased`); `None` if there never was one."""
    head = profiles.head(profile_id)
    return head if head.profile.version else None


def shown(head: Head, words: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """All that is known, as plain JSON; `words` are those that the workspace's definitions add (`Rules.read`)."""
    profile, whole = head.profile.value, head.profile.value.whole
    return {
        "profile_id": head.profile_id,
        "identifiers": identifiers(profile),
        "traits": profile.traits(),
        "events": {
            name: {"count": seen.count, "first": seen.first.isoformat(), "last": seen.last.isoformat()}
            for name, seen in sorted(whole.events.items())
        },
        "consents": {name: to_jsonable_python(said.history) for name, said in sorted(whole.consents.items())},
        "opted_out": whole.opted_out.isoformat() if whole.opted_out else None,
        "do_not_disturb": to_jsonable_python(whole.quiet),
        "subscriptions": _permissions(whole.subscriptions),
        "suppressions": {channel: since.isoformat() for channel, since in sorted(whole.suppressions.items())},
        "time_zone": whole.time_zone.value if whole.time_zone else None,
        "location": whole.location.value if whole.location else None,
        "first_source": to_jsonable_python(whole.first_source),
        "last_source": to_jsonable_python(whole.last_source),
        **to_jsonable_python(dict(words or {})),
        "runs": [_run(run) for run in sorted(head.runs.value.runs.values(), key=lambda run: run.entry.timestamp)],
    }


def identifiers(profile: Profile) -> list[dict[str, str]]:
    return [{"namespace": each.namespace, "value": each.value} for each in profile.identifiers]


def bond(said: Bond) -> dict[str, Any]:
    """Why the profile has an identifier, or why not one with which it was also seen."""
    return {
        "namespace": said.identifier.namespace,
        "value": said.identifier.value,
        "joined": said.joined,
        "through": f"{said.through.namespace}:{said.through.value}",
        "said_at": said.claim.at.isoformat(),
        "said_by": said.claim.message_id,
        "why": said.why,
    }


def timeline(profile: Profile, wanted: Wanted, records: Records) -> Page:
    """What happened, over the partitions of all the person's identifiers. Raise `cursor.BadCursor`."""
    before = cursor.read(wanted.cursor) if wanted.cursor else (wanted.until or _EVER, "")
    since = wanted.since
    found: list[tuple[Position, Event]] = []
    for event, read in _newest_first(_event_rows(profile, records, before[0], since)):
        if event is not None:
            at = (event.timestamp, fingerprint(event))
            if at < before and wanted.takes(event):
                found.append((at, event))
        if len(found) > wanted.limit:
            return _page(found[: wanted.limit], found[wanted.limit - 1][0])
        if event is None and read.rows >= MOST_ROWS and read.settled < before[0]:
            return _page(found, (read.settled, _AFTER_ALL))
    return _page(found, None)


def decisions(profile: Profile, wanted: WantedDecisions, records: Records) -> Page:
    """Every wish to send with every answer to it and their checks, as they are kept. Raise `cursor.BadCursor`."""
    before = cursor.read(wanted.cursor) if wanted.cursor else (wanted.until or _EVER, "")
    low = f"DECISION#{_key_moment(wanted.since)}" if wanted.since else "DECISION#"
    high = f"DECISION#{_key_moment(before[0])}$" if before[0] < _EVER else "DECISION$"
    rows = heapq.merge(
        *(records.between(at, low, high, newest_first=True) for at in profile.places),
        key=_requested,
        reverse=True,
    )
    found: list[tuple[Position, Record]] = []
    last, size = None, 0
    for number, row in enumerate(rows, start=1):
        at = _requested(row)
        if at < before and wanted.takes(row.document):
            found.append((at, row))
            size += len(json.dumps(row.document))
        if len(found) > wanted.limit or (size > MOST_BYTES and len(found) > 1):
            found.pop()
            last = found[-1][0]
            break
        if number >= MOST_ROWS and at < before:
            last = at
            break
    return Page(entries=tuple(dict(row.document) for _, row in found), cursor=cursor.write(last) if last else None)


def event_in(row: Record) -> Event | None:
    """`None` when the event stands in a second row, at its corrected time, and is told there."""
    event = _EVENT.validate_python(row.document["event"])
    at_last = [key for key in row_keys(event) if key.startswith("EVENT#")][-1]
    return event if row.key == at_last else None


def event_shown(event: Event) -> dict[str, Any]:
    shown: dict[str, Any] = _EVENT.dump_python(event, mode="json", exclude_defaults=True)
    return shown


@dataclass(slots=True)
class _Read:
    """Every event later than `settled` has been met."""

    rows: int = 0
    settled: datetime = _EVER


def _newest_first(rows: Iterable[tuple[datetime, Event]]) -> Iterator[tuple[Event | None, _Read]]:
    """The events by their corrected time, from rows by the time in their keys, which is off by `MOST_SKEW` at most."""
    read = _Read()
    waiting: list[tuple[_Latest, str, Event]] = []
    for at, event in rows:
        read.rows += 1
        read.settled = at + MOST_SKEW + _OF_A_KEY
        while waiting and waiting[0][2].timestamp > read.settled:
            yield heapq.heappop(waiting)[2], read
        heapq.heappush(waiting, (_Latest(event), fingerprint(event), event))
        yield None, read
    while waiting:
        yield heapq.heappop(waiting)[2], read


class _Latest:
    """Sorts the latest event first."""

    def __init__(self, event: Event) -> None:
        self._order = (event.timestamp, fingerprint(event))

    def __lt__(self, other: "_Latest") -> bool:
        return self._order > other._order


def _event_rows(
    profile: Profile, records: Records, before: datetime, since: datetime | None
) -> Iterator[tuple[datetime, Event]]:
    low = f"EVENT#{_key_moment(since - MOST_SKEW)}" if since else "EVENT#"
    high = f"EVENT#{_key_moment(before + MOST_SKEW)}$" if before < _EVER - MOST_SKEW else "EVENT$"
    rows = heapq.merge(
        *(records.between(at, low, high, newest_first=True) for at in profile.places),
        key=lambda row: row.key,
        reverse=True,
    )
    for row in rows:
        event = event_in(row)
        if event:
            yield datetime.fromisoformat(row.key.split("#", 2)[1]), event


def _requested(row: Record) -> Position:
    _, at, rest = row.key.split("#", 2)
    return datetime.fromisoformat(at), f"{rest}/{row.place}"


def _page(found: list[tuple[Position, Event]], last: Position | None) -> Page:
    return Page(entries=tuple(event_shown(event) for _, event in found), cursor=cursor.write(last) if last else None)


def _key_moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _permissions(given: Mapping[str, Permission]) -> dict[str, dict[str, Any]]:
    return {name: {"granted": said.granted, "at": said.at.isoformat()} for name, said in sorted(given.items())}


def _run(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "journey": run.journey,
        "version": run.version,
        "entered_at": run.entry.timestamp.isoformat(),
        "waits_at": run.wait.step if run.wait and run.alive else None,
        "ended": run.ended.value if run.ended else None,
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
    }
