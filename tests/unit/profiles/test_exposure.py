"""No cap, and no rule of when somebody may enter again, is escaped by joining, moving or unlinking identifiers."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as some

from segue.events.identifier import ANONYMOUS, USER, Identifier
from segue.events.identity import Identity
from segue.memory.profiles import MemoryProfiles
from segue.profiles.absorb import absorb
from segue.profiles.head import Versioned
from segue.profiles.identity import profile_id_of
from segue.profiles.ports import Change
from segue.profiles.runs import Runs
from segue.profiles.unlink import NotTheirs, Unlink, unlink
from tests.builders import NOON, a_touch, an_event

IDENTIFIERS = tuple(
    Identifier(namespace, f"{namespace[0]}{number}")
    for namespace in (USER, "email", "phone", ANONYMOUS)
    for number in range(3)
)
STEPS = some.one_of(
    some.tuples(
        some.just("said"), some.lists(some.sampled_from(IDENTIFIERS), min_size=1, max_size=3), some.integers(0, 50)
    ),
    some.tuples(some.just("sent"), some.sampled_from(IDENTIFIERS), some.just(0)),
    some.tuples(some.just("unlinked"), some.sampled_from(IDENTIFIERS), some.just(0)),
)
LIMITS = Identity()


class World:
    """What each identifier's person has been sent, and entered, while it was theirs."""

    def __init__(self) -> None:
        self.profiles = MemoryProfiles()
        self.sent: dict[Identifier, set[str]] = {each: set() for each in IDENTIFIERS}
        self.entered: dict[Identifier, datetime] = {}
        self.steps = 0

    def take(self, what, about, minute) -> None:
        self.steps += 1
        if what == "said":
            self.say(about, minute)
        elif what == "sent":
            self.send(about)
        else:
            self.unlink(about)

    def say(self, identifiers, minute: int) -> None:
        who = tuple(sorted(dict.fromkeys(identifiers), key=lambda each: LIMITS.rank(each.namespace)))
        event = an_event("Identified", at=NOON + timedelta(minutes=minute), message_id=f"m{self.steps}")
        named = {each.namespace: each.value for each in reversed(who)}
        event = replace(event, user_id=named.get(USER), anonymous_id=named.get(ANONYMOUS), identifiers=who)
        absorb([event], profiles=self.profiles, notice=lambda *_: ())

    def send(self, identifier) -> None:
        head = self.profiles.head(profile_id_of(identifier))
        if not head.profile.version:
            return
        send_id, at = f"send-{self.steps}", NOON + timedelta(days=1, minutes=self.steps)
        ledger = head.ledger.value.reserve(replace(a_touch(at), send_id=send_id))
        self.profiles.commit(
            Change(entries=(), ledgers={head.profile_id: Versioned(ledger, head.ledger.version)}),
        )
        runs = Runs(runs=head.runs.value.runs, entered={**head.runs.value.entered, "welcome/": at})
        self.profiles.keep_runs(head.profile_id, Versioned(runs, head.runs.version))
        for each in head.profile.value.identifiers:
            self.sent[each].add(send_id)
            self.entered[each] = at

    def unlink(self, identifier) -> None:
        asked = Unlink(profile_id=profile_id_of(identifier), identifier=identifier, by="op", why="shared")
        try:
            unlink(asked, profiles=self.profiles, now=NOON + timedelta(days=1, minutes=self.steps))
        except NotTheirs:
            return


@settings(max_examples=300, deadline=None)
@given(some.lists(STEPS, max_size=30))
def test_whoever_an_identifier_belongs_to_has_all_the_touches_and_entries_that_it_ever_had(steps):
    world = World()

    for step in steps:
        world.take(*step)

        for identifier in IDENTIFIERS:
            head = world.profiles.head(profile_id_of(identifier))
            assert world.sent[identifier] <= head.ledger.value.touches.keys()
            if since := world.entered.get(identifier):
                assert head.runs.value.entered["welcome/"] >= since
