"""A person unsubscribes by the link in a message: an event like any other, so that the profile says when."""

import hashlib
from datetime import datetime

from segue.events.event import Event, belonging_to
from segue.events.ports import EventBus
from segue.messages.tokens import Unsubscribe
from segue.profiles.ports import Profiles
from segue.profiles.profile import UNSUBSCRIBED


class Nobody(Exception):
    """The person is not known any more."""


def unsubscribe(claim: Unsubscribe, *, everything: bool, profiles: Profiles, bus: EventBus, now: datetime) -> Event:
    """From the topic that the message was about; from the whole channel when it had none, or `everything` is asked for.

    Raise `Nobody`. A repeated click is a second event that changes nothing.
    """
    identifier = profiles.profile(claim.profile_id).value.identifier
    if identifier is None:
        raise Nobody
    topic = None if everything else claim.topic
    properties = {"channel": claim.channel, "topic": topic, "send_id": claim.send_id}
    said = Event(
        message_id=_message_id(claim, topic, now),
        type="track",
        name=UNSUBSCRIBED,
        timestamp=now,
        received_at=now,
        source="segue",
        properties={name: value for name, value in properties.items() if value is not None},
    )
    event = belonging_to(identifier, said)
    bus.publish([event])
    return event


def unsubscribe_url(public_url: str, token: str) -> str:
    return f"{public_url.rstrip('/')}/u/{token}"


def _message_id(claim: Unsubscribe, topic: str | None, now: datetime) -> str:
    said = "|".join((claim.profile_id, claim.channel, topic or "", claim.send_id, now.isoformat()))
    return f"unsubscribe-{hashlib.sha256(said.encode()).hexdigest()[:32]}"
