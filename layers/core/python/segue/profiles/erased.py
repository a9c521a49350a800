"""Who has been erased does not come back: their events, from whatever queue or import, are dropped before they count.

An erased person's documents say so in each of their partitions (`Profile.erased`), which is what the fold reads anyway:
looking costs nothing. What an event is about is told by its identifiers:

- its own, which its row would stand under: the event is dropped;
- a further one of a person, such as an e-mail address: dropped too, since it would bring them back under a new id;
- an anonymous id, or the id of a device, beside somebody else's, on a phone or tablet that they shared: the event is
  kept, without that id.

Whose root is marked is gone already, though an identifier of theirs may not have its own mark yet.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from segue.events.carried import identifiers_of
from segue.events.event import Event
from segue.events.identifier import ANONYMOUS, Identifier
from segue.events.identity import Identity
from segue.events.rejected import Rejected
from segue.events.vouching import FREE
from segue.profiles.identity import profile_id_of
from segue.profiles.mentioned import DISTINCT, mentioned
from segue.profiles.ports import Profiles
from segue.profiles.profile import Profile


class People(Protocol):
    """The documents as they are being changed: a `Drawer` of `segue.profiles.desk`."""

    def __getitem__(self, profile_id: str, /) -> Profile: ...


def screened(event: Event, people: People) -> Event | None:
    """The event as far as it may be kept; `None`: not at all. A person's own identifiers are not looked at again."""
    first, *others = event.who
    here = people[profile_id_of(first)]
    if _is_gone(here, people):
        return None
    person = people[here.owner] if here.owner else here
    for other in others:
        place = profile_id_of(other)
        if place in person.places or not _is_gone(people[place], people):
            continue
        if other.namespace not in FREE:
            return None
        event = _without(event, other)
    return event


def _is_gone(here: Profile, people: People) -> bool:
    return bool(here.erased or (here.owner and people[here.owner].erased))


def is_erased(rejected: Rejected, profiles: Profiles, identity: Identity) -> bool:
    """Whether a rejected event names, or mentions, somebody who has been erased: it must not be kept."""
    people = [*(profile_id_of(each) for each in said_by(rejected, identity)), *mentioned(rejected, identity)]
    return any(profiles.profile(each).value.erased for each in dict.fromkeys(people))


def said_by(rejected: Rejected, identity: Identity) -> list[Identifier]:
    """Whom a rejected call names, as far as it can be read. It was refused, so anything may stand there."""
    call = rejected.payload if isinstance(rejected.payload, dict) else {}
    event = Event(
        message_id=rejected.id,
        type="alias" if call.get("previousId") else "track",
        name="",
        timestamp=rejected.received_at,
        received_at=rejected.received_at,
        source=rejected.source,
        user_id=call.get("userId"),
        anonymous_id=call.get("anonymousId"),
        previous_id=call.get("previousId"),
        properties=_object(call, "properties"),
        traits=_object(call, "traits"),
        context=_object(call, "context"),
    )
    return [found.identifier for found in identifiers_of(event, identity).found]


def _without(event: Event, gone: Identifier) -> Event:
    """Nor does it stand anywhere in what the event says, as the id of a device stands in its context."""
    anonymous = gone.value if gone.namespace == ANONYMOUS else None
    return replace(
        event,
        anonymous_id=None if event.anonymous_id == anonymous else event.anonymous_id,
        previous_id=None if event.previous_id == anonymous else event.previous_id,
        identifiers=tuple(each for each in event.identifiers if each != gone),
        properties=_scrubbed(event.properties, gone.value),
        traits=_scrubbed(event.traits, gone.value),
        context={
            name: _scrubbed(said, gone.value, 1 if name == "device" else DISTINCT)
            for name, said in event.context.items()
        },
    )


def _scrubbed(said: Any, value: str, least: int = DISTINCT) -> Any:
    """Without a text that is this value, or, where that is kept by its hash, has it. A short one means other things."""
    match said:
        case dict():
            return {key: _scrubbed(each, value, least) for key, each in said.items() if not _is(each, value, least)}
        case list():
            return [_scrubbed(each, value, least) for each in said if not _is(each, value, least)]
        case _:
            return said


def _is(said: Any, value: str, least: int) -> bool:
    if not isinstance(said, str) or len(said) < least:
        return False
    plain = said.strip()
    return plain == value or hashlib.sha256(plain.encode(errors="replace")).hexdigest() == value


def _object(call: Mapping[str, Any], name: str) -> dict[str, Any]:
    given = call.get(name)
    return given if isinstance(given, dict) else {}
