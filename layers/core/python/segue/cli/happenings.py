"""What an event of a person's story says of their wishes and standing, in words. Of others the name is enough."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from segue.decisions.subscription import ALL
from segue.decisions.words import moment
from segue.events.event import Event
from segue.profiles.consent import CONSENT_EVENTS, PREFERENCE_EVENTS, statements
from segue.profiles.profile import SUBSCRIBED, UNSUBSCRIBED
from segue.profiles.quiet import PREFERENCES_UPDATED, quiet_said
from segue.profiles.telling import SEGMENT_ENTERED, SEGMENT_LEFT, STAGE_CHANGED


def details(event: Event, zone: tzinfo) -> str:
    """Empty where there is none to tell. `zone` is where the person is."""
    said = event.properties
    if event.name in CONSENT_EVENTS or event.name in PREFERENCE_EVENTS:
        return ", ".join(f"{name} {each.latest.said.value}" for name, each in sorted(statements(event).items()))
    if event.name in (SUBSCRIBED, UNSUBSCRIBED):
        return _whereof(said, "to" if event.name == SUBSCRIBED else "from")
    if event.name == PREFERENCES_UPDATED:
        return _wishes(event.context.get("traits"))
    if (quiet := quiet_said(event)) and quiet.on:
        return f"until {moment(quiet.until, zone)}" if quiet.until else "until they say otherwise"
    return _standing(event)


def _standing(event: Event) -> str:
    said = event.properties
    if event.name == STAGE_CHANGED:
        return f"from {said.get('from') or 'none'} to {said.get('to') or 'none'}"
    return str(said.get("segment", "")) if event.name in (SEGMENT_ENTERED, SEGMENT_LEFT) else ""


def _whereof(said: Mapping[str, Any], preposition: str) -> str:
    channel, topic = said.get("channel") or "email", said.get("topic")
    by = "all channels" if channel == ALL else channel
    return f"{preposition} {topic} by {by}" if topic else f"{preposition} {by}"


def _wishes(said: Any) -> str:
    if not isinstance(said, Mapping):
        return ""
    return ", ".join(f"{name} {value if value not in (None, '') else 'none'}" for name, value in said.items())
