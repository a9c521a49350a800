"""Whether a person is subscribed to a channel and topic: what they left stands until they come back to it.

An unsubscription covers a channel (`email`), a topic of it (`email/offers`), all channels (`all`), or a topic on all of
them (`all/offers`). A later subscription lifts it as far as it reaches: to the same, or to a part of it.
"""

from collections.abc import Iterable

from segue.events.bounds import MOST_NAME_BYTES, fits
from segue.profiles.profile import Part, Permission, subscription_key

ALL = "all"


def can_be_left(topic: str, channels: Iterable[str]) -> bool:
    """Whether a profile keeps who leaves it, by whatever channel: a longer name is none."""
    return all(fits(subscription_key(channel, topic), MOST_NAME_BYTES) for channel in (ALL, *channels))


def room_for_topic(channels: Iterable[str]) -> int:
    """Of how many bytes, in JSON, the name of a topic may be."""
    return MOST_NAME_BYTES - len("/") - max(len(channel.encode()) for channel in (ALL, *channels))


def unsubscribed(part: Part, channel: str, topic: str | None) -> tuple[str, Permission] | None:
    """The unsubscription that stands in the way, and when it was said; `None`: none does."""
    if not part.subscriptions:
        return None
    covering = _covering(channel, topic)
    said = {key: permission for key in covering if (permission := part.permission(key))}
    for key, permission in said.items():
        lifted = any(
            again.granted and again.at > permission.at and _within(narrower, key) for narrower, again in said.items()
        )
        if not permission.granted and not lifted:
            return key, permission
    return None


def subscribed(part: Part, channel: str, topic: str) -> bool:
    """Whether the person has subscribed to this very topic; that no unsubscription stands is asked before."""
    keys = (subscription_key(channel, topic), subscription_key(ALL, topic))
    return any(key in part.subscriptions and part.subscriptions[key].granted for key in keys)


def _covering(channel: str, topic: str | None) -> tuple[str, ...]:
    """What a message on this channel and topic is covered by, the widest first."""
    wide = (ALL, channel)
    return wide if topic is None else (*wide, subscription_key(ALL, topic), subscription_key(channel, topic))


def _within(key: str, wider: str) -> bool:
    """Whether everything that one covers is covered by the other too. Both cover the same message."""
    channel, _, topic = key.partition("/")
    wide_channel, _, wide_topic = wider.partition("/")
    return wide_channel in (ALL, channel) and wide_topic in ("", topic)
