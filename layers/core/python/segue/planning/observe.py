"""Looks at Segment calls one after the other, and keeps what a plan can be made of."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segue.events.event import NAMES
from segue.events.fit import letters
from segue.events.plan import TrackingPlan
from segue.events.weight import is_unicode
from segue.planning.seen import SeenObject

#: More names than these are no events, but a sign that somebody puts data into them.
MOST_EVENTS = 1_000


@dataclass(slots=True)
class SeenEvent:
    """`names` counts under which names it was sent."""

    names: Counter[str] = field(default_factory=Counter)
    properties: SeenObject = field(default_factory=SeenObject)

    @property
    def count(self) -> int:
        return self.properties.count


@dataclass(slots=True)
class Observed:
    """`known` comes with Segue, or is the workspace's: its names are the canonical ones.

    `passed` counts what was left out, and why.
    """

    known: TrackingPlan
    events: dict[str, SeenEvent] = field(default_factory=dict)
    traits: SeenObject = field(default_factory=SeenObject)
    passed: Counter[str] = field(default_factory=Counter)
    _by_letters: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        aliases = {letters(alias): event.name for event in self.known.events for alias in event.aliases}
        self._by_letters = aliases | {letters(event.name): event.name for event in self.known.events}

    def add(self, call: Mapping[str, Any]) -> None:
        type_ = call.get("type")
        if type_ == "identify":
            self.traits.add(_object(call.get("traits")), self.known.traits)
        elif type_ in ("page", "screen"):
            said = {word: call[word] for word in ("name", "category") if isinstance(call.get(word), str)}
            self._event(NAMES[type_], {**said, **_object(call.get("properties"))})
        elif type_ == "track" and isinstance(name := call.get("event"), str) and name.strip() and is_unicode(name):
            self._event(name.strip(), _object(call.get("properties")))
        else:
            self.passed["calls that are no track, identify, page or screen, or have no name"] += 1

    def _event(self, sent: str, properties: Mapping[str, Any]) -> None:
        name = self.known.canonical(sent) if self.known.knows(sent) else self._by_letters.get(letters(sent), sent)
        if name not in self.events and len(self.events) >= MOST_EVENTS:
            self.passed[f"events beyond the first {MOST_EVENTS} names"] += 1
            return
        seen = self.events.setdefault(name, SeenEvent())
        seen.names[sent] += 1
        planned = self.known.event(name)
        seen.properties.add(properties, planned.properties if planned else {})


def _object(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, dict) else {}
