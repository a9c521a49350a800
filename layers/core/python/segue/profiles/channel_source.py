"""By which way a person first came, and by which last: the channel sources of their events, in any order.

As in Google Analytics, a direct visit never takes the place of a way that is known: the link was followed before it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from segue.events.enrichment.channels import Channel
from segue.events.event import Event

_MOST_CHARACTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSource:
    """`channel` is one of `Channel`, unless the client named another. The message id settles what came at once."""

    channel: str
    at: datetime
    message_id: str
    source: str = ""
    medium: str = ""
    campaign: str = ""

    @property
    def order(self) -> tuple[Any, ...]:
        """A total one, since two people who turn out to be one may have used the same message id at the same time."""
        return (self.at, self.message_id, self.channel, self.source, self.medium, self.campaign)

    def as_context(self) -> dict[str, Any]:
        said = {"channel": self.channel, "source": self.source, "medium": self.medium, "campaign": self.campaign}
        return {**{word: value for word, value in said.items() if value}, "at": self.at}


def channel_source(event: Event) -> ChannelSource | None:
    """What ingest found out about the event's way, or what the client said itself."""
    found = event.context.get("channel_source")
    if not isinstance(found, dict) or not _text(found, "channel"):
        return None
    return ChannelSource(
        channel=_text(found, "channel"),
        at=event.timestamp,
        message_id=event.message_id,
        source=_text(found, "source"),
        medium=_text(found, "medium"),
        campaign=_text(found, "campaign"),
    )


def earliest(one: ChannelSource | None, other: ChannelSource | None) -> ChannelSource | None:
    return min(one, other, key=lambda each: each.order) if one and other else one or other


def latest(one: ChannelSource | None, other: ChannelSource | None) -> ChannelSource | None:
    return (
        max(one, other, key=lambda each: (each.channel != Channel.DIRECT, each.order))
        if one and other
        else one or other
    )


def _text(found: dict[str, Any], word: str) -> str:
    value = found.get(word)
    return value[:_MOST_CHARACTERS] if isinstance(value, str) else ""
