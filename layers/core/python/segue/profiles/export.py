"""Everything about a person as one JSON document, piece by piece, so that no length is too long."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from pydantic import TypeAdapter

from segue.events.rejected import Rejected
from segue.profiles.erase import names
from segue.profiles.head import Head
from segue.profiles.ports import Record, Records
from segue.profiles.showing import event_in, event_shown, identifiers
from segue.profiles.traces import Refusals

#: By the first word of their keys, sorted: the rows that are told in a section of their own, and `SEEN`, which says
#: nothing that `EVENT` does not. All others are told under their own word.
_TOLD = ("DECISION", "EVENT", "HEAD", "INBOX", "SEEN")

#: What became of a wish to send, as far as a message came of it.
_MESSAGES = frozenset({"sent", "failed"})


_REJECTED = TypeAdapter(Rejected)


def export(head: Head, *, records: Records, refusals: Refusals, now: datetime) -> Iterator[str]:
    """The pieces of the document. Rows stand as they are kept; an event that stands in two rows is told once.

    Of rejected events those are told that an erasure would delete.
    """
    person = head.profile.value
    yield "{" + _member("exported_at", now.isoformat())
    yield "," + _member("profile_id", head.profile_id)
    yield "," + _member("identifiers", identifiers(person))
    yield "," + _member("documents", list(_documents(person.places, records)))
    rejected = (_REJECTED.dump_python(each, mode="json") for each in refusals.of(person.places, names(person)))
    for name, items in chain(_sections(person.places, records), [("rejected", rejected)]):
        yield f",{json.dumps(name)}:["
        for number, item in enumerate(items):
            yield ("," if number else "") + json.dumps(item, separators=(",", ":"))
        yield "]"
    yield "}"


def _member(name: str, value: Any) -> str:
    return f"{json.dumps(name)}:{json.dumps(value, separators=(',', ':'))}"


def _documents(places: Iterable[str], records: Records) -> Iterator[dict[str, Any]]:
    """Profile (with consents and subscriptions), ledger and runs of each partition."""
    for place in places:
        for row in records.between(place, "HEAD#", "HEAD$"):
            yield {"profile_id": place, "kind": row.key.removeprefix("HEAD#").lower(), **row.document}


def _sections(places: tuple[str, ...], records: Records) -> Iterator[tuple[str, Iterable[Any]]]:
    yield "events", _events(places, records)
    yield "decisions", (row.document for row in _rows(places, "DECISION", records))
    yield "messages", _messages(places, records)
    yield "inbox", (row.document for row in _rows(places, "INBOX", records))
    yield "others", _others(places, records)


def _events(places: tuple[str, ...], records: Records) -> Iterator[dict[str, Any]]:
    for row in _rows(places, "EVENT", records):
        if event := event_in(row):
            yield event_shown(event)


def _messages(places: tuple[str, ...], records: Records) -> Iterator[dict[str, Any]]:
    for row in _rows(places, "DECISION", records):
        said = row.document
        if said.get("state") in _MESSAGES:
            request = said["request"]
            message = {name: request.get(name) for name in ("send_id", "template", "channel", "category", "topic")}
            yield {**message, "state": said["state"], "finished_at": said.get("finished_at")}


def _others(places: tuple[str, ...], records: Records) -> Iterator[dict[str, Any]]:
    ends = ["", *(end for word in _TOLD for end in (f"{word}#", f"{word}$")), "\x7f"]
    for place in places:
        for low, high in zip(ends[::2], ends[1::2], strict=True):
            for row in records.between(place, low, high):
                yield {"kind": row.key.partition("#")[0].lower(), **row.document}


def _rows(places: Iterable[str], word: str, records: Records) -> Iterator[Record]:
    for place in places:
        yield from records.between(place, f"{word}#", f"{word}$")
