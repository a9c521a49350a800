"""What events mean for the runs that are under way: resume a wait, or leave."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from segue.events.event import Event
from segue.journeys.facts import Read, Tell, facts, ignore, parsed, plain, words
from segue.profiles.profile import Profile
from segue.profiles.runs import Ended, Run, Runs, Trigger, Wait
from segue.profiles.signals import Exit, Resume, Signal

#: Whether a condition, which may be none, holds for an event.
Holds = Callable[[str | None, Event], bool]


def follow(
    runs: Runs, profile: Profile, events: Iterable[Event], tell: Tell = ignore, read: Read = plain
) -> tuple[Signal, ...]:
    """At most one signal a run: leave for the first event that says so, else resume for the first that does.

    Who is in a journey twice, since two profiles were joined, leaves it once.
    """
    ordered = sorted(events, key=lambda event: event.order)
    twice = runs.twice()
    signals = (
        leaving(run, profile, ordered, tell, read)
        or (_merged(run, profile, ordered) if run in twice else resuming(run, profile, ordered, tell, read))
        for run in runs.alive()
    )
    return tuple(signal for signal in signals if signal)


def _merged(run: Run, profile: Profile, events: Sequence[Event]) -> Exit | None:
    at = max((event.timestamp for event in events), default=None)
    return Exit(profile_id=profile.profile_id, run_id=run.run_id, why=Ended.MERGED, at=at) if at else None


def leaving(
    run: Run, profile: Profile, events: Iterable[Event], tell: Tell = ignore, read: Read = plain
) -> Exit | None:
    """The first event, at or after the entry and not the entry itself, that fits the goal or an exit."""
    holds = _holding(run, profile, tell, read)
    for event in events:
        if event.timestamp < run.entry.timestamp or event.message_id == run.entry.message_id:
            continue
        goal = run.goal
        if (
            goal
            and goal.event == event.name
            and (goal.until is None or event.timestamp < goal.until)
            and holds(goal.when, event)
        ):
            return Exit(profile_id=profile.profile_id, run_id=run.run_id, why=Ended.GOAL, at=event.timestamp)
        if _first(run.exits, event, holds):
            return Exit(profile_id=profile.profile_id, run_id=run.run_id, why=Ended.EXIT_EVENT, at=event.timestamp)
    return None


def resuming(
    run: Run, profile: Profile, events: Iterable[Event], tell: Tell = ignore, read: Read = plain
) -> Resume | None:
    """The first event after `since` and before `until` that fits a trigger of the run's wait."""
    wait = run.wait
    if wait is None:
        return None
    holds = _holding(run, profile, tell, read)
    for event in events:
        if not _within(wait, event.timestamp) or event.message_id == run.entry.message_id:
            continue
        if trigger := _first(wait.triggers, event, holds):
            return Resume(
                profile_id=profile.profile_id,
                run_id=run.run_id,
                step=wait.step,
                outcome=trigger.outcome,
                at=event.timestamp,
                received_at=event.received_at,
            )
    return None


def _within(wait: Wait, at: datetime) -> bool:
    return wait.since < at and (wait.until is None or at < wait.until)


def _first(triggers: Iterable[Trigger], event: Event, holds: Holds) -> Trigger | None:
    fitting = (trigger for trigger in triggers if trigger.event == event.name)
    return next((trigger for trigger in fitting if holds(trigger.when, event)), None)


def _holding(run: Run, profile: Profile, tell: Tell, read: Read) -> Holds:
    """Of this run: whether a condition holds for an event."""

    def holds(when: str | None, event: Event) -> bool:
        if when is None:
            return True
        condition = parsed(when)
        return condition.holds(facts(event, profile, run, read, words([condition])), tell)

    return holds
