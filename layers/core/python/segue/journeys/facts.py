"""What a condition in a journey may speak of: the event at hand, the person just after it, and the run."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from segue.events.conditions import Condition, Facts, Trouble
from segue.events.event import WORDS as EVENT_WORDS
from segue.events.event import Event
from segue.profiles.profile import WORDS as PROFILE_WORDS
from segue.profiles.profile import Profile
from segue.profiles.runs import Run

#: What there is to speak of, below each root.
WORDS: Mapping[str, tuple[str, ...]] = {
    "event": EVENT_WORDS,
    "profile": PROFILE_WORDS,
    "run": ("id", "journey", "key", "entry"),
}

#: Told of a condition that had no answer.
Tell = Callable[[Trouble], None]


def ignore(_trouble: Trouble) -> None: ...


#: What a profile says at a moment, below the words that are asked for.
Read = Callable[[Profile, datetime, Collection[str]], Mapping[str, Any]]


def plain(profile: Profile, _now: datetime, _words: Collection[str]) -> Mapping[str, Any]:
    """Of a workspace that computes nothing."""
    return profile.as_context()


def words(conditions: Iterable[Condition]) -> frozenset[str]:
    """What they read below `profile`."""
    paths = (path for condition in conditions for path in condition.paths())
    return frozenset(path[1] if len(path) > 1 else "" for path in paths if path[0] == "profile")


def facts(
    event: Event,
    profile: Profile,
    run: Run | None = None,
    read: Read = plain,
    asked: Collection[str] = WORDS["profile"],
) -> Facts:
    """`now` is the event's own time, so that the answer is the same whenever the question is asked."""
    return Facts(
        {
            "event": event_facts(event),
            "profile": read(profile, event.timestamp, asked),
            "run": run_facts(run) if run else {},
            "now": event.timestamp,
        }
    )


def moment_facts(
    now: datetime, profile: Profile, run: Run, read: Read = plain, asked: Collection[str] = WORDS["profile"]
) -> Facts:
    """Where no event is at hand."""
    return Facts({"profile": read(profile, now, asked), "run": run_facts(run), "now": now})


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
