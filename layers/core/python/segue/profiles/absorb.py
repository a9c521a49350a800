"""Events are folded into the people whom they happened to, each once, and say what they begin.

A person's events are committed together: their timeline rows, put if absent, and the documents that they change.
Those that were there before are taken out, and what they began then is begun again; the rest is committed anew.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from segue.events.event import Event
from segue.profiles.desk import Desk
from segue.profiles.erased import screened
from segue.profiles.fold import fold
from segue.profiles.identity import anonymous_profile_id, claims, home
from segue.profiles.linking import link
from segue.profiles.ports import MOST_ROWS, Conflict, Known, Profiles
from segue.profiles.profile import OWN, Notice, Part, Profile
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
    """`enters` includes what known events began when they first came. `applied`, `known` and `erased` count events.

    An `erased` one was of somebody who has been erased, and left no trace.
    """

    people: tuple[Person, ...]
    enters: tuple[Enter, ...]
    applied: int
    known: int
    erased: int = 0


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
    events: Iterable[Event], *, profiles: Profiles, notice: Notice[Enter], pause: Pause = lambda _: None
) -> Absorbed:
    """Raise `Conflict` when somebody else was faster `TRIES` times; what had been committed by then is known next time.

    `pause(n)` is called after the n-th conflict, to get out of each other's way.
    """
    events = sorted(events, key=lambda event: event.order, reverse=True)
    came = {fingerprint(event): event for event in events}
    waiting = sorted(came.values(), key=lambda event: event.order)
    people: dict[str, Profile] = {}
    enters: list[Enter] = []
    known = conflicts = erased = 0
    while waiting:
        desk = Desk(profiles)
        admitted = [screened(event, desk.profiles) for event in waiting]
        for event, kept in zip(waiting, admitted, strict=True):
            if kept is None:
                del came[fingerprint(event)]
                erased += 1
        waiting = [event for event in admitted if event]
        if not waiting:
            break
        begun = _fold_some(desk, waiting, notice)
        try:
            profiles.commit(desk.change())
        except Known as there:
            known += len(there.raised)
            enters += [enter for raised in there.raised.values() for enter in raised]
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
            waiting = waiting[desk.events :]
    return Absorbed(
        people=_people(came.values(), people, profiles),
        enters=tuple(enters),
        applied=len(came) - known,
        known=known + len(events) - len(came) - erased,
        erased=erased,
    )


def _fold_some(desk: Desk, events: Sequence[Event], notice: Notice[Enter]) -> list[Enter]:
    """As many of the events, in order, as fit into one change."""
    begun: list[Enter] = []
    for event in events:
        raised = tuple(notice(_apply(desk, event), event))
        desk.enter(event, raised)
        begun += raised
        if desk.size > MOST_ROWS - _ROOM or desk.events == _MOST_EVENTS:
            break
    return begun


def _apply(desk: Desk, event: Event) -> Profile:
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
    person = person.with_part(key, fold(person.parts.get(key, Part()), event))
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
