"""Events have come: the people are brought up to date, and whatever should follow is told to the journeys.

Enter signals are decided on the profile just after the event and kept with it. Resume and exit signals are decided
after the commit, on runs read after it: a run that began to wait before is seen here, and one that begins to wait
later looks back at the timeline and sees the event there. Between the two orders no event can fall.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge

from segue.events.event import Event
from segue.profiles.absorb import DEFAULT_LIMITS, Absorbed, Pause, Person, absorb, by_person
from segue.profiles.living import NO_RULES
from segue.profiles.ports import Conflict, Due, Profiles, Signals, Timers
from segue.profiles.profile import Collects, Notice, Profile
from segue.profiles.resolve import Limits
from segue.profiles.rules import Rules
from segue.profiles.runs import Runs
from segue.profiles.signals import Enter, Signal
from segue.profiles.timeline import fingerprint

#: Which of the runs the events move, given the person as they are now.
Follow = Callable[[Runs, Profile, Sequence[Event]], Iterable[Signal]]


@dataclass(frozen=True, slots=True)
class Received:
    absorbed: Absorbed
    raised: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """An event that could not be received now. It comes again; in the end it waits in the dead-letter queue."""

    event: Event
    error: Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything that events may touch. `identity`, `rules`, `collects` and `pause` as in `absorb`.

    A timer that falls due within `soon` is rung here; one that does so later, `release` finds.
    """

    profiles: Profiles
    signals: Signals
    notice: Notice[Enter]
    follow: Follow
    identity: Limits = DEFAULT_LIMITS
    rules: Rules = NO_RULES
    collects: Collects | None = None
    pause: Pause = lambda _: None
    timers: Timers | None = None
    soon: timedelta = timedelta()


def receive_all(
    events: Iterable[Event], ports: Ports, now: datetime | None = None
) -> tuple[list[Received], list[Failed]]:
    """One person's trouble is not another's; and when a person's events fail together, each is tried by itself."""
    received: list[Received] = []
    failed: list[Failed] = []
    groups = by_person(events)
    while groups:
        group = groups.pop()
        try:
            received.append(receive(group, ports, now))
        except Exception as error:  # noqa: BLE001 - told to the caller, event by event
            if len(group) == 1 or isinstance(error, Conflict):
                failed += [Failed(event, error) for event in group]
            else:
                groups += [[event] for event in group]
    return received, failed


def receive(events: Iterable[Event], ports: Ports, now: datetime | None = None) -> Received:
    """One person's events (`by_person`), again if need be: a repetition changes nothing and raises the same signals."""
    absorbed = absorb(
        events,
        profiles=ports.profiles,
        notice=ports.notice,
        identity=ports.identity,
        rules=ports.rules,
        collects=ports.collects,
        pause=ports.pause,
        now=now,
    )
    if now:
        for person in absorbed.people:
            if absorbed.known or person.profile.profile_id in absorbed.woken:
                ring_soon(person.profile, ports, now)
    return Received(absorbed, raise_signals(absorbed, ports))


def raise_signals(absorbed: Absorbed, ports: Ports) -> tuple[Signal, ...]:
    """What the events begin, and, decided on runs read now, whom they move."""
    raised: list[Signal] = list(absorbed.enters)
    for person in absorbed.people:
        runs = ports.profiles.runs(person.profile.profile_id).value
        if runs.alive():
            raised += ports.follow(runs, person.profile, _concerning(person, runs, ports.profiles))
    if raised:
        ports.signals.raise_all(raised)
    return tuple(raised)


def ring_soon(profile: Profile, ports: Ports, now: datetime) -> None:
    """`release` looks once a minute, which is too late for what falls due before.

    Only where the timer has just been set, or may have been by whoever was cut off before this: it rings once for each.
    """
    if ports.timers and profile.wake and profile.wake - now < ports.soon:
        ports.timers.ring(Due(profile.profile_id, profile.wake), max(profile.wake - now, timedelta()))


def story(profiles: Profiles, profile: Profile, since: datetime, until: datetime | None = None) -> Iterable[Event]:
    """Everything that happened to a person in the span, by time."""
    return merge(*(profiles.timeline(place, since, until) for place in profile.places), key=lambda event: event.order)


def _concerning(person: Person, runs: Runs, profiles: Profiles) -> tuple[Event, ...]:
    """The person's events; with a link among them, all that happened on both sides since the runs began.

    For neither side's runs have seen the other's events.
    """
    came = {event.message_id for event in person.events}
    claims = [member.claim for member in person.profile.members.values()]
    if not any(claim.message_id in came for claim in claims):
        return person.events
    began = min(run.entry.timestamp for run in runs.alive())
    both = {fingerprint(event): event for event in (*story(profiles, person.profile, began), *person.events)}
    return tuple(sorted(both.values(), key=lambda event: event.order))
