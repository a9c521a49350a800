"""Any permutation, duplication, redelivery, batching and interleaving of the same events gives the same people."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from segue.events.event import Event
from segue.events.identifier import ANONYMOUS, USER, Identifier
from segue.memory.profiles import PROFILE, MemoryProfiles
from segue.profiles.absorb import absorb, by_person
from segue.profiles.fold import fold
from segue.profiles.identity import home, profile_id_of
from segue.profiles.ports import Change, Conflict
from segue.profiles.profile import OWN, Part, Profile
from segue.profiles.resolve import Claim, Member, Seen
from segue.profiles.signals import Enter
from tests.builders import NOON, an_event

USERS = ["ada", "bob", None]
VISITORS = ["v1", "v2", None]


@st.composite
def some_events(draw, most: int = 8) -> list[Event]:
    return [draw(st.builds(one, st.just(number), SHAPE)) for number in range(draw(st.integers(1, most)))]


SHAPE = st.fixed_dictionaries(
    {
        "who": st.sampled_from([(user, visitor) for user in USERS for visitor in VISITORS if user or visitor]),
        "minute": st.integers(0, 3),
        "kind": st.sampled_from(["track", "identify", "alias", "consent", "unsubscribe", "bounce"]),
        "value": st.integers(0, 2),
        "stamped": st.sampled_from([None, 0, 30_000]),
    }
)


def one(number: int, shape: dict) -> Event:
    user, visitor = shape["who"]
    value = shape["value"]
    at = NOON + timedelta(minutes=shape["minute"])
    kinds = {
        "track": ("Product Viewed", {}),
        "identify": ("Identified", {"traits": {"plan": value, f"trait-{value}": True}}),
        "alias": ("Aliased", {"previous_id": f"v{value + 1}"}),
        "consent": ("Page Viewed", {"context": {"consent": {"categoryPreferences": {"marketing": value > 0}}}}),
        "unsubscribe": ("Unsubscribed" if value else "Subscribed", {"properties": {"channel": "email"}}),
        "bounce": ("Email Bounced", {"context": {"timezone": ["Europe/Berlin", "Asia/Tokyo", "Nowhere"][value]}}),
    }
    name, more = kinds[shape["kind"]]
    # Ids that do not sort as the events were made, so that ties are broken against the order of arrival.
    message_id = f"{(number * 7) % 10}-{number}"
    time = None if shape["stamped"] is None else at - timedelta(days=shape["stamped"])
    return an_event(name, at=at, message_id=message_id, user_id=user, anonymous_id=visitor, client_time=time, **more)


def nothing(_profile: Profile, _event: Event) -> tuple[Enter, ...]:
    return ()


def enters_each(profile: Profile, event: Event) -> tuple[Enter, ...]:
    return (Enter(profile_id=profile.profile_id, journey="j", version="v", run_id=event.message_id, event=event),)


def people(profiles: MemoryProfiles) -> dict[str, Profile]:
    return {place: row.value for place, sort, row in profiles.rows.everything() if sort == PROFILE}


def expected(events: list[Event]) -> dict[str, Profile]:
    """The same, said as a definition: every visitor is the earliest claimant's."""
    claims: dict[tuple[Identifier, Identifier], Claim] = {}
    for event in events:
        claim = Claim(event.timestamp, event.message_id)
        for visitor in event.who[1:]:
            pair = (event.who[0], visitor)
            claims[pair] = min(claims.get(pair, claim), claim)
    owners = {
        visitor: min((claim, profile_id_of(user), user) for (user, other), claim in claims.items() if other == visitor)
        for _, visitor in claims
    }
    made: dict[str, Profile] = {}
    for who in {each for event in events for each in event.who}:
        place = profile_id_of(who)
        claim, owner, _ = owners.get(who, (None, None, None))
        theirs = {profile_id_of(each): (each, claim) for (one, each), claim in claims.items() if one == who}
        members = {place: said for place, said in theirs.items() if owners[said[0]][2] == who}
        parts = {} if owner else {OWN: folded(events, place)} | {key: folded(events, key) for key in members}
        made[place] = Profile(
            profile_id=place,
            identifier=who,
            owner=owner,
            seen={owner: Seen(USER, claim)} if owner else {key: Seen(ANONYMOUS, at) for key, (_, at) in theirs.items()},
            members={key: Member(each, place, claim) for key, (each, claim) in members.items()},
            parts={key: part for key, part in parts.items() if part.events},
        )
    return made


def folded(events: list[Event], place: str) -> Part:
    part = Part()
    for event in events:
        if home(event) == place:
            part = fold(part, event)
    return part


def deliveries(data: st.DataObject, events: list[Event]) -> list[list[Event]]:
    """Each at least once, some more often, shuffled and cut into batches."""
    repeated = data.draw(st.lists(st.sampled_from(events), max_size=6))
    order = data.draw(st.permutations(events + repeated))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(order)), max_size=4)) | {0, len(order)})
    return [order[start:end] for start, end in pairwise(cuts)]


class Contended(MemoryProfiles):
    """Now and then somebody else absorbs first, between the reading and the writing."""

    def __init__(self, rivals: Iterator[list[Event] | None]) -> None:
        super().__init__()
        self.rivals = rivals
        self.conflicts = 0

    def commit(self, change: Change) -> None:
        if rival := next(self.rivals, None):
            absorb_all(rival, self)
        try:
            super().commit(change)
        except Conflict:
            self.conflicts += 1
            raise


def absorb_all(batch: list[Event], profiles: MemoryProfiles) -> list[Enter]:
    return [
        enter for group in by_person(batch) for enter in absorb(group, profiles=profiles, notice=enters_each).enters
    ]


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_the_same_events_in_any_order_repeated_and_batched_at_will_give_the_same_people(data):
    events = data.draw(some_events())
    profiles = MemoryProfiles()

    raised = [enter for batch in deliveries(data, events) for enter in absorb_all(batch, profiles)]

    assert people(profiles) == expected(events)
    assert {enter.run_id for enter in raised} == {event.message_id for event in events}


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_whoever_writes_in_between_nothing_is_lost_and_nothing_counted_twice(data):
    events = data.draw(some_events())
    batches = deliveries(data, events)
    rivals = data.draw(st.lists(st.none() | st.sampled_from(batches), max_size=6))
    profiles = Contended(iter(rivals))

    for batch in batches:
        absorb_all(batch, profiles)

    assert people(profiles) == expected(events)


@settings(max_examples=100, deadline=None)
@given(some_events())
def test_a_repetition_writes_nothing_and_begins_the_same_again(events):
    profiles = MemoryProfiles()
    first = absorb_all(events, profiles)
    before = list(profiles.rows.everything())

    again = absorb_all(events, profiles)

    assert list(profiles.rows.everything()) == before
    assert sorted(enter.run_id for enter in again) == sorted(enter.run_id for enter in first)


@settings(max_examples=100, deadline=None)
@given(some_events(most=12))
def test_groups_share_no_profile_and_keep_every_event(events):
    groups = by_person(events)

    ids = [{each for event in group for each in event.who} for group in groups]
    assert sum(len(each) for each in ids) == len(set().union(*ids))
    assert sorted(event.message_id for group in groups for event in group) == sorted(e.message_id for e in events)
