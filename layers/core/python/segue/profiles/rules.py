"""What a workspace computes of its people: folded from events, asked of profiles, told as events of its own.

All of it is pure: the person before and after, the events between them, and the moment.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from segue.events.conditions import Trouble
from segue.events.event import Event
from segue.profiles.asking import ALL, Asked, Round
from segue.profiles.computed import Segments, Traits
from segue.profiles.computing import Computing
from segue.profiles.counting import Tell
from segue.profiles.course import Course, Given
from segue.profiles.fold import fold, said_traits
from segue.profiles.profile import Part, Profile
from segue.profiles.reading import Reader
from segue.profiles.standing import ENGAGEMENT

_ENGAGING = frozenset(name for kinds in ENGAGEMENT.values() for names in kinds.values() for name in names)

_EVERYTHING, _VISIT = frozenset({ALL}), frozenset({"session"})

#: A person, and what is to be told of them.
Derived = tuple[Profile, tuple[Event, ...]]


def _ignore(_trouble: Trouble) -> None: ...


class Rules:
    """The definitions of `traits.yaml` and `segments.yaml`, ready for use. `tell` hears of what has no answer."""

    def __init__(self, traits: Traits | None = None, segments: Segments | None = None, tell: Tell = _ignore) -> None:
        traits, segments = traits or Traits(), segments or Segments()
        computing = Computing(traits, tell)
        said = traits.model_dump_json() + segments.model_dump_json()
        self._given = Given(
            computing=computing,
            asked=Asked(traits, segments, computing),
            sessions=traits.sessions,
            version=hashlib.sha256(said.encode()).hexdigest()[:8],
        )
        #: Whether nothing is ever told.
        self.idle = not (self._given.asked.order or traits.sessions)
        self._by_kind = lru_cache(maxsize=4096)(lambda *kind: self._given.asked.concerned(self._inputs(*kind)))

    def fold(self, part: Part, event: Event) -> Part:
        return fold(part, event, self._given.computing)

    def derive(self, before: Profile, after: Profile, events: Sequence[Event], now: datetime) -> Derived:
        """The person as they stand after the events, which are by time and were seen `now`."""
        if self.idle:
            return after, ()
        course = Course(self._given, after, now)
        course.catch_up(before)
        came = course.visit(events)
        if after.standing.rules != self._given.version:
            course.forget()
            course.ask(self._given.asked.concerned(_EVERYTHING))
        elif before.parts.keys() != after.parts.keys():
            course.ask(self._given.asked.concerned(_EVERYTHING))
        else:
            course.ask(self._concerned(events, visit=came))
        return course.result()

    def elapse(self, profile: Profile, now: datetime) -> Derived:
        """The person as time alone has left them."""
        if self.idle:
            return replace(profile, standing=replace(profile.standing, wake=None)), ()
        course = Course(self._given, profile, now)
        course.catch_up(profile)
        over = course.leave()
        if profile.standing.rules != self._given.version:
            course.forget()
            course.ask(self._given.asked.concerned(_EVERYTHING))
        else:
            course.ask(self._given.asked.concerned(_VISIT if over else frozenset()))
        return course.result()

    def read(self, profile: Profile, now: datetime, words: Collection[str] | None = None) -> dict[str, Any]:
        """`profile` as conditions and templates see it; with `words`, only these of it."""
        reader = Reader.standing(profile, self._given.computing, now)
        asked = ("computed", "rfm") if words is None else words
        seen = reader.below(("profile", word) for word in asked)
        return {**profile.as_context(), **seen} if words is None else seen

    def _concerned(self, events: Sequence[Event], *, visit: bool) -> Round:
        """The rules that the events may make answer otherwise."""
        each = [self._by_kind(event.name, _said_of(event), visit) for event in events]
        return each[0] if len(each) == 1 else self._given.asked.round(frozenset().union(*(some.names for some in each)))

    def _inputs(self, event: str, traits: tuple[str, ...] | None, visit: bool) -> frozenset[str]:
        """Of events of one name that say these traits."""
        inputs = {
            *("events", "first_source", "last_source"),  # any event may say where it came from
            f"event.{event}",
            *(f"computed.{each.name}" for each in self._given.computing.counted(event)),
        }
        if event in _ENGAGING:
            inputs.add("engagement")
        if traits is not None:
            inputs |= {"traits", "time_zone", *(f"traits.{name}" for name in traits)}
        return frozenset(inputs | _VISIT if visit else inputs)


def _said_of(event: Event) -> tuple[str, ...] | None:
    """The names of the traits that an event says; `None` if it says nothing of the person."""
    traits = said_traits(event)
    return tuple(traits) if traits or "timezone" in event.context else None
