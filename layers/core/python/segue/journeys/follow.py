"""What events mean for the runs that are under way: resume a wait, or leave."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from segue.events.event import Event
from segue.journeys.facts import Tell, facts, ignore, parsed
from segue.profiles.profile import Profile
from segue.profiles.runs import Ended, Run, Runs, Trigger, Wait
from segue.profiles.signals import Exit, Resume, Signal


def follow(runs: Runs, profile: Profile, events: Iterable[Event], tell: Tell = ignore) -> tuple[Signal, ...]:
    """At most one signal a run: leave for the first event that says so, else resume for the first that does.

    Who is in a journey twice, since two profiles were joined, leaves it once.
    """
    ordered = sorted(events, key=lambda event: event.order)
    twice = runs.twice()
    signals = (
        leaving(run, profile, ordered, tell)
        or (_merged(run, profile, ordered) if run in twice else resuming(run, profile, ordered, tell))
        for run in runs.alive()
    )
    return tuple(signal for signal in signals if signal)


def _merged(run: Run, profile: Profile, events: Sequence[Event]) -> Exit | None:
    at = max((event.timestamp for event in events), default=None)
    return Exit(profile_id=profile.profile_id, run_id=run.run_id, why=Ended.MERGED, at=at) if at else None


def leaving(run: Run, profile: Profile, events: Iterable[Event], tell: Tell = ignore) -> Exit | None:
    """The first event, at or after the entry and not the entry itself, that fits the goal or an exit."""
    for event in events:
        if event.timestamp < run.entry.timestamp or event.message_id == run.entry.message_id:
            continue
        goal = run.goal
        if (
            goal
            and goal.event == event.name
            and (goal.until is None or event.timestamp < goal.until)
            and _holds(goal.when, run, profile, event, tell)
        ):
            return Exit(profile_id=profile.profile_id, run_id=run.run_id, why=Ended.GOAL, at=event.timestamp)
        if _first(run.exits, run, profile, event, tell):
            return Exit(profile_id=profile.profile_id, run_id=run.run_id, why=Ended.EXIT_EVENT, at=event.timestamp)
    return None


def resuming(run: Run, profile: Profile, events: Iterable[Event], tell: Tell = ignore) -> Resume | None:
    """The first event after `since` and before `until` that fits a trigger of the run's wait."""
    wait = run.wait
    if wait is None:
        return None
    for event in events:
        if not _within(wait, event.timestamp) or event.message_id == run.entry.message_id:
            continue
        if trigger := _first(wait.triggers, run, profile, event, tell):
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


def _first(triggers: Iterable[Trigger], run: Run, profile: Profile, event: Event, tell: Tell) -> Trigger | None:
    fitting = (trigger for trigger in triggers if trigger.event == event.name)
    return next((trigger for trigger in fitting if _holds(trigger.when, run, profile, event, tell)), None)


def _holds(when: str | None, run: Run, profile: Profile, event: Event, tell: Tell) -> bool:
    return when is None or parsed(when).holds(facts(event, profile, run), tell)
