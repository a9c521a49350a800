"""Which runs an event begins, and whether they may begin now."""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from segue.events.conditions import Condition
from segue.events.event import Event
from segue.journeys.definition import Again, Journey
from segue.journeys.facts import Read, Tell, event_facts, facts, ignore, plain, words
from segue.journeys.step import Listener
from segue.profiles.profile import Notice, Profile
from segue.profiles.runs import Entry, Goal, Run, Runs, Trigger
from segue.profiles.signals import Enter

#: How long an ended run is remembered, so that a repeated signal finds it.
KEPT = timedelta(days=30)


class Refusal(StrEnum):
    """Why an entry began nothing."""

    NOT_DEPLOYED = "not_deployed"
    PAUSED = "paused"
    STILL_RUNNING = "still_running"
    TOO_SOON = "too_soon"
    ERASED = "erased"


def entries(journeys: Iterable[Journey], tell: Tell = ignore, read: Read = plain) -> Notice[Enter]:
    """Notices, for an event and the person just after it, the runs that it begins."""
    by_event: Mapping[str, list[Journey]] = defaultdict(list)
    for journey in journeys:
        by_event[journey.entry.event].append(journey)
    asked = {name: words(_conditions(waiting)) for name, waiting in by_event.items()}

    def notice(profile: Profile, event: Event) -> tuple[Enter, ...]:
        waiting = by_event.get(event.name, ())
        conditional = any(_conditions(waiting))
        known = facts(event, profile, None, read, asked[event.name]) if conditional else None
        return tuple(
            entering(journey, profile, event) for journey in waiting if known is None or _admits(journey, known, tell)
        )

    return notice


def _conditions(journeys: Iterable[Journey]) -> list[Condition]:
    return [each for journey in journeys for each in (journey.entry.when, journey.entry.unless) if each]


def begin(journey: Journey, signal: Enter) -> Run:
    """The run as it is kept. Its goal and exits are its own from now on."""
    event, goal = signal.event, journey.goal
    return Run(
        run_id=signal.run_id,
        journey=journey.name,
        version=journey.version,
        entry=Entry(
            message_id=event.message_id,
            name=event.name,
            timestamp=event.timestamp,
            received_at=event.received_at,
            properties=event.properties,
        ),
        key=signal.key,
        goal=Goal(
            event=goal.event,
            until=event.timestamp + goal.within if goal.within else None,
            when=_text(goal),
        )
        if goal
        else None,
        exits=tuple(Trigger(event=exit_.event, outcome="exit", when=_text(exit_)) for exit_ in journey.exit_on),
        anchor=event.timestamp,
    )


def refusal(journey: Journey, signal: Enter, runs: Runs) -> Refusal | None:
    """An entry that is no later than the last one of its key comes too late, or once more: it begins nothing."""
    if any(run.journey == journey.name and run.key == signal.key for run in runs.alive()):
        return Refusal.STILL_RUNNING
    last = runs.entered.get(_entered(journey.name, signal.key))
    if last is None:
        return None
    again = journey.entry.again
    if again == "never" or signal.event.timestamp <= last:
        return Refusal.TOO_SOON
    if isinstance(again, timedelta) and signal.event.timestamp < last + again:
        return Refusal.TOO_SOON
    return None


def with_run(runs: Runs, run: Run, journey: Journey, now: datetime) -> Runs:
    """The runs with a new one, without what nobody asks for any more: runs and entries of long ago."""
    kept = {key: each for key, each in runs.runs.items() if each.ended_at is None or each.ended_at > now - KEPT}
    own = _entered(journey.name, "")
    asked_for = {
        key: at
        for key, at in runs.entered.items()
        if not key.startswith(own) or _matters(at, journey.entry.again, run.entry.timestamp)
    }
    entered = {**asked_for, _entered(run.journey, run.key): run.entry.timestamp}
    return replace(runs, runs={**kept, run.run_id: run}, entered=entered)


def run_id(journey: str, event: Event, key: str) -> str:
    """Deterministic, at most 80 characters of `[a-z0-9-]`: the name of the execution."""
    said = f"{event.who[0].value}\0{event.message_id}\0{key}"
    digest = base64.b32encode(hashlib.sha256(said.encode()).digest()).decode().lower()[:26]
    return f"{journey}-{digest}"


def entering(journey: Journey, profile: Profile, event: Event) -> Enter:
    """The wish that the event's person begins."""
    key = _key(journey.entry.key, event)
    return Enter(
        profile_id=profile.profile_id,
        journey=journey.name,
        version=journey.version,
        run_id=run_id(journey.name, event, key),
        event=event,
        key=key,
    )


def _admits(journey: Journey, known: Any, tell: Tell) -> bool:
    when, unless = journey.entry.when, journey.entry.unless
    return (when is None or when.holds(known, tell)) and not (unless and unless.holds(known, tell))


def _key(path: str | None, event: Event) -> str:
    value: Any = event_facts(event) if path else None
    for name in (path or "").split(".")[1:]:
        value = value.get(name) if isinstance(value, Mapping) else None
    return "" if value is None else str(value)


def _matters(entered: datetime, again: Again, now: datetime) -> bool:
    match again:
        case "never":
            return True
        case "always":
            return entered > now - KEPT
        case _:
            return entered > now - max(again, KEPT)


def _entered(journey: str, key: str) -> str:
    return f"{journey}/{key}"


def _text(listener: Listener) -> str | None:
    return str(listener.when) if listener.when else None
