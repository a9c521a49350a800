"""Events are folded into the people whom they happened to, each once, and say what they begin.

A person's events are committed together: their timeline rows, put if absent, and the documents that they change.
Those that were there before are taken out, and what they began then is begun again; the rest is committed anew.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from segue.events.event import Event
from segue.profiles.desk import Desk
from segue.profiles.identity import anonymous_profile_id, claims, home
from segue.profiles.linking import link
from segue.profiles.living import NO_RULES, Moment, derived
from segue.profiles.ports import MOST_ROWS, Conflict, Entry, Known, Profiles
from segue.profiles.profile import OWN, Notice, Part, Profile
from segue.profiles.rules import Rules
from segue.profiles.signals import Enter
from segue.profiles.timeline import fingerprint

#: How often a person's documents may be snatched away before the events go back to the queue.
TRIES = 8

#: 50 events of 32 KB and their people's documents stay below DynamoDB's 4 MB.
_MOST_EVENTS = 50

#: More rows than any one event adds: its own two, and for each of two claims the documents of three people.
_ROOM = 20

Pause = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as they are now, and the events of theirs that came, new and known, by time."""

    profile: Profile
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Absorbed:
    """`enters` includes what known events began when they first came. `applied` and `known` count events."""

    people: tuple[Person, ...]
    enters: tuple[Enter, ...]
    applied: int
    known: int


def by_person(events: Iterable[Event]) -> list[list[Event]]:
    """Groups that share no profile, as far as the events themselves tell; each by time."""
    leader: dict[str, str] = {}

    def find(profile_id: str) -> str:
        while (above := leader.setdefault(profile_id, profile_id)) != profile_id:
            profile_id = above
        return profile_id

    events = sorted(events, key=lambda event: event.order)
    for event in events:
        for anonymous_id, claim in claims(event):
            leader[find(anonymous_profile_id(anonymous_id))] = find(claim.profile_id)
    groups: dict[str, list[Event]] = {}
    for event in events:
        groups.setdefault(find(home(event)), []).append(event)
    return list(groups.values())


def absorb(
    events: Iterable[Event],
    *,
    profiles: Profiles,
    notice: Notice[Enter],
    pause: Pause = lambda _: None,
    rules: Rules = NO_RULES,
    now: datetime | None = None,
) -> Absorbed:
    """Raise `Conflict` when somebody else was faster `TRIES` times; what had been committed by then is known next time.

    `pause(n)` is called after the n-th conflict, to get out of each other's way. `now`, if not given, is when the last
    of the events came.
    """
    events = sorted(events, key=lambda event: event.order, reverse=True)
    came = {fingerprint(event): event for event in events}
    waiting = sorted(came.values(), key=lambda event: event.order)
    people: dict[str, Profile] = {}
    enters: list[Enter] = []
    brought: list[Event] = []
    now = now or max((event.received_at for event in events), default=None)
    known = conflicts = 0
    while waiting:
        desk = Desk(profiles)
        begun = _fold_some(desk, waiting, notice, Moment(rules, now))
        try:
            profiles.commit(desk.change())
        except Known as there:
            known += len(there.raised)
            enters += [enter for raised in there.raised.values() for enter in raised]
            brought += [event for told in there.brought.values() for event in told]
            rest = [event for event in waiting if fingerprint(event) not in there.raised]
            if len(rest) == len(waiting):
                raise
            waiting = rest
        except Conflict:
            conflicts += 1
            if conflicts == TRIES:
                raise
            pause(conflicts)
        else:
            people |= desk.profiles.known()
            enters += begun
            brought += desk.brought
            waiting = waiting[desk.events :]
    return Absorbed(
        people=_people([*came.values(), *brought], people, profiles),
        enters=tuple(enters),
        applied=len(came) - known,
        known=known + len(events) - len(came),
    )


def _fold_some(desk: Desk, events: Sequence[Event], notice: Notice[Enter], moment: Moment) -> list[Enter]:
    """As many of the events, in order, as fit into one change."""
    begun: list[Enter] = []
    for event in events:
        person, told = derived(desk, _apply(desk, event, moment.rules), event, moment)
        raised = tuple(notice(person, event))
        brought = tuple(Entry(event=each, raises=tuple(notice(person, each))) for each in told)
        desk.enter(event, raised, brought)
        begun += [*raised, *(enter for entry in brought for enter in entry.raises)]
        if desk.size > MOST_ROWS - _ROOM or desk.events == _MOST_EVENTS:
            break
    return begun


def _apply(desk: Desk, event: Event, rules: Rules) -> Profile:
    """The person whose event it is, just after it."""
    for anonymous_id, claim in claims(event):
        link(desk, anonymous_id, claim)
    place = desk.profiles[home(event)]
    if place.owner:
        person, key = desk.profiles[place.owner.profile_id], event.anonymous_id or OWN
    else:
        person, key = place, OWN
        if not (person.user_id or person.anonymous_id):
            person = replace(person, user_id=event.user_id, anonymous_id=None if event.user_id else event.anonymous_id)
    person = person.with_part(key, rules.fold(person.parts.get(key, Part()), event))
    desk.profiles[person.profile_id] = person
    return person


def _people(events: Iterable[Event], read: dict[str, Profile], profiles: Profiles) -> tuple[Person, ...]:
    def person(profile_id: str) -> Profile:
        if profile_id not in read:
            read[profile_id] = profiles.profile(profile_id).value
        found = read[profile_id]
        return person(found.owner.profile_id) if found.owner else found

    theirs: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda event: event.order):
        theirs.setdefault(person(home(event)).profile_id, []).append(event)
    return tuple(Person(read[profile_id], tuple(events)) for profile_id, events in theirs.items())
