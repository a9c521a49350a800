"""A journey as a team writes it, one YAML file each: who begins it, what follows, when it is over."""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from segue.duration import Duration, parse, write
from segue.events.conditions import Condition
from segue.events.names import Place
from segue.journeys.forks import BranchStep
from segue.journeys.sending import EscalateStep, Send, SendStep
from segue.journeys.step import Definition, Listener
from segue.journeys.steps import Placed, Step, WaitForStep, named, walk

_AFTER = re.compile(r"after\s+(\S+)")


def _again(given: object) -> object:
    if isinstance(given, str) and (found := _AFTER.fullmatch(given)):
        return parse(found[1])
    if isinstance(given, timedelta) or given in ("never", "always"):
        return given
    message = f"{given!r}: write never, always, or after and a duration, such as: after 7d"
    raise ValueError(message)


def _written(again: timedelta | str) -> str:
    return again if isinstance(again, str) else f"after {write(again)}"


#: How soon a person may begin again, counted from the last entry event. One run per key at a time, whatever it says.
Again = Annotated[
    Literal["never", "always"] | timedelta,
    BeforeValidator(_again),
    PlainSerializer(_written, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^(never|always|after\s+\S+)$", "examples": ["never", "after 7d"]}),
]


class Entry(Listener):
    """The event that begins a run, when `when` holds and `unless` does not.

    `key` is the path of a value in the event: a person has one run per value at a time. An event without
    the value, like a journey without a key, counts for the person as a whole.
    """

    unless: Condition | None = Field(default=None, description="CEL: nobody enters when it holds.")
    key: str | None = Field(
        default=None,
        pattern=r"^event(\.[A-Za-z_][A-Za-z0-9_]*)+$",
        description="A path such as event.properties.cart_id: one run per value at a time.",
    )
    again: Again = Field(default="never", description="never, always, or after 7d: counted from the last entry.")


class GoalRule(Listener):
    """Reached when the event happens after the entry, `within` so long of it."""

    within: Duration | None = Field(default=None, description="So long after the entry, such as 14d.")


class Journey(Definition):
    """`version` is made from the content, and by `pinned` from the templates as well; nobody writes it."""

    journey: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="Its name, which is that of the file.")
    owner: str | None = Field(default=None, description="Who answers for it.")
    description: str | None = Field(default=None, description="What it is for.")
    entry: Entry = Field(description="What begins a run.")
    goal: GoalRule | None = Field(default=None, description="What ends a run at once, because it was the aim.")
    exit_on: tuple[Listener, ...] = Field(default=(), description="What else ends a run at once.")
    max_touches: int | None = Field(default=None, ge=1, description="The most messages that a run may send.")
    steps: tuple[Step, ...] = Field(description="What follows, in this order.")
    version: str = ""

    @model_validator(mode="after")
    def _versioned(self) -> Self:
        if not self.steps:
            message = "a journey has at least one step"
            raise ValueError(message)
        if not self.version:
            object.__setattr__(self, "version", self._digest())
        return self

    @property
    def name(self) -> str:
        return self.journey

    @property
    def placed(self) -> tuple[Placed, ...]:
        """Every step, also those inside of others, in the order in which they are written."""
        return tuple(walk(named(self.steps)))

    @property
    def listeners(self) -> tuple[tuple[Place, Listener], ...]:
        """Everything by which it waits for an event, and where that stands."""
        found: list[tuple[Place, Listener]] = [(("entry",), self.entry)]
        found += [(("goal",), self.goal)] if self.goal else []
        found += [(("exit_on", number), listener) for number, listener in enumerate(self.exit_on)]
        for placed in self.placed:
            match placed.step:
                case WaitForStep(wait_for=listener):
                    found.append(((*placed.place, "wait_for"), listener))
                case EscalateStep(escalate=escalate) if isinstance(escalate.until, Listener):
                    found.append(((*placed.place, "escalate", "until"), escalate.until))
        return tuple(found)

    @property
    def conditions(self) -> tuple[tuple[Place, Condition], ...]:
        """Everything that it asks, and where that stands."""
        asked = [((*place, "when"), listener.when) for place, listener in self.listeners]
        asked.append((("entry", "unless"), self.entry.unless))
        for placed in self.placed:
            if isinstance(placed.step, BranchStep):
                asked += [
                    ((*placed.place, "branch", at, "when"), arm.when) for at, arm in enumerate(placed.step.branch)
                ]
        return tuple((place, condition) for place, condition in asked if condition)

    @property
    def sends(self) -> tuple[tuple[Place, Send], ...]:
        """Every message that it may send, one for each channel of an escalation, and where that stands."""
        found: list[tuple[Place, Send]] = []
        for placed in self.placed:
            match placed.step:
                case SendStep(send=send):
                    found.append(((*placed.place, "send"), send))
                case EscalateStep(escalate=escalate):
                    found += [((*placed.place, "escalate"), escalate.send(channel)) for channel in escalate.over]
        return tuple(found)

    @property
    def template_names(self) -> tuple[str, ...]:
        """The templates that it sends, each once."""
        return tuple(sorted({send.template for _, send in self.sends}))

    def pinned(self, templates: Iterable[BaseModel]) -> "Journey":
        """The same journey, its version covering the templates that it sends: a run keeps both."""
        contents = sorted(json.dumps(template.model_dump(mode="json"), sort_keys=True) for template in templates)
        return self.model_copy(update={"version": self._digest(*contents)})

    def _digest(self, *more: str) -> str:
        content = json.dumps(self.model_dump(mode="json", exclude={"version"}), sort_keys=True)
        return hashlib.sha256("\n".join((content, *more)).encode()).hexdigest()[:12]
