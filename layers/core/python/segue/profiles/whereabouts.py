"""In which country a person is, as far as is known: their law goes with it. What is less sure only narrows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from segue.events.event import Event
from segue.profiles.countries import of_phone, of_time_zone, region
from segue.profiles.profile import Part, Stamped


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """`regions` are all that it may be, as `DE` or `US-CA`; none if nothing is known. `how` says what told it."""

    regions: tuple[str, ...] = ()
    how: str = ""


def location_said(event: Event) -> Stamped | None:
    """Of Segment's `context.location`."""
    said = event.context.get("location")
    if not isinstance(said, dict) or not isinstance(said.get("country"), str) or not said["country"].strip():
        return None
    part = said.get("region")
    return Stamped(region(said["country"], part if isinstance(part, str) else None), event.timestamp)


def whereabouts(part: Part) -> Whereabouts:
    """The surest first: what the consent was given under, where they were, their address, phone, time zone.

    What leaves several countries open is narrowed by the next that knows more, unless that contradicts it.
    """
    found = Whereabouts()
    for known in _told(part):
        if not found.regions:
            found = known
        elif narrower := _narrower(found.regions, known.regions):
            found = Whereabouts(narrower, f"{found.how} and {known.how}")
        if len(found.regions) == 1:
            break
    return found


def _told(part: Part) -> Iterator[Whereabouts]:
    if said := _of_consent(part):
        yield Whereabouts((said,), "by their consent")
    if part.location:
        yield Whereabouts((str(part.location.value),), "by where they were seen last")
    if said := _of_address(part):
        yield Whereabouts((said,), "by their address")
    phone = part.traits.get("phone")
    if phone and isinstance(phone.value, str) and (called := of_phone(phone.value)):
        yield Whereabouts(called, "by their phone number")
    if part.time_zone and (there := of_time_zone(str(part.time_zone.value))):
        yield Whereabouts(there, "by their time zone")


def _of_consent(part: Part) -> str | None:
    """Of the latest statement that names a region, whatever its purpose."""
    named: list[tuple[datetime, str]] = [
        (consent.at, consent.region)
        for consents in part.consents.values()
        for consent in consents.history
        if consent.region
    ]
    if not named:
        return None
    country, _, rest = max(named)[1].partition("-")
    return region(country, rest)


def _of_address(part: Part) -> str | None:
    address = part.traits.get("address")
    said: object = address.value if address else None
    if not isinstance(said, Mapping):
        return None
    country, state = said.get("country"), said.get("state")
    if not isinstance(country, str) or not country.strip():
        return None
    return region(country, state if isinstance(state, str) else None)


def _narrower(regions: tuple[str, ...], by: tuple[str, ...]) -> tuple[str, ...]:
    """Some of them, but not all; none if there is nothing to narrow."""
    left = tuple(each for each in regions if each in by)
    return left if len(left) < len(regions) else ()
