"""Who plays an example: a person of its own, its times moved by whole days to when the stack can play it."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from segue.events.event import Event
from segue.events.recognise import recognise
from segue.examples import Example
from segue.profiles.identity import home
from segue.rehearsal.theatre import EVERY, TRAIT
from segue.simulate import Simulated, simulate
from segue.workspace.bundle import Workspace

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`journey` is `None` where every journey is open: then only simulation and stack can be compared."""

    journey: str | None
    example: Example
    events: tuple[Event, ...]
    simulated: Simulated

    @property
    def name(self) -> str:
        return f"{self.journey or EVERY}: {self.example.name}"

    @property
    def over(self) -> datetime:
        """When the last thing happens in the simulation."""
        return max(event.timestamp for event in self.events) if self.simulated.until is None else self.simulated.until

    @property
    def profile_ids(self) -> tuple[str, ...]:
        return tuple(sorted({home(event) for event in self.events}))


def part(workspace: Workspace, example: Example, *, journey: str | None, person: str, after: datetime) -> Part:
    """`workspace` is the theatre's. The example's first event comes `after` a moment of the stack's clock."""
    moved = example.model_copy(update={"start": example.start + _days(example.start, after)})
    played = (_played_by(person, event, journey) for event in moved.stream(person, workspace.identity))
    events = tuple(recognise(event, workspace.identity).event for event in played)
    return Part(journey=journey, example=moved, events=events, simulated=simulate(workspace, events))


def understudies(parts: Iterable[Part], now: datetime) -> Iterator[Event]:
    """People who begin as the parts do, but now: whatever they wake is awake when the parts begin."""
    for part in parts:
        for event in part.events[:2]:
            other = _renamed(event, lambda id_: f"{id_}-first")
            yield replace(other, timestamp=now)


def _days(start: datetime, after: datetime) -> timedelta:
    """Hours of the day stay what they are, since windows are in them."""
    return math.floor((after - start) / _DAY + 1) * _DAY


def _played_by(person: str, event: Event, journey: str | None) -> Event:
    """Under ids that nobody else has; known from the first event on for what they rehearse."""
    known = {TRAIT: journey or EVERY} if event.message_id == f"{person}-0" else {}
    renamed = _renamed(event, lambda id_: id_ if id_.startswith(person) else f"{person}-{id_}")
    return replace(renamed, traits={**renamed.traits, **known})


def _renamed(event: Event, rename: Callable[[str], str]) -> Event:
    """Its address too, by which it would be known as the same person; what it is known by is to be read anew."""
    email = event.traits.get("email")
    at, domain = email.rpartition("@")[0::2] if isinstance(email, str) else ("", "")
    return replace(
        event,
        message_id=rename(event.message_id),
        user_id=event.user_id and rename(event.user_id),
        anonymous_id=event.anonymous_id and rename(event.anonymous_id),
        traits={**event.traits, "email": f"{rename(at)}@{domain}"} if at else event.traits,
        identifiers=(),
    )
