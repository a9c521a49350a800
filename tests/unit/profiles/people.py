"""People in memory under a workspace's rules, who do things while time passes."""

from datetime import timedelta

from segue.memory.profiles import MemoryProfiles
from segue.memory.signals import MemorySignals
from segue.profiles import elapse
from segue.profiles.computed import Segments, Traits
from segue.profiles.identity import user_profile_id
from segue.profiles.profile import Profile
from segue.profiles.receive import Ports, receive
from segue.profiles.rules import Rules
from segue.profiles.signals import Enter
from tests.builders import NOON

ADA = user_profile_id("ada")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def rules(traits=None, troubles=None, **segments) -> Rules:
    tell = troubles.append if troubles is not None else lambda _: None
    return Rules(Traits.model_validate(traits or {}), Segments.model_validate({"segments": segments}), tell)


class World:
    """People in memory, whose timers ring at their moment."""

    def __init__(self, given: Rules) -> None:
        self.profiles, self.signals = MemoryProfiles(), MemorySignals()
        self.ports = Ports(
            profiles=self.profiles,
            signals=self.signals,
            notice=lambda profile, event: (
                Enter(profile_id=profile.profile_id, journey="j", version="v", run_id=event.message_id, event=event),
            ),
            follow=lambda _runs, _profile, _events: (),
            rules=given,
        )

    def happens(self, *events, now=None) -> None:
        now = now or max(event.received_at for event in events)
        self.passes(now)
        receive(events, self.ports, now)

    def passes(self, until) -> None:
        while (due := self.profiles.next_timer()) and due.at <= until:
            elapse.answer(due, self.ports, due.at)

    def told(self, profile_id=ADA) -> list[tuple]:
        """By time: the name, after how long, and what it is about."""
        events = [event for event in self.profiles.timeline(profile_id, NOON - DAY) if event.source == "segue"]
        return [(event.name, event.timestamp - NOON, *event.properties.values()) for event in events]

    def told_of(self, name: str) -> list[tuple]:
        return [told for told in self.told() if told[0] == name]

    def ada(self) -> Profile:
        return self.profiles.profile(ADA).value
