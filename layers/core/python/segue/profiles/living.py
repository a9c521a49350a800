"""The people of one change are looked at after each event, and what is to be told of them stands beside it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from segue.events.event import Event
from segue.profiles.desk import Desk
from segue.profiles.profile import Profile
from segue.profiles.rules import Rules
from segue.profiles.standing import NO_STANDING

#: Of a workspace that computes nothing.
NO_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Moment:
    """The definitions, and when the events were seen."""

    rules: Rules
    now: datetime | None


def derived(desk: Desk, person: Profile, event: Event, moment: Moment) -> tuple[Profile, tuple[Event, ...]]:
    """The person as they stand just after the event, which has been applied, and what is to be told of that."""
    rules, now = moment.rules, moment.now or event.received_at
    if rules.idle:
        return person, ()
    before = desk.before.get(person.profile_id) or desk.profiles.found(person.profile_id)
    after = _heir(desk, person)
    after, told = rules.derive(before, after, (event,), now)
    desk.profiles[person.profile_id] = desk.before[person.profile_id] = after
    return after, told


def ask_soon(desk: Desk, moved: Iterable[str], now: datetime) -> None:
    """Those who have other identifiers now: their timers are due, for which everything is asked anew.

    The person whose event it was does not wait for that, since they are looked at just after it.
    """
    for profile_id in moved:
        person = desk.profiles[profile_id]
        if person.owner is None:
            person = _heir(desk, person)
            standing = replace(person.standing, wake=now, rules="")
            desk.profiles[profile_id] = replace(person, standing=standing)


def _heir(desk: Desk, person: Profile) -> Profile:
    """The person, with the visit of each visitor who has just turned out to be them; the visitor's timer is stopped."""
    if not person.members:
        return person
    for profile_id, document in desk.profiles.changed().items():
        other = document.value
        if other.owner == person.profile_id and other.standing is not NO_STANDING:
            person = replace(person, standing=person.standing.inherit(other.standing))
            desk.profiles[profile_id] = replace(other, standing=replace(NO_STANDING, told=other.standing.told))
    return person
