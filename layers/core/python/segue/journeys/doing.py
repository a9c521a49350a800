"""The steps that do something else than send: what is known of the person, other journeys.

Texts in them are Liquid over `profile`, `run` and `brand`, as in templates.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from segue.journeys.step import NEXT, BaseStep, Definition, Target
from segue.schema import AlsoWritten

#: A value that a text may be rendered into.
Value = str | int | float | bool | None


class Facts(Definition):
    """What is known of the person from now on."""

    traits: Mapping[str, Value] = Field(default_factory=dict, description="Traits and their new values.")
    stage: str | None = Field(default=None, description="A stage of `lifecycle` in traits.yaml.")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.traits and self.stage is None:
            raise ValueError("nothing is set: name traits, or a stage")
        return self


class SetStep(BaseStep):
    """The next step sees it. `failed`: a text could not be rendered for this person."""

    kind = "set"
    outcomes = ("done", "failed")
    set: Facts
    done: Target = NEXT
    failed: Target = NEXT


class Entrance(Definition):
    journey: str = Field(min_length=1, description="The journey that begins.")
    with_: Mapping[str, Value] = Field(
        default_factory=dict, alias="with", description="It finds these under run.entry.properties."
    )


def _spelled_out(given: Any) -> Any:
    return {"journey": given} if isinstance(given, str) else given


class EnterStep(BaseStep):
    """Another journey begins, if its `again` and its state allow; this one goes on at once. `failed` as in `set`."""

    kind = "enter"
    outcomes = ("done", "failed")
    enter: Annotated[
        Entrance, BeforeValidator(_spelled_out), AlsoWritten({"type": "string", "description": "The journey's name."})
    ]
    done: Target = NEXT
    failed: Target = NEXT
