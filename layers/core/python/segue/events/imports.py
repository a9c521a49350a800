"""A large file of calls, one JSON object a line, is taken in: a portion at a time, so that any size will do.

A portion ends where time does; the next begins with the line after it. Whoever repeats one makes the same events again:
an event without a messageId gets one made of the file's name, the line's number and what it says.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from segue.events.event import IMPORT_SOURCE, Event
from segue.events.json_text import NotJson, parsed
from segue.events.plan import Violation
from segue.events.ports import Broken, Busy, EventBus, Imports
from segue.events.rejected import Rejected
from segue.events.spec import Reception, kept, read
from segue.events.times import parse_time
from segue.events.weight import weigh

SOURCE = IMPORT_SOURCE

#: So many lines are published together, and are repeated together when that fails.
LINES_AT_ONCE = 200
MOST_LINE_BYTES = 256 * 1024
_EXCERPT_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the import of one file has come. `etag` names its content: another upload is another import.

    `offset` is in bytes of the unpacked file, `line` the number of lines before it.
    """

    key: str
    etag: str
    uploaded_at: datetime
    offset: int = 0
    line: int = 0
    accepted: int = 0
    rejected: int = 0
    done: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """`end` is where the next one begins. Of one that is too long, `text` is only the beginning."""

    number: int
    text: bytes
    end: int
    too_long: bool = False


def bring_in(
    before: Progress,
    *,
    imports: Imports,
    bus: EventBus,
    by: Reception,
    enough: Callable[[], bool],
) -> Progress:
    """One portion: at least `LINES_AT_ONCE` lines, then until there is `enough`. `done` at the end of the file.

    A bus that is busy ends it too, if there was any progress; else raise `Busy`, and what else the ports raise.
    """
    so_far, broken = before, list[str]()
    pieces = _as_far_as_whole(imports.read(so_far.key, so_far.etag, so_far.offset), broken)
    for group in _groups(lines(pieces, so_far.offset, so_far.line)):
        try:
            so_far = _publish(group, so_far, bus, by)
        except Busy:
            if so_far == before:
                raise
            return so_far
        if enough() and not broken:
            return so_far
    for why in broken:
        bus.publish([], [_unreadable(so_far, why, by.received_at)])
        so_far = replace(so_far, rejected=so_far.rejected + 1)
    return replace(so_far, done=True)


def _as_far_as_whole(pieces: Iterator[bytes], broken: list[str]) -> Iterator[bytes]:
    try:
        yield from pieces
    except Broken as error:
        broken.append(str(error))


def _unreadable(so_far: Progress, why: str, now: datetime) -> Rejected:
    violations = (Violation(f"{so_far.key} after line {so_far.line}", why),)
    id_ = _made_id(Line(so_far.line, why.encode(), so_far.offset), so_far)
    return Rejected(id=id_, source=SOURCE, received_at=now, violations=violations, payload={"excerpt": ""})


def lines(pieces: Iterable[bytes], offset: int = 0, number: int = 0) -> Iterator[Line]:
    """Whatever the size of the pieces and of a line, no more than a piece and the longest line is held."""
    begun, length = b"", 0
    for piece in pieces:
        *whole, rest = piece.split(b"\n")
        for part in whole:
            offset, number = offset + length + len(part) + 1, number + 1
            yield _line(number, begun, part, length, offset)
            begun, length = b"", 0
        begun, length = (begun + rest)[: MOST_LINE_BYTES + 1], length + len(rest)
    if length:
        yield _line(number + 1, begun, b"", length, offset + length)


def _line(number: int, begun: bytes, part: bytes, before: int, end: int) -> Line:
    text = (begun + part)[: MOST_LINE_BYTES + 1]
    return Line(number, text, end, too_long=before + len(part) > MOST_LINE_BYTES)


def _groups(all_lines: Iterable[Line]) -> Iterator[list[Line]]:
    group: list[Line] = []
    for line in all_lines:
        group.append(line)
        if len(group) == LINES_AT_ONCE:
            yield group
            group = []
    if group:
        yield group


def _publish(group: list[Line], so_far: Progress, bus: EventBus, by: Reception) -> Progress:
    taken = [_take(line, so_far, by) for line in group if line.text.strip()]
    events = [each for each in taken if isinstance(each, Event)]
    rejected = [each for each in taken if isinstance(each, Rejected)]
    if taken:
        bus.publish(events, rejected)
    return replace(
        so_far,
        offset=group[-1].end,
        line=group[-1].number,
        accepted=so_far.accepted + len(events),
        rejected=so_far.rejected + len(rejected),
    )


def _take(line: Line, so_far: Progress, by: Reception) -> Event | Rejected:
    made = _made_id(line, so_far)
    call = _call(line)
    if isinstance(call, str):
        excerpt = line.text[:_EXCERPT_BYTES].decode(errors="replace")
        violations = (Violation(f"line {line.number}", call),)
        return Rejected(
            id=made, source=SOURCE, received_at=by.received_at, violations=violations, payload={"excerpt": excerpt}
        )
    call.setdefault("messageId", made)
    by = replace(by, digest=made, new_id=lambda: made)
    answer = read({**call, **own_time(call, so_far.uploaded_at, by.received_at)}, 0, by)
    if isinstance(answer, Event):
        return answer
    where = f"line {line.number}"
    told = tuple(replace(each, field=f"{where}: {each.field}".rstrip(": ")) for each in answer.violations)
    return replace(answer, violations=told, payload=kept(answer.payload, weigh(answer.payload)))


def _call(line: Line) -> dict[str, Any] | str:
    """The line's object, or what is wrong with the line."""
    if line.too_long:
        return f"is longer than {MOST_LINE_BYTES // 1024} KB"
    try:
        call = parsed(line.text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return "is not UTF-8"
    except NotJson as error:
        return f"is {error}"
    return call if isinstance(call, dict) else "is not a JSON object"


def own_time(call: Mapping[str, Any], uploaded_at: datetime, now: datetime) -> dict[str, Any]:
    """Of a call out of an archive, what to read of times in the place of what it says.

    The time that it says holds as it is: an old `sentAt` says nothing about the clock of today's upload.

    Where a call has both, as an archive of Segment's has, `originalTimestamp` is the client's time, by which an event
    is known, and `timestamp` the corrected one. Without any, it happened when the file was uploaded.
    """
    try:
        original, at = parse_time(call.get("originalTimestamp")), parse_time(call.get("timestamp"))
        if original and at:
            return {"sentAt": (now + (original - at)).isoformat()}
    except (ValueError, OverflowError):
        return {"sentAt": None}
    return {"sentAt": None, "timestamp": call.get("timestamp") or uploaded_at.isoformat()}


def _made_id(line: Line, so_far: Progress) -> str:
    said = hashlib.sha256(f"{so_far.key}#{line.number}#".encode() + line.text)
    return f"import-{said.hexdigest()[:32]}"
