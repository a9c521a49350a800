"""Who has been erased does not come back: their events, from whatever queue or import, are dropped before they count.

An erased person's documents say so in each of their partitions (`Profile.erased`), which is what the fold reads anyway:
looking costs nothing. What an event is about is told by its identifiers:

- its own, which its row would stand under: the event is dropped;
- a further one of a person, such as an e-mail address: dropped too, since it would bring them back under a new id;
- an anonymous id beside somebody else's user id, on a device that they shared: the event is kept, without that id.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from segue.events.event import Event
from segue.events.identifier import ANONYMOUS, Identifier
from segue.events.rejected import Rejected
from segue.profiles.named import named, place
from segue.profiles.ports import Profiles
from segue.profiles.profile import Profile


class People(Protocol):
    """The documents as they are being changed: a `Drawer` of `segue.profiles.desk`."""

    def __getitem__(self, profile_id: str, /) -> Profile: ...


def screened(event: Event, people: People) -> Event | None:
    """The event as far as it may be kept; `None`: not at all. A link that is known already is not looked at again."""
    first, *others = event.who
    mine = _root(place(first), people)
    if mine.erased:
        return None
    for other in others:
        if other.value in mine.links or not people[place(other)].erased:
            continue
        if other.namespace != ANONYMOUS:
            return None
        event = _without(event, other)
    return event


def is_erased(rejected: Rejected, profiles: Profiles) -> bool:
    """Whether a rejected event names somebody who has been erased: it must not be kept."""
    return any(profiles.profile(place(identifier)).value.erased for identifier in said_by(rejected))


def said_by(rejected: Rejected) -> Iterator[Identifier]:
    """Whom a rejected call names, as far as it can be read. It was refused, so anything may stand there."""
    call = rejected.payload if isinstance(rejected.payload, dict) else {}
    traits = [
        call.get("traits"),
        (call.get("context") or {}).get("traits") if _is_object(call.get("context")) else None,
    ]
    said = [("user_id", call.get("userId")), ("anonymous_id", call.get("anonymousId"))]
    said.append(("anonymous_id", call.get("previousId")))
    said += [(name, given.get(name)) for given in traits if isinstance(given, dict) for name in ("email", "phone")]
    for namespace, value in said:
        if value is not None and isinstance(value, str | int) and (known := named(namespace, str(value))):
            yield known


def _root(profile_id: str, people: People) -> Profile:
    found = people[profile_id]
    return people[found.owner.profile_id] if found.owner else found


def _without(event: Event, gone: Identifier) -> Event:
    return replace(
        event,
        anonymous_id=None if event.anonymous_id == gone.value else event.anonymous_id,
        previous_id=None if event.previous_id == gone.value else event.previous_id,
        identifiers=tuple(each for each in event.identifiers if each != gone),
    )


def _is_object(value: object) -> bool:
    return isinstance(value, dict)
