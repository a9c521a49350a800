"""Somebody else is always faster: how long one tries, and what becomes of the events."""

import pytest

from segue.memory.profiles import MemoryProfiles
from segue.memory.signals import MemorySignals
from segue.profiles.absorb import TRIES, absorb
from segue.profiles.identity import user_profile_id
from segue.profiles.ports import Change, Conflict
from segue.profiles.receive import Ports, receive_all
from tests.builders import an_event


class Snatched(MemoryProfiles):
    """The first so many commits meet a conflict."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def commit(self, change: Change) -> None:
        if self.times > 0:
            self.times -= 1
            raise Conflict
        super().commit(change)


def nothing(_profile, _event):
    return ()


def test_it_tries_again_on_what_is_there_now_and_pauses_longer_each_time():
    pauses = []

    absorbed = absorb([an_event()], profiles=Snatched(TRIES - 1), notice=nothing, pause=pauses.append)

    assert absorbed.applied == 1
    assert pauses == list(range(1, TRIES))


def test_after_so_many_tries_it_gives_the_events_back():
    with pytest.raises(Conflict):
        absorb([an_event()], profiles=Snatched(TRIES), notice=nothing)


class Crowded(MemoryProfiles):
    """Ada is always snatched away."""

    def commit(self, change: Change) -> None:
        if user_profile_id("ada") in change.profiles:
            raise Conflict
        super().commit(change)


def test_a_contended_person_s_events_go_back_together_and_others_stay():
    ports = Ports(profiles=Crowded(), signals=MemorySignals(), notice=nothing, follow=lambda *_: ())
    contended, fine = [an_event("Bought", user_id="ada"), an_event("Seen", user_id="ada")], an_event(user_id="bob")

    received, failed = receive_all([*contended, fine], ports)

    assert [person.events for each in received for person in each.absorbed.people] == [(fine,)]
    assert [each.event for each in failed] == contended
