"""What a team writes for one message: a name, and its words for each channel that it can go by, in Liquid."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Words(_Definition):
    """Each field is Liquid; those named in `markup` are HTML, in which values are escaped."""

    markup: ClassVar[frozenset[str]] = frozenset()

    def texts(self) -> Iterator[tuple[str, str, bool]]:
        """Field, Liquid source, and whether it is HTML."""
        for field in type(self).model_fields:
            source = getattr(self, field)
            if source is not None:
                yield field, source, field in self.markup


class EmailWords(_Words):
    """Without `text` it is made from the HTML."""

    markup: ClassVar[frozenset[str]] = frozenset({"html"})

    subject: str = Field(min_length=1)
    html: str = Field(min_length=1)
    text: str | None = None


class InAppWords(_Words):
    title: str = Field(min_length=1)
    body: str = Field(min_length=1)
    url: str | None = None


#: The channels that show a card in the app, each with the fields of a template in which its words may stand.
CARDS: Mapping[str, tuple[str, ...]] = {
    "in_app": ("in_app",),
    "inbox": ("inbox", "in_app"),
    "badge": ("inbox", "in_app"),
    "silent": ("inbox", "in_app"),
}

#: A channel's words, of each kind one: what `compose` makes its message of.
Words = EmailWords | InAppWords


class Template(_Definition):
    """For each channel a field of its name, with its words; what has none for the inbox uses those of the app there.

    `category` and `topic` are for readers and checks; who asks to send it says what the message is under.
    """

    template: str = Field(min_length=1)
    category: str = "marketing"
    topic: str | None = None
    email: EmailWords | None = None
    in_app: InAppWords | None = None
    inbox: InAppWords | None = None

    @property
    def name(self) -> str:
        return self.template

    def words(self, channel: str) -> Words | None:
        """`None`: this message has no words for the channel."""
        said = (getattr(self, field, None) for field in CARDS.get(channel, (channel,)))
        return next((words for words in said if isinstance(words, Words)), None)

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(field for field in type(self).model_fields if isinstance(getattr(self, field), Words))

    @property
    def goes_by(self) -> tuple[str, ...]:
        """Every channel that it has words for."""
        return tuple(channel for channel in dict.fromkeys((*self.channels, *CARDS)) if self.words(channel))
