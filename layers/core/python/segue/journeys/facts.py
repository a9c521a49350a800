"""What a condition in a journey may speak of: the event at hand, the person just after it, and the run."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from segue.events.conditions import Condition, Facts, Trouble
from segue.events.event import Event
from segue.profiles.profile import Profile
from segue.profiles.runs import Run

#: What there is to speak of, below each root.
WORDS: Mapping[str, tuple[str, ...]] = {
    "event": (
        *("id", "type", "name", "timestamp", "received_at", "source", "user_id", "anonymous_id", "group_id"),
        *("properties", "traits", "context"),
    ),
    "profile": ("id", "user_id", "anonymous_ids", "traits", "events", "time_zone", "first_source", "last_source"),
    "run": ("id", "journey", "key", "entry"),
}

#: Told of a condition that had no answer.
Tell = Callable[[Trouble], None]


def ignore(_trouble: Trouble) -> None: ...


def facts(event: Event, profile: Profile, run: Run | None = None) -> Facts:
    """`now` is the event's own time, so that the answer is the same whenever the question is asked."""
    return Facts(
        {
            "event": event_facts(event),
            "profile": profile.as_context(),
            "run": run_facts(run) if run else {},
            "now": event.timestamp,
        }
    )


def event_facts(event: Event) -> dict[str, Any]:
    return {
        "id": event.message_id,
        "type": event.type,
        "name": event.name,
        "timestamp": event.timestamp,
        "received_at": event.received_at,
        "source": event.source,
        "user_id": event.user_id,
        "anonymous_id": event.anonymous_id,
        "group_id": event.group_id,
        "properties": dict(event.properties),
        "traits": dict(event.traits),
        "context": dict(event.context),
    }


def run_facts(run: Run) -> dict[str, Any]:
    """`run` as conditions and templates see it."""
    entry = run.entry
    return {
        "id": run.run_id,
        "journey": run.journey,
        "key": run.key,
        "entry": {
            "name": entry.name,
            "timestamp": entry.timestamp,
            "properties": dict(entry.properties),
        },
    }


@cache
def parsed(text: str) -> Condition:
    """A condition that was kept as text, such as a running run's goal."""
    return Condition.parse(text)
