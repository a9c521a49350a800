"""An event of another system's bus is taken in: mapped to calls, and each call read as one that came over HTTP."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from segue.events.event import Event, belonging_to
from segue.events.identifier import Identifier
from segue.events.keys import FEEDBACK
from segue.events.plan import Violation, limited
from segue.events.rejected import Rejected
from segue.events.sources import Source, id_of, map_event
from segue.events.spec import Reception, kept, read
from segue.events.weight import weigh


class Gone(Enum):
    """Who has been erased is not to be heard of."""

    ERASED = "erased"


#: The identifier whose profile id this is; `None` when nobody is known by it.
Named = Callable[[str], Identifier | Gone | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Nothing at all: the source's mapping does not concern this bus event. `erased` counts calls of who is gone."""

    events: tuple[Event, ...] = ()
    rejected: Rejected | None = None
    erased: int = 0


def take(
    name: str,
    bus_event: Mapping[str, Any],
    *,
    sources: Mapping[str, Source],
    named: Named,
    by: Reception,
) -> Taken:
    """What is wrong with any of its calls rejects the bus event as it came; its other calls are taken all the same.

    So a replay maps it again, and those that were taken before are known by their ids. One that is of somebody who was
    erased is not kept, whatever is wrong with it: it may tell their address.
    """
    source = sources.get(name)
    if source is None:
        return Taken(rejected=_rejected(name, bus_event, [_unknown(name)], by.received_at))
    mapped = map_event(source, bus_event)
    violations, events, erased = list(mapped.troubles), [], 0
    by = replace(by, source=source.source, barred=lambda called: None if source.feedback else _barred(called))
    for place, call in mapped.calls:
        answer = _read(call, place, by, named)
        if isinstance(answer, Event):
            events.append(answer)
        elif answer is Gone.ERASED:
            erased += 1
        else:
            violations += answer
    keep = violations and not erased
    rejected = _rejected(name, bus_event, violations, by.received_at) if keep else None
    return Taken(events=tuple(events), rejected=rejected, erased=erased)


def _read(call: dict[str, Any], place: str, by: Reception, named: Named) -> Event | Gone | list[Violation]:
    """Of whom only our own id is known, as of who got an e-mail, the event is that identifier's and of no other."""
    profile_id: Any = call.pop("profileId", None)
    person: Identifier | None = None
    if profile_id is not None and not ({"userId", "anonymousId"} & call.keys()):
        found = named(profile_id) if isinstance(profile_id, str) else None
        if isinstance(found, Gone):
            return found
        person = found
        if person is None:
            return [Violation(f"{place}.profileId", "nobody is known by it")]
        call["anonymousId"] = profile_id
    answer = read(call, 0, by)
    if isinstance(answer, Event):
        return belonging_to(person, answer) if person else answer
    return [_of_source(violation, place) for violation in answer.violations]


def _of_source(violation: Violation, place: str) -> Violation:
    return replace(violation, field=f"{place}.{violation.field}".rstrip("."))


def _barred(name: str) -> str | None:
    feedback = "only a source with `feedback: true` may say what a channel's provider knows"
    return feedback if name in FEEDBACK else None


def _rejected(name: str, bus_event: Mapping[str, Any], violations: list[Violation], now: datetime) -> Rejected:
    return Rejected(
        id=id_of(name, bus_event),
        source=name,
        received_at=now,
        violations=limited(violations),
        payload=kept(bus_event, weigh(bus_event)),
        kind="bus event",
    )


def _unknown(name: str) -> Violation:
    return Violation("source", f"the workspace has no source {name!r}", "plan")
