"""What every step has: an id, and outcomes that lead on to later steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from segue.events.conditions import Condition

if TYPE_CHECKING:
    from segue.journeys.steps import Step

ID = r"^[a-z0-9][a-z0-9_-]{0,47}$"
NEXT: Literal["next"] = "next"
EXIT: Literal["exit"] = "exit"


#: Where an outcome leads: `next`, `exit`, or the id of a later step.
Target = Annotated[str, Field(pattern=ID)]
#: The name of an outcome that a team chooses itself.
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,23}$")]


class Definition(BaseModel):
    """Whatever people write: frozen, and without room for typing errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class Listener(Definition):
    """An event, and the condition (CEL over `event`, `profile`, `run` and `now`) that must hold when it arrives."""

    event: str = Field(min_length=1, description="Its canonical name in the tracking plan.")
    when: Condition | None = Field(default=None, description="CEL over event, profile, run and now.")


@dataclass(frozen=True, slots=True)
class Block:
    """The steps inside of a step, and the way to them from it in the document."""

    place: tuple[str | int, ...]
    steps: tuple["Step", ...]


class BaseStep(Definition):
    """`outcomes` are those that lead where a field of their name says; `blocks` are for more."""

    id: str | None = Field(default=None, pattern=ID)
    kind: ClassVar[str]
    outcomes: ClassVar[tuple[str, ...]]

    @property
    def edges(self) -> Mapping[str, str]:
        """For each outcome where it leads, as written."""
        return {outcome: getattr(self, outcome) for outcome in self.outcomes}

    @property
    def blocks(self) -> Mapping[str, Block]:
        """For each outcome that has steps of its own, these. After the last of them it goes on behind this step."""
        return {}
