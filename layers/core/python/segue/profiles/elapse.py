"""A person's timer falls due: they are looked at, though nothing has happened.

A timer that rings twice, too early or too late does no harm: what it was for is done once, at its own moment. One that
rings again after its person was looked at may do so because the signals were lost: they are raised once more.
"""

from datetime import datetime, timedelta

from segue.events.event import OWN_SOURCE
from segue.profiles.absorb import TRIES, Absorbed, Person
from segue.profiles.desk import Desk
from segue.profiles.ports import Conflict, Due, Entry, Known
from segue.profiles.profile import Profile
from segue.profiles.receive import Ports, Received, raise_signals, ring_soon


def answer(due: Due, ports: Ports, now: datetime) -> Received:
    """Raise `Conflict` when somebody else was faster `TRIES` times."""
    for tried in range(1, TRIES + 1):
        desk = Desk(ports.profiles)
        person = desk.profiles[due.profile_id]
        wake = person.wake
        if wake is None or wake > now:
            return _again(due, person, ports, now)
        after, told = ports.rules.elapse(person, now)
        desk.profiles[due.profile_id] = after
        entries = tuple(Entry(event=event, raises=tuple(ports.notice(after, event))) for event in told)
        try:
            ports.profiles.commit(desk.change(entries))
        except (Conflict, Known):
            ports.pause(tried)
            continue
        ring_soon(after, ports, now)
        return _received(after, entries, ports)
    raise Conflict(due.profile_id)


def _again(due: Due, person: Profile, ports: Ports, now: datetime) -> Received:
    """Before its moment it waits on; after it, what was told since then is told to the journeys again."""
    if person.wake == due.at:
        if ports.timers:
            ports.timers.ring(due, due.at - now)
        return _received(person, (), ports)
    since = ports.profiles.entries(due.profile_id, due.at - timedelta(milliseconds=1))
    return _received(person, tuple(entry for entry in since if entry.event.source == OWN_SOURCE), ports)


def _received(person: Profile, entries: tuple[Entry, ...], ports: Ports) -> Received:
    absorbed = Absorbed(
        people=(Person(person, tuple(entry.event for entry in entries)),) if entries else (),
        enters=tuple(enter for entry in entries for enter in entry.raises),
        applied=0,
        known=0,
    )
    return Received(absorbed, raise_signals(absorbed, ports))
