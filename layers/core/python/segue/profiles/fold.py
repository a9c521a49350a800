"""What one event says of a person, folded into what is known. The order of events does not matter.

The e-mail events are those of Segment's e-mail spec; consent is Segment's consent context
(https://segment.com/docs/privacy/consent-management/).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from segue.events.event import Event
from segue.profiles.computing import Computing
from segue.profiles.profile import Counted, Part, Permission, Stamped, subscription_key
from segue.profiles.zones import zone_named

V = TypeVar("V", Stamped, Counted, Permission)

_EMAIL_SUPPRESSED_BY = frozenset({"Email Bounced", "Email Marked as Spam"})
_PASSING_BOUNCES = frozenset({"soft", "transient"})
_SUBSCRIBES = {"Subscribed": True, "Unsubscribed": False}
_CONSENT_EVENTS = frozenset({"Segment Consent Preference Updated", "Consent Preference Updated"})


def fold(part: Part, event: Event, computing: Computing | None = None) -> Part:
    """The part with one more event. The caller sees to it that no event is folded in twice."""
    at = event.timestamp
    traits = said_traits(event)
    zone = _zone(event, traits)
    part = Part(
        events=_with(part.events, [(event.name, Counted(1, at, at))]),
        traits=_with(part.traits, [(name, Stamped(value, at)) for name, value in traits.items()]),
        consents=_with(part.consents, [(purpose, Permission(on, at)) for purpose, on in _consents(event).items()]),
        subscriptions=part.subscriptions,
        suppressions=part.suppressions,
        time_zone=part.time_zone.merge(zone) if part.time_zone and zone else zone or part.time_zone,
        computed=computing.fold(part.computed, event) if computing else part.computed,
    )
    return _email(part, event, at) if event.type == "track" else part


def _email(part: Part, event: Event, at: datetime) -> Part:
    given = event.properties
    if event.name in _SUBSCRIBES:
        key = subscription_key(_text(given.get("channel")) or "email", _text(given.get("topic")))
        permission = Permission(_SUBSCRIBES[event.name], at)
        return replace(part, subscriptions=_with(part.subscriptions, [(key, permission)]))
    if event.name in _EMAIL_SUPPRESSED_BY and str(given.get("bounce_type", "")).lower() not in _PASSING_BOUNCES:
        first = min(at, part.suppressions.get("email", at))
        return replace(part, suppressions={**part.suppressions, "email": first})
    return part


def said_traits(event: Event) -> dict[str, Any]:
    """Of the person: `identify`'s traits, and those that any call carries in its context."""
    carried = event.context.get("traits")
    carried = carried if isinstance(carried, dict) else {}
    return {**carried, **event.traits} if event.type == "identify" else carried


def _consents(event: Event) -> Mapping[str, bool]:
    """By purpose, in lower case. What a consent event's own properties say goes before its context."""
    said: dict[str, bool] = {}
    sources = [event.context.get("consent")]
    if event.type == "track" and event.name in _CONSENT_EVENTS:
        sources.append(event.properties)
    for source in sources:
        preferences = source.get("categoryPreferences") if isinstance(source, dict) else None
        if isinstance(preferences, dict):
            said |= {purpose.strip().lower(): on for purpose, on in preferences.items() if isinstance(on, bool)}
    return said


def _zone(event: Event, traits: Mapping[str, Any]) -> Stamped | None:
    for name in (traits.get("timezone"), event.context.get("timezone")):
        if isinstance(name, str) and zone_named(name):
            return Stamped(name, event.timestamp)
    return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _with(known: Mapping[str, V], said: list[tuple[str, V]]) -> Mapping[str, V]:
    if not said:
        return known
    merged = dict(known)
    for key, value in said:
        merged[key] = merged[key].merge(value) if key in merged else value
    return merged
