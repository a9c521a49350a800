"""Whose identifiers are whose, from all that was said, against the same said plainly; and what must not be merged."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.events.identifier import ANONYMOUS, USER, Identifier
from segue.events.identity import Identity
from segue.memory.profiles import PROFILE, MemoryProfiles
from segue.profiles.absorb import absorb, by_person
from segue.profiles.identity import profile_id_of
from segue.profiles.resolve import Claim, Seen, remember
from tests.builders import NOON, an_event

NAMES = {
    name: Identifier(namespace, name)
    for namespace, names in {
        USER: ("ada", "bob", "cleo"),
        "email": ("e1", "e2", "e3"),
        "phone": ("p1", "p2"),
        ANONYMOUS: ("v1", "v2", "v3", "v4"),
    }.items()
    for name in names
}
RULES = Identity.model_validate({"namespaces": {name: {"limit": 2} for name in ("email", "phone", ANONYMOUS)}})


def an_event_of(*names: str, at: int = 0, message_id: str = ""):
    who = sorted((NAMES.get(name) or Identifier(ANONYMOUS, name) for name in names), key=by_rank)
    return an_event(
        at=NOON + timedelta(minutes=at), user_id=None, identifiers=tuple(who), message_id=message_id or f"m{at}"
    )


def by_rank(identifier: Identifier):
    return (RULES.rank(identifier.namespace), identifier)


def absorbed(batches, rules=RULES) -> MemoryProfiles:
    profiles = MemoryProfiles()
    for batch in batches:
        for group in by_person(batch):
            absorb(group, profiles=profiles, notice=lambda *_: (), identity=rules)
    return profiles


def groups_of(profiles: MemoryProfiles) -> set[frozenset[str]]:
    """The identifiers' values, by profile."""
    kept = [row.value for _, sort, row in profiles.rows.everything() if sort == PROFILE]
    return {frozenset(each.value for each in profile.identifiers) for profile in kept if profile.owner is None}


def plainly(events, rules=RULES) -> set[frozenset[str]]:
    """What was said first of two; of what each was said with, the earliest few of a namespace; joined in that order."""
    said: dict[tuple, Claim] = {}
    named = {profile_id_of(each): each for event in events for each in event.who}
    for event in events:
        first, *others = map(profile_id_of, event.who)
        claim = Claim(event.timestamp, event.message_id)
        for other in others:
            for pair in ((first, other), (other, first)):
                said[pair] = min(said.get(pair, claim), claim)

    def remembers(one, other):
        alike = [
            (claim, there)
            for (here, there), claim in said.items()
            if here == one and named[there].namespace == named[other].namespace
        ]
        return (said[one, other], other) in sorted(alike)[: rules.limit(named[other].namespace)]

    groups = {each: frozenset([each]) for each in named}
    for _claim, _rank, one, other in sorted(
        (claim, max(rules.rank(named[each].namespace) for each in pair), *pair)
        for pair, claim in said.items()
        if pair[0] < pair[1] and remembers(*pair) and remembers(*reversed(pair))
    ):
        both = groups[one] | groups[other]
        counts = Counter(named[each].namespace for each in both)
        if all(count <= rules.limit(namespace) for namespace, count in counts.items()):
            groups |= dict.fromkeys(both, both)
    return {frozenset(named[each].value for each in group) for group in groups.values()}


@st.composite
def some_events(draw):
    who = st.lists(st.sampled_from(sorted(NAMES)), min_size=1, max_size=3, unique=True)
    drawn = draw(st.lists(st.tuples(who, st.integers(0, 4)), min_size=1, max_size=10))
    return [an_event_of(*names, at=at, message_id=f"{n * 7 % 10}-{n}") for n, (names, at) in enumerate(drawn)]


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_in_any_order_repeated_and_batched_at_will_the_same_identifiers_are_the_same_people_s(data):
    events = data.draw(some_events())
    order = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events), max_size=3))))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(order)), max_size=4)) | {0, len(order)})

    profiles = absorbed(order[start:end] for start, end in pairwise(cuts))
    in_order = absorbed([sorted(events, key=lambda event: event.order)])

    assert groups_of(profiles) == plainly(events)
    assert documents(profiles) == documents(in_order)


def test_a_claim_that_does_not_hold_chooses_no_survivor():
    events = [
        an_event_of("v2", "v4", at=2),
        an_event_of("ada", "v3", at=0),
        an_event_of("ada", "v1", "v4", at=1),  # ada has two visitors by then: v4 is none of hers
    ]

    late, in_order = absorbed([events[:1], events[1:]]), absorbed([sorted(events, key=lambda event: event.order)])

    assert documents(late) == documents(in_order)


def documents(profiles: MemoryProfiles):
    return {place: row.value for place, sort, row in profiles.rows.everything() if sort == PROFILE}


@settings(max_examples=200, deadline=None)
@given(some_events())
def test_no_profile_has_more_of_a_namespace_than_it_may_and_every_event_counts_once(events):
    profiles = absorbed([events])

    roots = [profile for profile in documents(profiles).values() if profile.owner is None]
    for profile in roots:
        counts = Counter(each.namespace for each in profile.identifiers)
        assert all(count <= RULES.limit(namespace) for namespace, count in counts.items())
    assert sum(seen.count for profile in roots for seen in profile.whole.events.values()) == len(events)


def test_a_chain_without_a_user_is_one_person_whose_survivor_is_the_highest_ranked():
    profiles = absorbed(
        [[an_event_of("v1", "p1", at=0), an_event_of("p1", "e1", at=1), an_event_of("ada", "e1", at=2)]]
    )

    person = profiles.head(profile_id_of(NAMES["v1"])).profile.value
    assert person.user_id == "ada"
    assert {each.value for each in person.identifiers} == {"ada", "e1", "p1", "v1"}
    assert person.members[profile_id_of(NAMES["v1"])].through == profile_id_of(NAMES["p1"])


def test_a_shared_e_mail_address_with_a_new_user_makes_a_new_profile():
    groups = groups_of(absorbed([[an_event_of("ada", "e1", at=0), an_event_of("bob", "e1", "v1", at=1)]]))

    assert groups == {frozenset({"ada", "e1"}), frozenset({"bob", "v1"})}


def test_two_people_who_swap_a_phone_stay_two():
    events = [an_event_of("ada", "p1", at=0), an_event_of("bob", "p2", at=1)]
    swapped = [an_event_of("ada", "p2", at=2), an_event_of("bob", "p1", at=3)]

    assert groups_of(absorbed([events, swapped])) == {frozenset({"ada", "p1"}), frozenset({"bob", "p2"})}


def test_an_anonymous_event_with_somebody_else_s_address_is_the_address_s():
    earlier = [an_event_of("ada", "v1", at=0), an_event_of("bob", "e1", at=1)]

    profiles = absorbed([earlier, [an_event_of("v1", "e1", at=2)]])

    assert profiles.head(profile_id_of(NAMES["bob"])).profile.value.whole.events["Order Completed"].count == 2
    assert frozenset({"ada", "v1"}) in groups_of(profiles)


def test_a_late_event_of_long_ago_moves_an_identifier_to_who_said_it_first():
    profiles = absorbed([[an_event_of("ada", "v1", at=5)], [an_event_of("bob", "v1", at=1)]])

    assert groups_of(profiles) == {frozenset({"ada"}), frozenset({"bob", "v1"})}


def test_a_storm_of_ten_thousand_devices_leaves_one_small_profile():
    rules = Identity()
    profiles = MemoryProfiles()
    sizes = []
    for number in range(10_000):
        event = an_event_of("ada", f"device-{number}", at=number)
        absorb([event], profiles=profiles, notice=lambda *_: (), identity=rules)
        sizes.append(len(profiles.profile(profile_id_of(NAMES["ada"])).value.seen))

    ada = profiles.profile(profile_id_of(NAMES["ada"])).value
    assert (max(sizes), len(ada.members)) == (5, 5)
    assert ada.whole.events["Order Completed"].count == 10_000


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_earliest_few_are_remembered_in_any_order(order):
    said = [(f"i-{at}", Seen("email", Claim(NOON + timedelta(minutes=at), "m"))) for at in range(3)]

    seen = {}
    for number in order:
        seen = remember(seen, *said[number], 2)

    assert seen == dict(said[:2])
