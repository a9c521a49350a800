"""What Segue itself tells of a person: events that no source sent, in the timeline like any other."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from segue.events.event import OWN_SOURCE, Event, written
from segue.profiles.profile import Profile

SESSION_STARTED, SESSION_ENDED = "Session Started", "Session Ended"
SEGMENT_ENTERED, SEGMENT_LEFT = "Segment Entered", "Segment Left"
STAGE_CHANGED = "Lifecycle Stage Changed"


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be told, and when it became so."""

    name: str
    at: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)


def as_event(told: Told, profile: Profile, number: int, now: datetime) -> Event:
    """The id follows from the person and the number of what is told of them: a repetition is the same event."""
    said = f"{profile.profile_id}/{number}/{told.name}/{told.at.isoformat()}"
    digest = hashlib.sha256(said.encode()).hexdigest()[:26]
    if profile.identifier is None:
        raise ValueError(f"profile {profile.profile_id} is nobody's")
    user_id, anonymous_id, identifiers = written(profile.identifier)
    return Event(
        message_id=f"{OWN_SOURCE}-{digest}",
        type="track",
        name=told.name,
        timestamp=told.at,
        received_at=now,
        client_time=told.at,
        source=OWN_SOURCE,
        properties=told.properties,
        user_id=user_id,
        anonymous_id=anonymous_id,
        identifiers=identifiers,
    )
