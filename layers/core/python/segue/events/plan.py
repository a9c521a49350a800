"""The tracking plan: the events and traits that a workspace knows, and what becomes of what does not fit."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field

from segue.events.event import NAMES, OWN_NAMES
from segue.events.fit import Finding, Shape, Way, by_letters, letters, without, written
from segue.events.properties import Answer, Definition, Properties, Property
from segue.events.weight import weigh

__all__ = ["SPEC_NAMES", "Fitted", "PlannedEvent", "Property", "TrackingPlan", "Violation"]

#: The canonical names that the spec itself gives, and those of what Segue tells; every plan knows them.
SPEC_NAMES = frozenset((*NAMES.values(), *OWN_NAMES))

#: An event has at most so many of each: else its notes could outgrow it, and it could not travel or be kept.
MOST_VIOLATIONS, MOST_NOTES = 100, 20
_MOST_VIOLATION_BYTES = 64 * 1024
_MORE = re.compile(r"and (\d+) more")

#: What the plan makes of a property that it does not name.
Unplanned = Literal["allow", "strip", "warn", "reject"]


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with an event: `field` is the way to it as the client wrote it, such as `properties.total`.

    Empty, it is the event as a whole. `rule` says whose rule is broken: the Segment spec's, the tracking plan's, or the
    write key's, which may not send this event.
    """

    field: str
    message: str
    rule: Literal["spec", "plan", "key"] = "spec"


@dataclass(frozen=True, slots=True)
class Fitted:
    """An event as the plan lets it through, properties and traits by their canonical names.

    With `violations` it is rejected, and they are all that is wrong. `notes` say what was let pass or taken off.
    `renamed` are properties and traits by their canonical names before anything was taken off, if that is not the same.
    """

    properties: Mapping[str, Any]
    traits: Mapping[str, Any]
    violations: tuple[Violation, ...] = ()
    notes: tuple[str, ...] = ()
    renamed: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None

    @property
    def said(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Properties and traits with all that the client said, by canonical names."""
        return self.renamed or (self.properties, self.traits)


class PlannedEvent(Definition):
    """An event by its canonical name; `aliases` are other names under which sources send it."""

    name: Annotated[str, Field(min_length=1, description="The one name that journeys and conditions use.")]
    description: str = Field(default="", description="What happened, for those who send and read it.")
    owner: str = Field(default="", description="Who answers for it.")
    version: int = Field(default=1, ge=1, description="Raise it when its meaning changes.")
    aliases: tuple[str, ...] = Field(default=(), description="Other names, which ingest changes to this one.")
    on_violation: Answer | None = Field(default=None, description="Its own answer; not said: that of the plan.")
    unknown_properties: Unplanned | None = Field(
        default=None, description="Its own answer; not said: that of the plan."
    )
    properties: Properties = Field(default_factory=dict, description="What it carries.")


class TrackingPlan(Definition):
    """A file of `events/`; all of them together are the workspace's tracking plan.

    Events and properties that it does not name are let through, unless it says otherwise.
    """

    extends: tuple[str, ...] = Field(default=(), description="Plans that come with Segue, which this one builds upon.")
    on_violation: Answer = Field(
        default="reject",
        description="What becomes of an event that does not fit: kept as rejected, let through with notes, or with "
        "what offends taken off.",
    )
    unknown_events: Literal["allow", "reject", "warn"] = Field(
        default="allow", description="What becomes of an event that the plan does not name."
    )
    unknown_properties: Unplanned = Field(
        default="allow", description="What becomes of a property that the plan does not name."
    )
    events: tuple[PlannedEvent, ...] = Field(default=(), description="The events that the workspace knows.")
    traits: Properties = Field(default_factory=dict, description="What is known of a person.")

    @cached_property
    def _by_name(self) -> dict[str, PlannedEvent]:
        """Of a name that was given twice, which `check` tells, the first event; a name goes before an alias."""
        backwards = tuple(reversed(self.events))
        aliases = {alias: event for event in backwards for alias in event.aliases}
        return aliases | {event.name: event for event in backwards}

    @cached_property
    def _by_letters(self) -> dict[str, str]:
        return by_letters(self._by_name)

    @cached_property
    def _checks(self) -> dict[str, "_Check"]:
        """By canonical name, each built when it is first needed."""
        return {}

    @cached_property
    def _traits(self) -> Shape:
        return Shape(self.traits, strict=False, partial=True)

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

    def fit(self, name: str, properties: Mapping[str, Any], traits: Mapping[str, Any] | None = None) -> Fitted:
        """Everything that does not fit, at once. `traits` are a person's; those of a group are not planned here."""
        found: list[tuple[str, Finding]] = []
        check = self._check(name)
        fitted = Fitted(
            _held(check.shape, "properties", properties, found),
            _held(self._traits, "traits", traits, found) if traits else {},
        )
        unknown = None if self.unknown_events == "allow" else self._unknown(name)
        return self._answered(check, fitted, found, unknown) if found or unknown else fitted

    def _check(self, name: str) -> "_Check":
        canonical = self.canonical(name)
        if (check := self._checks.get(canonical)) is None:
            planned = self._by_name.get(canonical)
            unplanned = (planned.unknown_properties if planned else None) or self.unknown_properties
            check = _Check(
                shape=Shape(planned.properties, strict=unplanned != "allow") if planned else None,
                on_violation=(planned.on_violation if planned else None) or self.on_violation,
                unplanned=unplanned,
            )
            if planned:  # names that nobody planned are without number
                self._checks[canonical] = check
        return check

    def _unknown(self, name: str) -> str | None:
        if self.knows(name) or not name:  # that it has no name is told by whoever read it
            return None
        near = self._by_letters.get(letters(name))
        meant = f"; did you mean {self.canonical(near)!r}?" if near else ""
        return f"{name!r} is not in the tracking plan{meant}"

    def _answered(
        self, check: "_Check", fitted: Fitted, found: list[tuple[str, Finding]], unknown: str | None
    ) -> Fitted:
        told: list[tuple[str, str, str]] = [("event", unknown, self.unknown_events)] if unknown else []
        gone: dict[str, list[Way]] = {"properties": [], "traits": []}
        for where, finding in found:
            answer = check.unplanned if finding.unplanned else check.on_violation
            if answer == "strip":
                gone[where].append(finding.way)
            told.append((written(where, finding.way), finding.message, answer))
        if any(answer == "reject" for _, _, answer in told):
            return replace(fitted, violations=limited([Violation(field, text, "plan") for field, text, _ in told]))
        return Fitted(
            without(fitted.properties, gone["properties"]),
            without(fitted.traits, gone["traits"]),
            notes=_notes(told),
            renamed=fitted.said if any(gone.values()) else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """How events of one name are held against the plan, and what is answered."""

    shape: Shape | None
    on_violation: Answer
    unplanned: Unplanned


def _held(
    shape: Shape | None, where: str, given: Mapping[str, Any], found: list[tuple[str, Finding]]
) -> Mapping[str, Any]:
    if shape is None:
        return given
    findings: list[Finding] = []
    fitted = shape.fit(given, (), findings)
    found.extend((where, finding) for finding in findings)
    return fitted


def limited(violations: Sequence[Violation]) -> tuple[Violation, ...]:
    """The first of them, and how many more there are. Some may be limited already."""
    kept, left = list[Violation](), _MOST_VIOLATION_BYTES
    for violation in violations[:MOST_VIOLATIONS]:
        left -= weigh([violation.field, violation.message]).size
        if left < 0:
            break
        kept.append(violation)
    more = sum(_stands_for(violation) for violation in violations[len(kept) :])
    return (*kept, Violation("", f"and {more} more", "plan")) if more else tuple(kept)


def _stands_for(violation: Violation) -> int:
    told = _MORE.fullmatch(violation.message)
    return int(told[1]) if told else 1


def _notes(told: list[tuple[str, str, str]]) -> tuple[str, ...]:
    notes = [
        f"{field}: {message}" + (": taken off" if answer == "strip" and message != "is required" else "")
        for field, message, answer in told[:MOST_NOTES]
    ]
    return (*notes, f"and {len(told) - MOST_NOTES} more") if len(told) > MOST_NOTES else tuple(notes)
