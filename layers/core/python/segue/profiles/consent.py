"""What a person has said about a purpose: granted, denied or withdrawn, when and how; kept as a bounded history.

Names are kept as they were said, in lower case: a purpose, or the category of a consent manager. What a category stands
for is the policy's to say, so that a change of the policy changes no history.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from segue.events.bounds import cut, short
from segue.events.event import Event

#: How many statements about a purpose a part keeps. All of them are in the timeline.
MOST_KEPT = 10

#: https://www.twilio.com/docs/segment/privacy/consent-management/consent-in-unify, and the name other senders give it.
PREFERENCE_EVENTS = frozenset({"Segment Consent Preference Updated", "Consent Preference Updated"})


class Said(StrEnum):
    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


#: One purpose each, in the property `purpose`.
CONSENT_EVENTS: Mapping[str, Said] = {
    "Consent Given": Said.GRANTED,
    "Consent Denied": Said.DENIED,
    "Consent Withdrawn": Said.WITHDRAWN,
}

_NAMES = PREFERENCE_EVENTS | set(CONSENT_EVENTS)

_RESTRICTIVE = {Said.GRANTED: 0, Said.DENIED: 1, Said.WITHDRAWN: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One statement. `source` is that of the event, `page` where they were asked, `region` what law they are under.

    `message_id` is of an event that the person's choice caused. Without it, it is the stamp of what a consent manager
    knew, which any event may carry.
    """

    said: Said
    at: datetime
    source: str = ""
    message_id: str = ""
    page: str | None = None
    text_version: str | None = None
    region: str | None = None
    method: str | None = None

    @property
    def granted(self) -> bool:
        return self.said is Said.GRANTED

    @property
    def explicit(self) -> bool:
        return bool(self.message_id)

    @property
    def order(self) -> tuple[Any, ...]:
        """Total: by time; of two at once the more restrictive is the later one."""
        how = (self.source, self.page or "", self.text_version or "", self.region or "", self.method or "")
        return (self.at, _RESTRICTIVE[self.said], self.message_id, *how)

    @property
    def kind(self) -> tuple[Any, ...]:
        """Stamps that differ in nothing but their time are one statement, repeated."""
        if self.message_id:
            return (self.message_id, self.at)
        return (self.said, self.source, self.text_version, self.region)


@dataclass(frozen=True, slots=True)
class Consents:
    """What was said about one purpose, the latest first: `MOST_KEPT`, of each kind the last, and the last no.

    All are a maximum over a set, so that `merge` is commutative, associative and idempotent.
    """

    history: tuple[Consent, ...]

    @property
    def latest(self) -> Consent:
        return self.history[0]

    @property
    def granted(self) -> bool:
        return self.latest.granted

    @property
    def at(self) -> datetime:
        return self.latest.at

    def merge(self, other: "Consents") -> "Consents":
        new = other.history[0]
        if len(other.history) == 1 and new.at > self.history[0].at and new.kind == self.history[0].kind:
            return Consents((new, *self.history[1:]))  # a stamp on the next event: by far the most common
        return Consents(_newest((*self.history, *other.history)))

    @property
    def brief(self) -> "Consents":
        """What was said last, and the last no: a maximum each, so that it may be merged before or after."""
        if len(self.history) == 1:
            return self
        refusal = next((consent for consent in self.history if not consent.granted), self.latest)
        return Consents(tuple(dict.fromkeys((self.latest, refusal))))

    def as_of(self, moment: datetime) -> Consent | None:
        """The latest statement that had been made by then, as far as it is remembered."""
        return next((consent for consent in self.history if consent.at <= moment), None)


def lost(at: datetime) -> Consents:
    """Of a purpose of which nothing is kept, since more were named than there is room for: it may have been a no."""
    return Consents((Consent(said=Said.DENIED, at=at, source="more purposes were named than are kept"),))


def statements(event: Event) -> Mapping[str, Consents]:
    """By name. What a consent event's own properties say goes before its context."""
    given = event.context.get("consent")
    if given is None and event.name not in _NAMES:
        return {}
    track = event.type == "track"
    chosen = track and event.name in PREFERENCE_EVENTS
    found = _preferences(event, given, chosen=chosen)
    if chosen:
        found |= _preferences(event, event.properties, chosen=True)
    if track and event.name in CONSENT_EVENTS and (purpose := _text(event.properties.get("purpose"))):
        found[purpose.lower()] = Consents((_explicit(event, CONSENT_EVENTS[event.name], event.properties),))
    return found


def signals_opt_out(event: Event) -> bool:
    """Global Privacy Control (https://w3c.github.io/gpc/): the browser's, as the client or `Sec-GPC` told it."""
    for place in ("consent", "privacy"):
        said = event.context.get(place)
        if isinstance(said, dict) and said.get("gpc") is True:
            return True
    return False


def _preferences(event: Event, given: Any, *, chosen: bool) -> dict[str, Consents]:
    """Segment documents `categoryPreferences` alone; `version` and `region` beside it are ours."""
    preferences = given.get("categoryPreferences") if isinstance(given, dict) else None
    found: dict[str, Consents] = {}
    if not isinstance(preferences, dict):
        return found
    say = _explicitly(event, given) if chosen else _stamped(event, given)
    for written, on in preferences.items():
        if isinstance(on, bool) and (name := written.strip().lower()):
            said = say[Said.GRANTED if on else Said.DENIED]
            found[name] = found[name].merge(said) if name in found else said
    return found


def _stamped(event: Event, given: Mapping[str, Any]) -> Mapping[Said, Consents]:
    """Either answer, made once for all names that it is given for."""
    version, region = _text(given.get("version")), _text(given.get("region"))
    return {
        said: Consents(
            (Consent(said=said, at=event.timestamp, source=event.source, text_version=version, region=region),)
        )
        for said in (Said.GRANTED, Said.DENIED)
    }


def _explicitly(event: Event, given: Mapping[str, Any]) -> Mapping[Said, Consents]:
    return {said: Consents((_explicit(event, said, given),)) for said in (Said.GRANTED, Said.DENIED)}


def _explicit(event: Event, said: Said, given: Mapping[str, Any]) -> Consent:
    page = event.context.get("page")
    return Consent(
        said=said,
        at=event.timestamp,
        source=event.source,
        message_id=short(event.message_id),
        page=_text(given.get("source")) or (_text(page.get("path")) if isinstance(page, dict) else None),
        text_version=_text(given.get("text_version")) or _text(given.get("version")),
        region=_text(given.get("region")),
        method=_text(given.get("method")),
    )


def _newest(consents: Iterable[Consent]) -> tuple[Consent, ...]:
    last: dict[tuple[Any, ...], Consent] = {}
    for consent in consents:
        held = last.get(consent.kind)
        if held is None or held.order < consent.order:
            last[consent.kind] = consent
    ordered = sorted(last.values(), key=lambda consent: consent.order, reverse=True)
    older = (consent for consent in ordered[MOST_KEPT:] if not consent.granted)
    kept = tuple(ordered[:MOST_KEPT])
    if len(ordered) <= MOST_KEPT or any(not consent.granted for consent in kept):
        return kept
    return (*kept, *islice(older, 1))


def _text(value: Any) -> str | None:
    """Numbers are taken for texts: a version is often one."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return cut(value.strip()) if isinstance(value, str) and value.strip() else None
