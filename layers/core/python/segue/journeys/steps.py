"""The step kinds: the one list of them. A new kind is a class here and in `Step`, and what mypy then finds missing.

A kind says how it is written, which outcomes it can have, and nothing else. `graph` expands it to nodes; the compiler
and the simulator read those nodes, so a kind that is made of others needs no line in either.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from segue.duration import Duration
from segue.events.conditions import Condition
from segue.schema import AlsoWritten

ID = r"^[a-z0-9][a-z0-9_-]{0,47}$"
NEXT: Literal["next"] = "next"
EXIT: Literal["exit"] = "exit"


#: Where an outcome leads: `next`, `exit`, or the id of a later step.
Target = Annotated[str, Field(pattern=ID)]


class Definition(BaseModel):
    """Whatever people write: frozen, and without room for typing errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Listener(Definition):
    """An event, and the condition (CEL over `event`, `profile`, `run` and `now`) that must hold when it arrives."""

    event: str = Field(min_length=1, description="Its canonical name in the tracking plan.")
    when: Condition | None = Field(default=None, description="CEL over event, profile, run and now.")


class Send(Definition):
    """A wish to send a template. `purpose`, `priority` and `expires_after` are the category's, unless they are said."""

    template: str = Field(min_length=1, description="The name of a file in templates/.")
    channel: str = Field(default="email", min_length=1, description="By which it goes: email, in_app …")
    channels: tuple[str, ...] = Field(
        default=(), description="Instead of channel: by one of them that is open, the person's preferred one first."
    )
    fallback: bool = Field(default=True, description="If it can go by none now, what the policy falls back to.")
    category: str = Field(default="marketing", min_length=1, description="Which rules of policy.yaml it is under.")
    purpose: str | None = Field(default=None, description="What the person must have consented to.")
    topic: str | None = Field(default=None, description="What a person can unsubscribe from.")
    priority: int | None = Field(default=None, ge=0, le=9, description="Which goes first when a window opens: 9.")
    expires_after: Duration | None = Field(default=None, description="After that it is dropped, such as 3d.")

    @model_validator(mode="after")
    def _one_or_several(self) -> Self:
        if self.channels and "channel" in self.model_fields_set:
            raise ValueError("a send has a channel, or several channels to choose from, not both")
        return self

    @property
    def ways(self) -> tuple[str, ...]:
        return self.channels or (self.channel,)


class WaitFor(Listener):
    within: Duration = Field(description="For how long to wait, such as 24h.")


class _Step(Definition):
    id: str | None = Field(default=None, pattern=ID)
    kind: ClassVar[str]
    outcomes: ClassVar[tuple[str, ...]]

    @property
    def edges(self) -> Mapping[str, str]:
        """For each outcome where it leads, as written."""
        return {outcome: getattr(self, outcome) for outcome in self.outcomes}


class SendStep(_Step):
    """`sent`: it went out. `dropped`: a rule forbade it. `failed`: it was allowed, but could not be delivered."""

    kind = "send"
    outcomes = ("sent", "dropped", "failed")
    send: Send
    sent: Target = NEXT
    dropped: Target = NEXT
    failed: Target = NEXT


class WaitStep(_Step):
    """A while passes."""

    kind = "wait"
    outcomes = ("timeout",)
    wait: Duration
    timeout: Target = NEXT


class WaitForStep(_Step):
    """`matched`: the event happened after the step before. `timeout`: it did not, for so long."""

    kind = "wait_for"
    outcomes = ("matched", "timeout")
    wait_for: WaitFor
    matched: Target = NEXT
    timeout: Target = NEXT


class ExitStep(_Step):
    """The run is over. Written `- exit`."""

    kind = "exit"
    outcomes = ()
    exit: Literal[True]


def _kind_of(step: Any) -> str | None:
    if isinstance(step, _Step):
        return f"<{step.kind}>"
    named = [kind for kind in KINDS if isinstance(step, dict) and kind in step]
    return f"<{named[0]}>" if len(named) == 1 else None


def _spelled_out(step: Any) -> Any:
    return {EXIT: True} if step == EXIT else step


KINDS = tuple(kind.kind for kind in (SendStep, WaitStep, WaitForStep, ExitStep))

#: Tags are written `<send>`, so that they can be told from the words of the document in the place of a mistake.
Step = Annotated[
    Annotated[
        Annotated[SendStep, Tag("<send>")]
        | Annotated[WaitStep, Tag("<wait>")]
        | Annotated[WaitForStep, Tag("<wait_for>")]
        | Annotated[ExitStep, Tag("<exit>")],
        Discriminator(
            _kind_of,
            custom_error_type="step_kind",
            custom_error_message=f"a step is exactly one of: {', '.join(KINDS)}",
        ),
    ],
    BeforeValidator(_spelled_out),
    AlsoWritten({"const": EXIT, "description": "The run is over."}),
]


def place(location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """A pydantic error's place without the tags of step kinds: the way into the document as it was written."""
    return tuple(part for part in location if not (isinstance(part, str) and part.startswith("<")))
