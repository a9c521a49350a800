"""What a profile says at a moment, as far as it is asked: conversion for a condition costs more than the condition."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, reduce
from typing import Any

from segue.events.conditions import NOTHING, Facts
from segue.profiles.channel_source import ChannelSource, earliest, latest
from segue.profiles.computing import Computing, value_of
from segue.profiles.profile import Counted, Profile, Stamped
from segue.profiles.standing import ENGAGEMENT, Session, engagement
from segue.profiles.states import MILLION, merge

Path = tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Reader:
    """One person at one moment. What depends on rules is given: it may be another a rule later."""

    profile: Profile
    computing: Computing
    now: datetime
    segments: Iterable[str] = ()
    lifecycle: str | None = None
    session: Session | None = None
    known: "dict[Read, Any]" = field(default_factory=dict)
    _facts: Facts | None = None

    @classmethod
    def standing(cls, profile: Profile, computing: Computing, now: datetime) -> "Reader":
        """As the profile itself says that the person stands."""
        stands = profile.standing
        return cls(
            profile=profile,
            computing=computing,
            now=now,
            segments=stands.segments,
            lifecycle=stands.lifecycle,
            session=stands.session,
        )

    def context(self, paths: Iterable[Path]) -> dict[str, Any]:
        """`profile` and `now`, with nothing in them but what the paths lead to. Shorter paths come first."""
        return {"profile": self.below(paths), "now": self.now}

    def facts(self, paths: Iterable[Path]) -> Facts:
        """What conditions are asked about: of these paths, whatever is asked for later."""
        if self._facts is None:
            self._facts = Facts(self.context(paths))
        return self._facts

    def below(self, paths: Iterable[Path]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for path in paths:
            value, place = self.value(path), seen
            for step in path[1:-1]:
                place = place.setdefault(step, {})
            if value is not None or len(path) == 2:  # noqa: PLR2004 - a word of `profile` itself is always there
                place[path[-1]] = value
        return seen

    def value(self, path: Path) -> Any:
        """What a path from `profile` leads to; `None` if there is nothing."""
        found = read_by(path)(self)
        return None if found is NOTHING else found

    def event(self, name: str) -> Counted | None:
        found: Counted | None = None
        for part in self.profile.parts.values():
            if seen := part.events.get(name):
                found = found.merge(seen) if found else seen
        return found

    def state(self, key: str) -> Any:
        found = None
        for part in self.profile.parts.values():
            if (state := part.computed.get(key)) is not None:
                found = state if found is None else merge(found, state)
        return found

    def trait(self, name: str) -> Any:
        found: Stamped | None = None
        for part in self.profile.parts.values():
            if said := part.traits.get(name):
                found = found.merge(said) if found else said
        return found.value if found else None

    def computed(self, name: str) -> Any:
        counting = self.computing.counting.get(name)
        if counting:
            state = self.state(counting.key)
            return None if state is None else counting.shown(state, self.now)
        formula = self.computing.formulas.get(name)
        if formula is None:
            return None
        named = self.computing.read[name]
        values = {read: self.value(("profile", word, read)) for word, read in named if word == "computed"}
        traits = {read: self.trait(read) for word, read in named if word == "traits"}
        return value_of(formula, values, traits, self.computing.tell)

    def rfm(self, name: str) -> Any:
        if name == "monetary":
            value = self.state(self.computing.value[0].key)
            return value.micros / MILLION if value else None
        orders = self.event(self.computing.rfm.event)
        if orders is None:
            return None
        return {"last": orders.last, "frequency": orders.count}.get(name)

    def names(self, word: str) -> Iterable[str]:
        """Of everything that there is below a word."""
        match word:
            case "computed":
                return self.computing.names
            case "engagement":
                return ENGAGEMENT
            case "rfm":
                return ("last", "frequency", "monetary")
            case _:
                return {name for part in self.profile.parts.values() for name in getattr(part, word)}


Read = Callable[[Reader], Any]


@lru_cache(maxsize=4096)
def read_by(path: Path) -> Read:
    """How to find what a path leads to, which each reader does once.

    `NOTHING` if there is nothing, unless it is a word of `profile` itself: that is always there, though it may be null.
    """
    read, absent = _reading(path), NOTHING if len(path) > 2 else None  # noqa: PLR2004

    def value(reader: Reader) -> Any:
        known = reader.known
        if read in known:
            return known[read]
        known[read] = absent  # a circle of formulas, which `lint` refuses, has no value
        found = read(reader)
        known[read] = found = absent if found is None else found
        return found

    return value


def _reading(path: Path) -> Read:
    word, *rest = path[1:]
    if word in _NAMED and rest:
        own, name = _NAMED[word], rest[0]
        if word == "computed" and len(rest) == 1:
            return lambda reader: reader.computed(name)
        return _leaf(lambda reader: own(reader, name), rest[1:])
    if word in _NAMED:
        own = _NAMED[word]
        return lambda reader: {
            name: value for name in reader.names(word) if (value := _plain(own(reader, name))) is not None
        }
    return _leaf(_WORDS.get(word, lambda reader: reader.profile.names().get(word)), rest)


def _leaf(read: Read, rest: list[str]) -> Read:
    if not rest:
        return lambda reader: _plain(read(reader))
    leaf = rest[0]

    def read_leaf(reader: Reader) -> Any:
        value = read(reader)
        return value.get(leaf) if isinstance(value, dict) else getattr(value, leaf, None)

    return read_leaf


def _plain(value: Any) -> Any:
    return {"count": value.count, "first": value.first, "last": value.last} if isinstance(value, Counted) else value


def _source(which: str, either: Callable[[ChannelSource | None, ChannelSource | None], ChannelSource | None]) -> Read:
    def read_source(reader: Reader) -> Any:
        said = [getattr(part, which) for part in reader.profile.parts.values()]
        found = reduce(either, said, None)
        return found.as_context() if found else {}

    return read_source


def _zone(reader: Reader) -> Any:
    zones = [part.time_zone for part in reader.profile.parts.values() if part.time_zone]
    return reduce(Stamped.merge, zones).value if zones else None


_NAMED: dict[str, Callable[[Reader, str], Any]] = {
    "events": Reader.event,
    "traits": Reader.trait,
    "computed": Reader.computed,
    "rfm": Reader.rfm,
    "engagement": lambda reader, channel: engagement(reader.event, channel) or None,
}

_WORDS: dict[str, Read] = {
    "time_zone": _zone,
    "first_source": _source("first_source", earliest),
    "last_source": _source("last_source", latest),
    "segments": lambda reader: sorted(reader.segments),
    "lifecycle": lambda reader: reader.lifecycle,
    "session": lambda reader: reader.session.as_context() if reader.session else {"active": False},
}
