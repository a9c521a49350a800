"""What one event says of a person, folded into what is known. The order of events does not matter.

The e-mail events are those of Segment's e-mail spec; of consent see `segue.profiles.consent`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from segue.events.bounds import MOST_NAME_BYTES, fits, is_trait
from segue.events.event import Event
from segue.events.zones import zone_named
from segue.profiles import bounds
from segue.profiles.channel_source import channel_source, earliest, latest
from segue.profiles.computing import Computing
from segue.profiles.consent import Consents, signals_opt_out, statements
from segue.profiles.profile import (
    SUBSCRIBED,
    UNSUBSCRIBED,
    Counted,
    Part,
    Permission,
    Stamped,
    either,
    kept_consents,
    kept_subscriptions,
    subscription_key,
)
from segue.profiles.quiet import Quiet, quiet_said
from segue.profiles.suppression import BOUNCED, COMPLAINED
from segue.profiles.whereabouts import location_said

V = TypeVar("V", Stamped, Counted, Permission, Consents)

_PASSING_BOUNCES = frozenset({"soft", "transient"})
_SUBSCRIBES = {SUBSCRIBED: True, UNSUBSCRIBED: False}


def fold(part: Part, event: Event, computing: Computing | None = None) -> Part:
    """The part with one more event. The caller sees to it that no event is folded in twice."""
    at = event.timestamp
    traits = said_traits(event)
    zone, way = _zone(event, traits), channel_source(event)
    consents, consents_lost = _heard(part, event)
    part = Part(
        events=bounds.events(_once_more(part.events, event.name, at)),
        traits=bounds.traits(
            _with(part.traits, {name: Stamped(value, at) for name, value in traits.items() if is_trait(name, value)})
        ),
        consents=consents,
        subscriptions=part.subscriptions,
        suppressions=part.suppressions,
        time_zone=either(part.time_zone, zone, Stamped.merge),
        opted_out=either(part.opted_out, at if signals_opt_out(event) else None, min),
        quiet=either(part.quiet, quiet_said(event), Quiet.merge),
        location=either(part.location, location_said(event), Stamped.merge),
        first_source=earliest(part.first_source, way),
        last_source=latest(part.last_source, way),
        computed=computing.fold(part.computed, event) if computing else part.computed,
        consents_lost=consents_lost,
        subscriptions_lost=part.subscriptions_lost,
    )
    return _email(part, event, at) if event.type == "track" else part


def fold_consent(part: Part, event: Event) -> Part:
    """Of an event that may not be kept: only what it says of consent. Folded in again, it changes nothing."""
    consents, consents_lost = _heard(part, event)
    return replace(
        part,
        consents=consents,
        consents_lost=consents_lost,
        opted_out=either(part.opted_out, event.timestamp if signals_opt_out(event) else None, min),
    )


def _heard(part: Part, event: Event) -> tuple[Mapping[str, Consents], datetime | None]:
    said = statements(event)
    if not said:
        return part.consents, part.consents_lost
    return kept_consents(_with(part.consents, said), part.consents_lost)


def _once_more(events: Mapping[str, Counted], name: str, at: datetime) -> Mapping[str, Counted]:
    """As `_with`, on the way of every event."""
    seen = events.get(name)
    if seen:
        return {**events, name: Counted(seen.count + 1, min(seen.first, at), max(seen.last, at))}
    return _with(events, {name: Counted(1, at, at)})


def _email(part: Part, event: Event, at: datetime) -> Part:
    given = event.properties
    if event.name in _SUBSCRIBES:
        key = subscription_key((_text(given.get("channel")) or "email").lower(), _text(given.get("topic")))
        permission = Permission(_SUBSCRIBES[event.name], at)
        kept, lost = kept_subscriptions(_with(part.subscriptions, {key: permission}), part.subscriptions_lost)
        return replace(part, subscriptions=kept, subscriptions_lost=lost)
    if event.name in (BOUNCED, COMPLAINED) and str(given.get("bounce_type", "")).lower() not in _PASSING_BOUNCES:
        first = min(at, part.suppressions.get("email", at))
        return replace(part, suppressions={**part.suppressions, "email": first})
    return part


def said_traits(event: Event) -> dict[str, Any]:
    """Of the person: `identify`'s traits, and those that any call carries in its context."""
    carried = event.context.get("traits")
    carried = carried if isinstance(carried, dict) else {}
    return {**carried, **event.traits} if event.type == "identify" else carried


def _zone(event: Event, traits: Mapping[str, Any]) -> Stamped | None:
    for name in (traits.get("timezone"), event.context.get("timezone")):
        if isinstance(name, str) and zone_named(name):
            return Stamped(name, event.timestamp)
    return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _with(known: Mapping[str, V], said: Mapping[str, V]) -> Mapping[str, V]:
    """A name that is too long is none: it could fill the document."""
    if not said:
        return known
    merged = dict(known)
    for key, value in said.items():
        if key in merged:
            merged[key] = merged[key].merge(value)
        elif fits(key, MOST_NAME_BYTES):
            merged[key] = value
    return merged
