"""Profiles that are brought up to date when somebody looks, since most events of a simulation move nobody's journey.

The order of events does not change a profile, so that it is the same whether it is folded now or later.
"""

from collections.abc import Iterator
from datetime import datetime

from segue.events.event import Event
from segue.memory.profiles import MemoryProfiles
from segue.profiles.absorb import DEFAULT_LIMITS, absorb
from segue.profiles.head import Head, Versioned
from segue.profiles.identity import home
from segue.profiles.ledger import Ledger
from segue.profiles.living import NO_RULES
from segue.profiles.ports import Change, Due, Entry
from segue.profiles.profile import Profile
from segue.profiles.resolve import Limits
from segue.profiles.rules import Rules
from segue.profiles.runs import Runs


class LateProfiles:
    """`Profiles`. What is `put_off` must begin no run and move none, nor what `rules` tell of it."""

    def __init__(self, profiles: MemoryProfiles, rules: Rules = NO_RULES, identity: Limits = DEFAULT_LIMITS) -> None:
        self._profiles = profiles
        self._rules = rules
        self._identity = identity
        self._late: dict[str, list[Event]] = {}

    def put_off(self, event: Event) -> None:
        self._late.setdefault(home(event), []).append(event)

    def head(self, profile_id: str) -> Head:
        self._catch_up(profile_id)
        head = self._profiles.head(profile_id)
        caught_up = [self._catch_up(place) for place in head.profile.value.places]
        return self._profiles.head(head.profile_id) if any(caught_up) else head

    def profile(self, profile_id: str) -> Versioned[Profile]:
        self._catch_up(profile_id)
        return self._profiles.profile(profile_id)

    def ledger(self, profile_id: str) -> Versioned[Ledger]:
        return self._profiles.ledger(profile_id)

    def runs(self, profile_id: str) -> Versioned[Runs]:
        return self._profiles.runs(profile_id)

    def commit(self, change: Change) -> None:
        self._profiles.commit(change)

    def keep_runs(self, profile_id: str, runs: Versioned[Runs]) -> None:
        self._profiles.keep_runs(profile_id, runs)

    def timeline(self, profile_id: str, since: datetime, until: datetime | None = None) -> Iterator[Event]:
        self._catch_up(profile_id)
        return self._profiles.timeline(profile_id, since, until)

    def entries(self, profile_id: str, since: datetime, until: datetime | None = None) -> Iterator[Entry]:
        self._catch_up(profile_id)
        return self._profiles.entries(profile_id, since, until)

    def timer_again(self, profile_id: str, version: int, at: datetime) -> None:
        self._profiles.timer_again(profile_id, version, at)

    def next_timer(self) -> Due | None:
        return self._profiles.next_timer()

    def _catch_up(self, profile_id: str) -> bool:
        events = self._late.pop(profile_id, None)
        if events:
            absorb(
                events,
                profiles=self._profiles,
                notice=lambda _profile, _event: (),
                identity=self._identity,
                rules=self._rules,
            )
        return bool(events)
