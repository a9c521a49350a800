"""An operator says that an identifier is not this person's after all. It holds for good, whatever events say."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from segue.events.event import Event, belonging_to
from segue.events.identifier import Identifier
from segue.profiles.absorb import DEFAULT_LIMITS, TRIES
from segue.profiles.desk import Desk
from segue.profiles.identity import profile_id_of
from segue.profiles.linking import part
from segue.profiles.living import ask_soon
from segue.profiles.ports import Conflict, Profiles
from segue.profiles.profile import Profile
from segue.profiles.resolve import Limits

UNLINKED = "Identifier Unlinked"


class NotTheirs(Exception):
    """The person has no such identifier, or no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlink:
    """`by` is who says so, `why` in their words; both stand in the timeline of the person."""

    profile_id: str
    identifier: Identifier
    by: str
    why: str


def unlink(asked: Unlink, *, profiles: Profiles, now: datetime, limits: Limits = DEFAULT_LIMITS) -> Event:
    """The identifier is a profile of its own, with the events, runs and parts that were its own. Raise `NotTheirs`."""
    for _ in range(TRIES):
        desk = Desk(profiles)
        root = desk.profiles[asked.profile_id]
        if root.owner:
            root = desk.profiles[root.owner]
        unlinked = profile_id_of(asked.identifier)
        if root.identifier is None or unlinked not in root.places or not root.members:
            raise NotTheirs
        event = _told(asked, root, now)
        ask_soon(desk, part(desk, unlinked, root.places, limits), now)
        desk.enter(event, ())
        try:
            profiles.commit(desk.change())
        except Conflict:
            continue
        return event
    raise Conflict(asked.profile_id)


def _told(asked: Unlink, root: Profile, now: datetime) -> Event:
    assert root.identifier is not None
    said = "|".join((root.profile_id, str(asked.identifier), now.isoformat()))
    event = Event(
        message_id=f"unlink-{hashlib.sha256(said.encode()).hexdigest()[:32]}",
        type="track",
        name=UNLINKED,
        timestamp=now,
        received_at=now,
        source="segue",
        properties={
            "namespace": asked.identifier.namespace,
            "profile_id": profile_id_of(asked.identifier),
            "by": asked.by,
            "why": asked.why,
        },
    )
    return belonging_to(root.identifier, event)
