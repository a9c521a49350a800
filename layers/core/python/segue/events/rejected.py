"""An event that could not be taken: kept with all that is wrong with it, to be mended and replayed."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from segue.events.plan import Violation
from segue.events.times import happened, parse_time

_POSITION = re.compile(r"\[\d+\]")
#: `properties` of `properties.ada@example.com`, or `mapping[0].properties` of what a cloud source made of an event.
_NAMED_BY_US = re.compile(r"(?:mapping\[\d+\]\.)?[A-Za-z]*")
_MOST_FIELDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """`payload` is the call as the client wrote it, with the batch's `context` and `sentAt` merged in.

    Of an IP address in it there is as much as the workspace lets be kept.
    One that is very large, or that is no valid JSON value, is kept as `{"excerpt": <the beginning of its text>}`.
    `id` is the message id if that is usable; else it is made from the request, so that a retry has the same.
    A `kind` of `bus event` is an event of a cloud source as its bus delivered it, whose `source` maps it to calls.
    """

    id: str
    source: str
    received_at: datetime
    violations: tuple[Violation, ...]
    payload: Any
    kind: Literal["call", "bus event"] = "call"

    @property
    def fingerprint(self) -> str:
        """Equal for a call and its repetition by the client, which differs only in when it was sent."""
        call = self.payload
        said = {name: call[name] for name in call.keys() - {"sentAt"}} if isinstance(call, dict) else call
        return hashlib.sha256(json.dumps([self.source, self.id, said], sort_keys=True).encode()).hexdigest()

    @property
    def whole(self) -> bool:
        """Whether all of it was kept, so that it can be replayed."""
        return isinstance(self.payload, dict) and set(self.payload) != {"excerpt"}


def once(kept: Iterable[Rejected]) -> list[Rejected]:
    """Each call once, as it came first, in the order of receipt: every repetition is kept too, at its own time."""
    first: dict[str, Rejected] = {}
    for each in sorted(kept, key=lambda rejected: rejected.received_at):
        first.setdefault(each.fingerprint, each)
    return list(first.values())


def counts(kept: Iterable[Rejected]) -> Counter[tuple[str, str]]:
    """How many of which event, by what is wrong with them; the position in an array makes no difference."""
    counted: Counter[tuple[str, str]] = Counter()
    for each in kept:
        name = _name(each.payload)
        wrong = {f"{_POSITION.sub('[]', it.field)}: {it.message}" if it.field else it.message for it in each.violations}
        counted.update((name, told) for told in wrong)
    return counted


def fields(kept: Iterable[Rejected]) -> list[str]:
    """Where the violations are, as it may be logged: a few, and no further than to what clients name themselves."""
    ways = {violation.field for each in kept for violation in each.violations}
    return sorted({found[0] for way in ways if (found := _NAMED_BY_US.match(way))})[:_MOST_FIELDS]


def _name(call: Any) -> str:
    """A track call's event as the client wrote it, else what kind of call it is."""
    if not isinstance(call, dict):
        return "(no call)"
    return str(call.get("event") or call.get("type") or "(no call)")[:100]


def call_again(rejected: Rejected, now: datetime) -> dict[str, Any] | None:
    """The call to post at once, when the plan has been mended. It happened when it did, and counts once.

    So it has the id that it was rejected with and the client's own time, by which a repetition is known; `sentAt` is
    made such that ingest corrects that time as it would have then. Without any, it has that of its receipt.

    `None` if it is no call or was not kept whole, or if its key may not send it: it is not for the key of a replay to
    allow it.
    """
    call = rejected.payload
    if rejected.kind != "call" or not rejected.whole:
        return None
    if any(violation.rule == "key" for violation in rejected.violations):
        return None
    again = {name: value for name, value in call.items() if name not in ("originalTimestamp", "sentAt")}
    original = _time(call.get("originalTimestamp")) or _time(call.get("timestamp"))
    at = happened(original, _time(call.get("sentAt")), rejected.received_at).at
    sent = {}
    if original and original != at:
        try:
            sent = {"sentAt": (now + (original - at)).isoformat()}
        except OverflowError:
            original = None
    return {**again, "messageId": rejected.id, "timestamp": (original or at).isoformat(), **sent}


def _time(written: object) -> datetime | None:
    try:
        return parse_time(written)
    except ValueError:
        return None
