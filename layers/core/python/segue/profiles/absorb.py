"""Events are folded into the people whom they happened to, each once, and say what they begin.

A person's events are committed together: their timeline rows, put if absent, and the documents that they change.
Those that were there before are taken out, and what they began then is begun again; the rest is committed anew.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from segue.events.event import Event
from segue.events.identity import Identity
from segue.profiles.consent import signals_opt_out, statements
from segue.profiles.desk import Desk
from segue.profiles.erased import screened
from segue.profiles.fold import fold_consent
from segue.profiles.identity import home, profile_id_of
from segue.profiles.linking import link
from segue.profiles.living import NO_RULES, Moment, ask_soon, derived
from segue.profiles.ports import MOST_ROWS, Conflict, Entry, Known, Profiles
from segue.profiles.profile import OWN, Collects, Notice, Part, Profile
from segue.profiles.resolve import Limits
from segue.profiles.rules import Rules
from segue.profiles.signals import Enter
from segue.profiles.timeline import fingerprint

#: How often a person's documents may be snatched away before the events go back to the queue.
TRIES = 8

#: 50 events of 32 KB and their people's documents stay below DynamoDB's 4 MB.
_MOST_EVENTS = 50

#: Of a workspace that says nothing of its identifiers.
DEFAULT_LIMITS = Identity()

Pause = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as they are now, and the events of theirs that came, new and known, by time."""

    profile: Profile
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Absorbed:
    """`enters` includes what known events began when they first came. The rest count events.

    `uncollected` are those that might not be kept: nothing of them is, but what they said of consent. `erased` ones
    were of somebody who has been erased, and left no trace. `woken` are those whose timer was set anew.
    """

    people: tuple[Person, ...]
    enters: tuple[Enter, ...]
    applied: int
    known: int
    uncollected: int = 0
    erased: int = 0
    woken: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Folded:
    """What became of the first so many events: what they began, and which of them might not be kept."""

    begun: list[Enter] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    events: int = 0


@dataclass(frozen=True, slots=True)
class _Folding:
    """What the workspace and the journeys make of an event."""

    notice: Notice[Enter]
    identity: Limits
    collects: Collects | None
    moment: Moment

    def take(self, desk: Desk, event: Event) -> list[Enter]:
        """Put the event, what it changes and what is told because of it on the desk; give the runs that all begin."""
        moved = link(desk, event, self.identity) if len(event.who) > 1 else ()
        if moved and not self.moment.rules.idle:
            ask_soon(desk, moved, self.moment.now or event.received_at)
        person, told = derived(desk, _fold_in(desk, event, self.moment.rules.fold), event, self.moment)
        raised = tuple(self.notice(person, event))
        brought = tuple(Entry(event=each, raises=tuple(self.notice(person, each))) for each in told)
        desk.enter(event, raised, brought)
        return [*raised, *(enter for entry in brought for enter in entry.raises)]


def by_person(events: Iterable[Event]) -> list[list[Event]]:
    """Groups that share no profile, as far as the events themselves tell; each by time."""
    leader: dict[str, str] = {}

    def find(profile_id: str) -> str:
        while (above := leader.setdefault(profile_id, profile_id)) != profile_id:
            profile_id = above
        return profile_id

    events = sorted(events, key=lambda event: event.order)
    for event in events:
        first, *others = map(profile_id_of, event.who)
        for other in others:
            leader[find(other)] = find(first)
    groups: dict[str, list[Event]] = {}
    for event in events:
        groups.setdefault(find(home(event)), []).append(event)
    return list(groups.values())


def absorb(
    events: Iterable[Event],
    *,
    profiles: Profiles,
    notice: Notice[Enter],
    identity: Limits = DEFAULT_LIMITS,
    rules: Rules = NO_RULES,
    collects: Collects | None = None,
    pause: Pause = lambda _: None,
    now: datetime | None = None,
) -> Absorbed:
    """Raise `Conflict` when somebody else was faster `TRIES` times; what had been committed by then is known next time.

    `pause(n)` is called after the n-th conflict, to get out of each other's way. Without `collects` everything is kept.
    `now`, if not given, is when the last of the events came.
    """
    events = sorted(events, key=lambda event: event.order, reverse=True)
    came = {fingerprint(event): event for event in events}
    waiting = sorted(came.values(), key=lambda event: event.order)
    people: dict[str, Profile] = {}
    enters: list[Enter] = []
    brought: list[Event] = []
    refused: set[str] = set()
    woken: set[str] = set()
    now = now or max((event.received_at for event in events), default=None)
    folding = _Folding(notice, identity, collects, Moment(rules, now))
    known = conflicts = erased = 0
    while waiting:
        desk = Desk(profiles)
        admitted = [screened(event, desk.profiles) for event in waiting]
        for event, kept in zip(waiting, admitted, strict=True):
            if kept is None:
                del came[fingerprint(event)]
                erased += 1
        waiting = [event for event in admitted if event]
        folded = _fold_some(desk, waiting, folding)
        try:
            change = desk.change()
            if change.size:
                profiles.commit(change)
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
            woken |= change.wakes.keys()
            enters += folded.begun
            brought += desk.brought
            refused |= set(folded.refused)
            waiting = waiting[folded.events :]
    theirs = [event for key, event in came.items() if key not in refused]
    return Absorbed(
        people=_people([*theirs, *brought], people, profiles),
        enters=tuple(enters),
        applied=len(came) - known - len(refused),
        uncollected=len(refused),
        known=known + len(events) - len(came) - erased,
        erased=erased,
        woken=frozenset(woken),
    )


def _fold_some(desk: Desk, events: Sequence[Event], folding: _Folding) -> _Folded:
    """As many of the events, in order, as fit into one change; at least the first."""
    folded = _Folded()
    for event in events:
        before = desk.mark()
        kept = folding.collects is None or folding.collects(_known_of(desk, event), event)
        begun = folding.take(desk, event) if kept else _hear_consent(desk, event)
        if desk.size > MOST_ROWS and folded.events:
            desk.back_to(before)
            break
        folded.events += 1
        folded.begun += begun
        folded.refused += [] if kept else [fingerprint(event)]
        if desk.events == _MOST_EVENTS:
            break
    return folded


def _hear_consent(desk: Desk, event: Event) -> list[Enter]:
    """Of an event that may not be kept: nothing but what it says of consent."""
    if statements(event) or signals_opt_out(event):
        _fold_in(desk, event, fold_consent)
    return []


def _known_of(desk: Desk, event: Event) -> list[Part]:
    """What is known of each whom the event says to be one person."""
    people: dict[str, Profile] = {}
    for place_id in map(profile_id_of, event.who):
        if not any(place_id in person.places for person in people.values()):
            place = desk.profiles[place_id]
            person = desk.profiles[place.owner] if place.owner else place
            people[person.profile_id] = person
    return [person.whole for person in people.values()]


def _fold_in(desk: Desk, event: Event, fold: Callable[[Part, Event], Part]) -> Profile:
    """The person whose event it is, just after it."""
    place = desk.profiles[home(event)]
    if place.owner:
        person, key = desk.profiles[place.owner], place.profile_id
    else:
        person, key = place if place.identifier else replace(place, identifier=event.who[0]), OWN
    person = person.with_part(key, fold(person.parts.get(key) or Part(), event))
    desk.profiles[person.profile_id] = person
    return person


def _people(events: Iterable[Event], read: dict[str, Profile], profiles: Profiles) -> tuple[Person, ...]:
    def person(profile_id: str) -> Profile:
        if profile_id not in read:
            read[profile_id] = profiles.profile(profile_id).value
        found = read[profile_id]
        return person(found.owner) if found.owner else found

    theirs: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda event: event.order):
        theirs.setdefault(person(home(event)).profile_id, []).append(event)
    return tuple(Person(read[profile_id], tuple(events)) for profile_id, events in theirs.items())
