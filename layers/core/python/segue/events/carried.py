"""What an event says of who it was: every place that the Segment spec or the workspace names is looked into."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple, assert_never

from segue.events import normalise
from segue.events.event import Event
from segue.events.identifier import ANONYMOUS, USER, Identifier
from segue.events.identity import Identity, Rule
from segue.events.weight import is_unicode

#: An event with more is a mistake, or an attack; the first ones by rank are kept.
MOST_IDENTIFIERS = 20
MOST_CHARACTERS = 1024
PREVIOUS = "previousId"
_RANK = attrgetter("rank")


#: An event's properties and traits.
ByPlan = tuple[Mapping[str, Any], Mapping[str, Any]]


class Found(NamedTuple):
    """`place` as the client knows it, such as `traits.email`; `said` is the value there, `plain` it normalised.

    `identifier` holds `plain`, or its hash where its namespace asks for that.
    """

    identifier: Identifier
    place: str
    said: str
    plain: str
    rank: tuple[int, str]


@dataclass(slots=True)
class Carried:
    """`found` by rank, as often as it was said; `notes` tell why something is no identifier, and never quote it."""

    found: list[Found] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def identifiers_of(event: Event, identity: Identity, by_plan: ByPlan | None = None) -> Carried:
    """Read from the event's own fields; `Event.identifiers` is what is made of it.

    `by_plan` are its properties and traits as the tracking plan calls them: they are looked into as well, so that
    neither a name that the client uses nor the one that the workspace knows is missed.
    """
    carried = Carried()
    _take(carried, identity, USER, event.user_id, "userId")
    alias_of_user = event.type == "alias" and bool(carried.found)
    _take(carried, identity, ANONYMOUS, event.anonymous_id, "anonymousId")
    if alias_of_user:
        _take(carried, identity, ANONYMOUS, event.previous_id, PREVIOUS)
    traits = {} if event.type == "group" else event.traits  # those of a group are no person's
    _places(carried, identity, {"traits": traits, "properties": event.properties, "context": event.context})
    if by_plan:
        _places(carried, identity, {"properties": by_plan[0], "traits": by_plan[1], "context": {}})
        carried = Carried(list(dict.fromkeys(carried.found)), list(dict.fromkeys(carried.notes)))
    _device(carried, identity, event.context.get("device"))
    _external(carried, identity, event.context.get("externalIds"))
    carried.found.sort(key=_RANK)
    if len(carried.found) > MOST_IDENTIFIERS:
        carried.notes.append(f"there are more than {MOST_IDENTIFIERS} identifiers: the first by rank are kept")
        del carried.found[MOST_IDENTIFIERS:]
    return carried


def _places(carried: Carried, identity: Identity, said: Mapping[str, Mapping[str, Any]]) -> None:
    for parent, keys in identity.places:
        if held := said[parent[0]] and _held(said, parent):
            for key, namespace in keys:
                if key in held:
                    _take(carried, identity, namespace, held[key], ".".join((*parent, key)))


def _held(said: Mapping[str, Any], parent: tuple[str, ...]) -> dict[str, Any] | None:
    """The object at a path, if there is one."""
    held: Any = said
    for step in parent:
        if not isinstance(held, dict):
            return None
        held = held.get(step)
    return held if isinstance(held, dict) else None


def _device(carried: Carried, identity: Identity, device: Any) -> None:
    if not isinstance(device, dict) or not isinstance(device.get("type"), str):
        return
    kind = device["type"].lower()
    if kind in ("android", "ios"):
        _take(carried, identity, f"{kind}.id", device.get("id"), "context.device.id")
        if device.get("adTrackingEnabled") is True:
            _take(carried, identity, f"{kind}.idfa", device.get("advertisingId"), "context.device.advertisingId")
        _take(carried, identity, f"{kind}.push_token", device.get("token"), "context.device.token")


def _external(carried: Carried, identity: Identity, written: Any) -> None:
    """https://segment.com/docs/unify/identity-resolution/externalids/: those of `accounts` are a company's."""
    if not isinstance(written, list):
        return
    for number, each in enumerate(written[:MOST_IDENTIFIERS]):
        place = f"context.externalIds[{number}]"
        match each:
            case {"collection": "accounts"}:
                pass
            case {"id": value, "type": str() as type_, "collection": "users", "encoding": "none"}:
                _take(carried, identity, type_, value, place)
            case _:
                carried.notes.append(f"{place} needs id, type, collection: users and encoding: none: no identifier")
    if len(written) > MOST_IDENTIFIERS:
        carried.notes.append(f"context.externalIds has more than {MOST_IDENTIFIERS}: the rest are no identifiers")


def _take(carried: Carried, identity: Identity, namespace: str, value: Any, place: str) -> None:
    if value is None:
        return
    rule = identity.rule(namespace)
    if rule is None:
        carried.notes.append(f"{place} is of a namespace that is turned off, or that cannot be: no identifier")
        return
    try:
        said, plain = _read(value, rule, identity.default_region)
    except _NoIdentifierError as why:
        carried.notes.append(f"{place} {why}: no identifier")
        return
    if plain:
        kept = hashlib.sha256(plain.encode()).hexdigest() if rule.hashed else plain
        carried.found.append(Found(Identifier(namespace, kept), place, said, plain, (rule.rank, namespace)))


class _NoIdentifierError(Exception):
    """Says why, as what follows the place."""


def _read(value: Any, rule: Rule, region: str | None) -> tuple[str, str]:
    """As it was said, and normalised, at least without blanks around it; an empty text says nothing.

    Numbers are taken for texts, as in `userId`.
    """
    said = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(said, str):
        raise _NoIdentifierError("is no text")
    if not said.strip():
        return "", ""
    if len(said) > MOST_CHARACTERS or not is_unicode(said):
        raise _NoIdentifierError(f"is no text of at most {MOST_CHARACTERS} characters")
    if rule.blocked.holds(said):
        raise _NoIdentifierError("is a blocked value")
    plain = _normal(said, rule, region)
    if plain is not said and rule.blocked.holds(plain):
        raise _NoIdentifierError("is a blocked value")
    return said, plain


def _normal(said: str, rule: Rule, region: str | None) -> str:
    match rule.normalise:
        case "none":
            return said.strip()
        case "email":
            plain = normalise.email(said)
            flaw = "is no e-mail address"
        case "phone":
            plain = normalise.phone(said, region)
            flaw = "is no phone number" if region else "is no phone number with its country code (see default_region)"
        case never:
            assert_never(never)
    if plain is None:
        raise _NoIdentifierError(flaw)
    return plain


def named(namespace: str, value: str, identity: Identity) -> Identifier | None:
    """As somebody has it at hand, normalised and hashed as events' own are; `None` when nobody can be so named."""
    carried = Carried()
    _take(carried, identity, namespace, value, namespace)
    return carried.found[0].identifier if carried.found else None
