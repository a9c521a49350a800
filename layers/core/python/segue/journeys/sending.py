"""The steps that send: one message, or one by channel after channel until it is answered."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from segue.duration import Duration
from segue.journeys.step import NEXT, BaseStep, Definition, Listener, Target

#: What says that a message was opened, by the channel that it went by.
OPENED: Mapping[str, tuple[str, ...]] = {
    "email": ("Email Opened", "Email Link Clicked"),
    "push": ("Push Notification Tapped",),
    "sms": ("SMS Link Clicked",),
    "in_app": ("Card Opened",),
    "inbox": ("Card Opened",),
}


class Voice(Definition):
    """How a message is sent. `purpose`, `priority` and `expires_after` are the category's, unless they are said."""

    category: str = Field(default="marketing", min_length=1, description="Which rules of policy.yaml it is under.")
    purpose: str | None = Field(default=None, description="What the person must have consented to.")
    topic: str | None = Field(default=None, description="What a person can unsubscribe from.")
    priority: int | None = Field(default=None, ge=0, le=9, description="Which goes first when a window opens: 9.")
    expires_after: Duration | None = Field(default=None, description="After that it is dropped, such as 3d.")


class Send(Voice):
    """A wish to send a template."""

    template: str = Field(min_length=1, description="The name of a file in templates/.")
    channel: str = Field(default="email", min_length=1, description="By which it goes: email, in_app …")
    channels: tuple[str, ...] = Field(
        default=(), description="Instead of channel: by one of them that is open, the person's preferred one first."
    )
    fallback: bool = Field(default=True, description="If it can go by none now, what the policy falls back to.")

    @model_validator(mode="after")
    def _one_or_several(self) -> Self:
        if self.channels and "channel" in self.model_fields_set:
            raise ValueError("a send has a channel, or several channels to choose from, not both")
        return self

    @property
    def ways(self) -> tuple[str, ...]:
        return self.channels or (self.channel,)


class SendStep(BaseStep):
    """`sent`: it went out. `dropped`: a rule forbade it. `failed`: it was allowed, but could not be delivered."""

    kind = "send"
    outcomes = ("sent", "dropped", "failed")
    send: Send
    sent: Target = NEXT
    dropped: Target = NEXT
    failed: Target = NEXT


class Escalate(Voice):
    """A message by one channel after the other, each `after` so long, until it is opened or an event comes."""

    message: str = Field(min_length=1, description="The name of a file in templates/.")
    over: tuple[str, ...] = Field(min_length=2, description="The channels, in this order.")
    after: Duration = Field(description="How long to wait for an answer before the next channel, such as 24h.")
    until: Literal["opened"] | Listener = Field(default="opened", description="opened, or an event: then it ends.")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.over)) < len(self.over):
            raise ValueError("a channel comes twice: name each once")
        return self

    def send(self, channel: str) -> Send:
        said = self.model_dump(include=set(Voice.model_fields) & self.model_fields_set)
        return Send.model_validate({**said, "template": self.message, "channel": channel, "fallback": False})


class EscalateStep(BaseStep):
    """`answered`: it was opened, or the event came. `unanswered`: all channels were tried, and it was not."""

    kind = "escalate"
    outcomes = ("answered", "unanswered")
    escalate: Escalate
    answered: Target = NEXT
    unanswered: Target = NEXT
