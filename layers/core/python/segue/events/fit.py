"""Holds a value against what is planned.

Built once for each planned event. Of a value that fits, each part is looked at once, and nothing is copied.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from segue.events.properties import FORMATS, Properties, Property, PropertyType

Way = tuple[str | int, ...]

#: What JSON is read to, for each type whose name says all; other types need a look at the value itself.
_KINDS: Mapping[PropertyType, frozenset[type]] = {
    "string": frozenset({str}),
    "number": frozenset({int, float}),
    "integer": frozenset({int}),
    "boolean": frozenset({bool}),
    "object": frozenset({dict}),
    "array": frozenset({list}),
}
#: A value that is longer is nobody's typing error.
_LONGEST_GUESS = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """`way` leads to the value from the properties, or the traits, as a whole. `message` quotes no data."""

    way: Way
    message: str
    unplanned: bool = False


class Value:
    """One planned value."""

    __slots__ = ("_items", "_kinds", "_plain", "_planned", "_shape", "sure")

    def __init__(self, planned: Property, *, strict: bool) -> None:
        self._planned = planned
        self._kinds = _KINDS.get(planned.type, frozenset())
        self._shape = Shape(planned.properties, strict=strict) if planned.properties else None
        self._items = Value(planned.items, strict=strict) if planned.items else None
        self._plain = not (planned.enum or planned.format or self._shape or self._items)
        #: A value of these types fits for sure: nothing else is asked of it.
        self.sure = self._kinds if self._plain else frozenset()

    def fit(self, value: Any, way: Way, name: str | int, found: list[Finding]) -> Any:
        """The value with its aliases renamed: itself, if there is none."""
        if type(value) not in self._kinds and not self._planned.admits(value):
            found.append(Finding((*way, name), f"must be of type {self._planned.type}"))
            return value
        if self._plain:
            return value
        if self._shape:
            return self._shape.fit(value, (*way, name), found)
        if self._items:
            fitted = [self._items.fit(item, (*way, name), at, found) for at, item in enumerate(value)]
            return fitted if any(new is not old for new, old in zip(fitted, value, strict=True)) else value
        if message := _flaw(self._planned, value):
            found.append(Finding((*way, name), message))
        return value


class Shape:
    """The planned properties of an object. `strict`: what it does not name is found too."""

    __slots__ = ("_aliases", "_letters", "_planned", "_required", "_strict", "_values")

    def __init__(self, planned: Properties, *, strict: bool, partial: bool = False) -> None:
        """`partial`: it comes a few at a time, so that what is missing is no flaw."""
        self._planned = planned
        self._values = {name: Value(each, strict=strict) for name, each in planned.items()}
        self._aliases = {alias: name for name, each in planned.items() for alias in each.aliases}
        self._required = tuple(name for name, each in planned.items() if each.required and not partial)
        self._strict = strict
        self._letters = by_letters((*self._values, *self._aliases)) if strict else {}

    def fit(self, given: Mapping[str, Any], way: Way, found: list[Finding]) -> Mapping[str, Any]:
        """The object with its aliases renamed: itself, if there is none."""
        if self._aliases and not self._aliases.keys().isdisjoint(given):
            given = self._renamed(given)
        changed: dict[str, Any] = {}
        for name, value in given.items():
            planned = self._values.get(name)
            if planned is None:
                if self._strict:
                    found.append(Finding((*way, name), self._unplanned(name), unplanned=True))
            elif value is None or type(value) in planned.sure:
                continue
            elif (fitted := planned.fit(value, way, name, found)) is not value:
                changed[name] = fitted
        found.extend(Finding((*way, name), "is required") for name in self._required if given.get(name) is None)
        return {**given, **changed} if changed else given

    def _renamed(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Two names for one property: the canonical one holds, else the alias that is planned first; the rest stays."""
        taken = {name for name, value in given.items() if name in self._values and value is not None}
        moved: dict[str, str] = {}
        for alias, name in self._aliases.items():
            if given.get(alias) is not None and name not in taken:
                taken.add(name)
                moved[alias] = name
        filled = set(moved.values())
        return {moved.get(name, name): value for name, value in given.items() if name not in filled}

    def _unplanned(self, name: str) -> str:
        near = self._letters.get(letters(name))
        meant = f"; did you mean {self._aliases.get(near, near)!r}?" if near else ""
        return f"is not in the tracking plan{meant}"


def by_letters(known: Iterable[str]) -> dict[str, str]:
    """To find the name from which another differs in case and signs only: a search that costs little."""
    found: dict[str, str] = {}
    for name in known:
        if folded := letters(name):
            found.setdefault(folded, name)
    return found


def letters(name: str) -> str:
    """`Product ID`, `productId` and `product_id` are the same."""
    return "".join(character for character in name.casefold() if character.isalnum())


def _flaw(planned: Property, value: Any) -> str | None:
    if planned.enum and not any(
        value == each and isinstance(value, bool) == isinstance(each, bool) for each in planned.enum
    ):
        known = ", ".join(map(repr, planned.enum[:12])) + (" …" if len(planned.enum) > 12 else "")  # noqa: PLR2004
        return f"must be one of {known}{_meant(planned.enum, value)}"
    if planned.format and isinstance(value, str):
        pattern, words = FORMATS[planned.format]
        if not pattern.fullmatch(value):
            return f"must be {words}"
    return None


def _meant(enum: Iterable[Any], value: Any) -> str:
    texts = {str(each).casefold(): each for each in enum}
    said = str(value).casefold()
    near = difflib.get_close_matches(said, texts, n=1) if len(said) <= _LONGEST_GUESS else []
    return f"; did you mean {texts[near[0]]!r}?" if near else ""


def without(value: Any, ways: Iterable[Way]) -> Any:
    """A copy from which the values at the ends of the ways are gone, in one go however many there are."""
    ends, deeper = set[str | int](), dict[str | int, list[Way]]()
    for step, *rest in ways:
        if rest:
            deeper.setdefault(step, []).append(tuple(rest))
        else:
            ends.add(step)
    if not (ends or deeper):
        return value
    if isinstance(value, list):
        return [without(each, deeper.get(at, ())) for at, each in enumerate(value) if at not in ends]
    if isinstance(value, Mapping):
        return {name: without(each, deeper.get(name, ())) for name, each in value.items() if name not in ends}
    return value


def written(where: str, way: Way) -> str:
    """`properties.products[2].price`, cut where it is absurdly long."""
    text = where + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way)
    return text if len(text) <= 2 * _LONGEST_GUESS else f"{text[: 2 * _LONGEST_GUESS]}…"
