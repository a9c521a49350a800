"""The use cases of the steps that take no time: ways part, something becomes known, another journey begins.

All of it happens at the moment at which the machine came to the step, and under ids that follow from the run and the
step: an act that is repeated is the same act.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from liquid.exceptions import LiquidError
from pydantic import TypeAdapter

from segue.events.event import NAMES, Event, EventType, written
from segue.journeys.definition import Journey
from segue.journeys.doing import Entrance, Facts, Value
from segue.journeys.entries import entering
from segue.journeys.facts import Read, Tell, ignore, moment_facts, parsed, plain, words
from segue.journeys.forks import OTHERWISE
from segue.journeys.graph import DONE, FAILED, Act, Draw, Part
from segue.journeys.lots import drawn, lot
from segue.journeys.saying import rendered, seen
from segue.journeys.waits import ActTask
from segue.profiles.ports import Signals
from segue.profiles.profile import Profile
from segue.profiles.runs import Run

#: Under which a person's stage is kept that a journey has set.
STAGE = "lifecycle_stage"
ENTERED = "Journey Entered"

_ACT: TypeAdapter[Act] = TypeAdapter(Act)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Everything that acts may touch. `receive` takes an event as if it had come; `journeys` are the deployed ones."""

    receive: Callable[[Event], object]
    signals: Signals
    journeys: Mapping[str, Journey]
    brand: Mapping[str, str]
    tell: Tell = ignore
    read: Read = plain


@dataclass(frozen=True, slots=True)
class _Scene:
    """Who does it, and when."""

    asked: ActTask
    run: Run
    profile: Profile
    at: datetime
    acting: Acting

    def event(self, type_: EventType, name: str) -> Event:
        if self.profile.identifier is None:
            raise ValueError(f"profile {self.profile.profile_id} is nobody's")
        user_id, anonymous_id, identifiers = written(self.profile.identifier)
        return Event(
            message_id=f"{self.asked.run_id}.{self.asked.step}",
            type=type_,
            name=name,
            timestamp=self.at,
            received_at=self.at,
            client_time=self.at,
            source=f"journey/{self.asked.journey}",
            user_id=user_id,
            anonymous_id=anonymous_id,
            identifiers=identifiers,
        )

    def rendered(self, said: Mapping[str, Value]) -> dict[str, Value]:
        """Raise `LiquidError`."""
        return rendered(said, seen(self.profile, self.run, self.acting.brand, self.at, self.acting.read))


def act(asked: ActTask, run: Run, profile: Profile, at: datetime, acting: Acting) -> str:
    """The outcome."""
    wanted, scene = _ACT.validate_json(asked.act), _Scene(asked, run, profile, at, acting)
    match wanted:
        case Part(arms):
            return _part(arms, scene)
        case Draw(weights):
            return drawn(weights, lot(asked.profile_id, f"{asked.journey}/{asked.step}"))
        case Facts():
            return _set(wanted, scene)
        case Entrance():
            return _enter(wanted, scene)
        case _:
            assert_never(wanted)


def _part(arms: tuple[tuple[str, str], ...], scene: _Scene) -> str:
    conditions = {name: parsed(when) for name, when in arms}
    acting = scene.acting
    known = moment_facts(scene.at, scene.profile, scene.run, acting.read, words(conditions.values()))
    return next((name for name, when in conditions.items() if when.holds(known, acting.tell)), OTHERWISE)


def _set(wanted: Facts, scene: _Scene) -> str:
    said = dict(wanted.traits)
    if wanted.stage is not None:
        said[STAGE] = wanted.stage
    try:
        traits = scene.rendered(said)
    except LiquidError:
        return FAILED
    scene.acting.receive(replace(scene.event("identify", NAMES["identify"]), traits=traits))
    return DONE


def _enter(wanted: Entrance, scene: _Scene) -> str:
    """A journey that has left the workspace since begins for nobody."""
    try:
        properties = scene.rendered(wanted.with_)
    except LiquidError:
        return FAILED
    if journey := scene.acting.journeys.get(wanted.journey):
        event = replace(scene.event("track", ENTERED), properties=properties)
        scene.acting.signals.raise_all([entering(journey, scene.profile, event)])
    return DONE
