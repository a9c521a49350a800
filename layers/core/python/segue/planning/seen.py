"""What has been seen of a property or an object so far: counts and few values, however many events there are."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segue.events.fit import letters
from segue.events.properties import Properties, Property, PropertyType, is_time
from segue.events.weight import is_unicode

#: More distinct values are no enum, more names no properties but keys of a dictionary, deeper nesting nobody plans.
MOST_VALUES, MOST_NAMES, DEEPEST = 12, 200, 4
_LONGEST_VALUE = 40
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_KINDS: Mapping[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
    type(None): "null",
}
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(slots=True)
class SeenValue:
    """`kinds` by what JSON has; `values` are texts, and `None` when they became too many."""

    count: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    values: Counter[str] | None = field(default_factory=Counter)
    addresses: int = 0
    inside: "SeenObject | None" = None
    items: "SeenValue | None" = None

    def add(self, value: Any, planned: Property | None = None, depth: int = 0) -> None:
        """`planned` is what the plans that come with Segue say of it: it gives the parts their names."""
        self.count += 1
        kind = _kind(value)
        self.kinds[kind] += 1
        if isinstance(value, str):
            self._note(value)
        elif isinstance(value, dict) and depth < DEEPEST:
            self.inside = self.inside or SeenObject()
            self.inside.add(value, planned.properties if planned else {}, depth + 1)
        elif isinstance(value, list) and depth < DEEPEST:
            for item in value:
                self.items = self.items or SeenValue()
                self.items.add(item, planned.items if planned else None, depth + 1)

    @property
    def type(self) -> PropertyType:
        """The narrowest that admits all of them."""
        match sorted(self.kinds):
            case ["integer", "number"]:
                return "number"
            case ["datetime", "string"]:
                return "string"
            case ["any" | "string" | "number" | "integer" | "boolean" | "datetime" | "object" | "array" as only]:
                return only
            case _:
                return "any"

    def _note(self, text: str) -> None:
        self.addresses += _ADDRESS.fullmatch(text[:_LONGEST_VALUE]) is not None
        if self.values is None:
            return
        if len(text) > _LONGEST_VALUE or (text not in self.values and len(self.values) >= MOST_VALUES):
            self.values = None
        else:
            self.values[text] += 1


@dataclass(slots=True)
class SeenObject:
    """`names` counts under which names a property came; `both` are names that came beside the one they stand for.

    What is planned of it is the same each time.
    """

    count: int = 0
    values: dict[str, SeenValue] = field(default_factory=dict)
    names: dict[str, Counter[str]] = field(default_factory=dict)
    both: set[str] = field(default_factory=set)
    _meant: dict[str, str] | None = None

    def add(self, given: Mapping[str, Any], planned: Properties, depth: int = 0) -> None:
        self.count += 1
        if self._meant is None:
            self._meant = _names(planned)
        taken = {name for name, value in given.items() if name in planned and value is not None}
        for sent, value in given.items():
            if value is None or not is_unicode(sent):
                continue
            name = sent if sent in planned or sent in self.values else self._meant.get(letters(sent), sent)
            if name != sent and name in taken:
                self.both.add(sent)
                name = sent
            taken.add(name)
            if name in self.values or len(self.values) < MOST_NAMES:
                self.names.setdefault(name, Counter())[sent] += 1
                self.values.setdefault(name, SeenValue()).add(value, planned.get(name), depth)

    def aliases(self, name: str) -> tuple[str, ...]:
        """Under which other names it came; not those that are properties of their own somewhere."""
        return tuple(sorted(self.names[name].keys() - {name} - self.values.keys()))

    def always(self, name: str) -> bool:
        """Whether each of the objects had it, by its name or an alias."""
        return sum(self.names[name][each] for each in (name, *self.aliases(name))) >= self.count


def _names(planned: Properties) -> dict[str, str]:
    aliases = {letters(alias): name for name, each in planned.items() for alias in each.aliases}
    return aliases | {letters(name): name for name in planned}


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "datetime" if _DAY.match(value) and is_time(value) else "string"
    return _KINDS[type(value)]
