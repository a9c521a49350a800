"""What journeys need kept, begun and woken."""

from dataclasses import dataclass
from typing import Protocol

from segue.decisions.ports import Outcomes
from segue.journeys.definition import Journey
from segue.messages.template import Template
from segue.profiles.runs import Run


class Machines(Outcomes, Protocol):
    """The state machines, one per journey, and the tokens of their waiting steps. Everything may be repeated."""

    def start(self, run: Run, profile_id: str) -> None:
        """Begin the run's execution, named by its id; one that has begun already is left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A version of a journey and the templates that it sends, as runs that began with it need them."""

    journey: Journey
    templates: tuple[Template, ...]


class Registry(Protocol):
    """The journeys that are or were deployed, and which of them are paused."""

    def keep(self, kept: Kept) -> None:
        """Idempotent: a version never changes."""

    def version(self, journey: str, version: str) -> Kept | None: ...

    def pause(self, journey: str) -> None: ...

    def unpause(self, journey: str) -> None: ...

    def paused(self, journey: str) -> bool: ...
