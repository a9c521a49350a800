"""The steps that do something else than send: facts, audiences, calls to other systems, other journeys.

Texts in them are Liquid over `profile`, `run` and `brand`, as in templates.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from segue.journeys.step import NEXT, BaseStep, Definition, Target
from segue.schema import AlsoWritten

#: A value that a text may be rendered into.
Value = str | int | float | bool | None


#: The name of a connector or an audience: words, perhaps in folders or with dots.
Dotted = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_./-]{0,79}$")]


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


class Membership(Definition):
    """An audience that the person is added to, or removed from."""

    add: Dotted | None = Field(default=None, description="A name in audiences.yaml.")
    remove: Dotted | None = Field(default=None, description="A name in audiences.yaml.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.add is None) == (self.remove is None):
            raise ValueError("a person is either added to an audience or removed from one: write add, or remove")
        return self

    @property
    def audience(self) -> str:
        return self.add or self.remove or ""


class AudienceStep(BaseStep):
    """`done`: whoever keeps the audience was told. `refused`: the person has not consented. `failed`: not reached."""

    kind = "audience"
    outcomes = ("done", "refused", "failed")
    audience: Membership
    done: Target = NEXT
    refused: Target = NEXT
    failed: Target = NEXT


class ConnectorStep(BaseStep):
    """A call by a name of connectors.yaml. `failed`: it was refused, or nobody answered in spite of all tries."""

    kind = "connector"
    outcomes = ("done", "failed")
    connector: Dotted = Field(description="A name in connectors.yaml.")
    with_: Mapping[str, Value] = Field(default_factory=dict, alias="with", description="What is said to it.")
    done: Target = NEXT
    failed: Target = NEXT


class Notice(Definition):
    to: Dotted = Field(description="A name in connectors.yaml, such as slack.sales.")
    text: str = Field(min_length=1, description="What a colleague reads.")


class NotifyStep(BaseStep):
    """A colleague is told, by a connector that takes a `text`."""

    kind = "notify"
    outcomes = ("done", "failed")
    notify: Notice
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
