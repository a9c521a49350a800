"""The tracking plan: the events and traits that a workspace knows, and what it expects of them."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from segue.events.event import NAMES, OWN_NAMES

PropertyType = Literal["any", "string", "number", "integer", "boolean", "datetime", "object", "array"]

#: The canonical names that the spec itself gives, and those of what Segue tells; every plan knows them.
SPEC_NAMES = frozenset((*NAMES.values(), *OWN_NAMES))


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with an event: `field` is the way to it as the client wrote it, such as `properties.total`.

    Empty, it is the event as a whole. `rule` says whose rule is broken: the Segment spec's, the tracking plan's, or the
    write key's, which may not send this event.
    """

    field: str
    message: str
    rule: Literal["spec", "plan", "key"] = "spec"


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Property(_Definition):
    """What a property or a trait holds. Written short as its type: `total: number`."""

    type: PropertyType = "any"
    required: bool = False
    description: str = ""

    def admits(self, value: Any) -> bool:
        return _ADMITS[self.type](value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_time(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


_ADMITS: Mapping[PropertyType, Callable[[Any], bool]] = {
    "any": lambda _: True,
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": lambda value: _is_number(value) and float(value).is_integer(),
    "boolean": lambda value: isinstance(value, bool),
    "datetime": _is_time,
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
}


def _long_form(written: Any) -> Any:
    return {"type": written} if isinstance(written, str) else written


Properties = Mapping[str, Annotated[Property, BeforeValidator(_long_form)]]


class PlannedEvent(_Definition):
    """An event by its canonical name; `aliases` are other names under which sources send it."""

    name: Annotated[str, Field(min_length=1)]
    description: str = ""
    owner: str = ""
    aliases: tuple[str, ...] = ()
    properties: Properties = Field(default_factory=dict)


class TrackingPlan(_Definition):
    """Properties and traits that it does not name are let through; events too, unless `unknown_events: reject`."""

    unknown_events: Literal["allow", "reject"] = "allow"
    events: tuple[PlannedEvent, ...] = ()
    traits: Properties = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        seen: dict[str, str] = {}
        for event in self.events:
            for name in (event.name, *event.aliases):
                if name in seen:
                    message = f"the name {name!r} is given to both {seen[name]!r} and {event.name!r}"
                    raise ValueError(message)
                if name in SPEC_NAMES and name != event.name:
                    message = f"the name {name!r} belongs to the spec and can't be an alias of {event.name!r}"
                    raise ValueError(message)
                seen[name] = event.name
        return self

    @cached_property
    def _by_name(self) -> dict[str, PlannedEvent]:
        return {name: event for event in self.events for name in (event.name, *event.aliases)}

    @property
    def names(self) -> tuple[str, ...]:
        """Every canonical name, those of the spec included."""
        return tuple(sorted({event.name for event in self.events} | SPEC_NAMES))

    def canonical(self, name: str) -> str:
        """The name that journeys use; an unknown one is its own."""
        planned = self._by_name.get(name)
        return planned.name if planned else name

    def event(self, name: str) -> PlannedEvent | None:
        """By its canonical name or an alias."""
        return self._by_name.get(name)

    def knows(self, name: str) -> bool:
        return name in self._by_name or name in SPEC_NAMES

    def nearest(self, name: str) -> str | None:
        """The known name that a misspelt one most likely means."""
        near = difflib.get_close_matches(name, [*self._by_name, *SPEC_NAMES], n=1)
        return self.canonical(near[0]) if near else None

    def violations(
        self, name: str, properties: Mapping[str, Any], traits: Mapping[str, Any] | None = None
    ) -> tuple[Violation, ...]:
        """Everything that does not fit, at once. `traits` are a person's; those of a group are not planned here."""
        planned = self._by_name.get(name)
        if planned is None and self.unknown_events == "reject" and name not in SPEC_NAMES:
            return (Violation("event", f"{name!r} is not in the tracking plan", "plan"),)
        expected = planned.properties if planned else {}
        return (
            *_misfits("properties", expected, properties),
            *_misfits("traits", self.traits, traits or {}, partial=True),
        )


def _misfits(
    where: str, expected: Mapping[str, Property], found: Mapping[str, Any], *, partial: bool = False
) -> Iterable[Violation]:
    """`partial`: traits come a few at a time, so that a missing one is no misfit."""
    for name, planned in expected.items():
        value = found.get(name)
        if value is None:
            if planned.required and not partial:
                yield Violation(f"{where}.{name}", "is required", "plan")
        elif not planned.admits(value):
            yield Violation(f"{where}.{name}", f"must be of type {planned.type}", "plan")
