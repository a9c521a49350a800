"""Identifiers turn out to be one person's, or not to be: parts, touches and runs go where the identifiers go.

Whoever joins or parts writes the root of every profile that is concerned, so that of two who do it at once one gets a
`Conflict` and looks again.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import TypeVar

from segue.events.event import Event
from segue.events.identifier import Identifier
from segue.profiles.desk import Desk
from segue.profiles.identity import profile_id_of
from segue.profiles.ledger import Ledger
from segue.profiles.profile import OWN, Part, Profile
from segue.profiles.resolve import Claim, Group, Limits, Node, Seen, joined, remember, resolve
from segue.profiles.runs import Runs

V = TypeVar("V")

#: Identifiers said together, of people who are kept apart: so many are looked at, nearest first. With the documents of
#: those who move they fit into one change.
MOST_CONCERNED = 32


def link(desk: Desk, event: Event, limits: Limits) -> set[str]:
    """Let the claims of an event hold: the identifiers that it carries are one person's. As `settle`."""
    first, *others = event.who
    claim = Claim(event.timestamp, event.message_id)
    changed: set[str] = set()
    for other in others:
        if other != first:
            changed |= _note(desk, first, other, claim, limits)
    return settle(desk, changed, limits) if changed else set()


def part(desk: Desk, profile_id: str, others: Iterable[str], limits: Limits) -> set[str]:
    """An identifier is not these others', whatever events say, from now on and for good. All by profile id.

    As `settle`.
    """
    node = desk.profiles[profile_id]
    apart = frozenset(others) - {profile_id}
    desk.profiles[profile_id] = replace(node, apart=node.apart | apart)
    for other in apart:
        there = desk.profiles[other]
        desk.profiles[other] = replace(there, apart=there.apart | {profile_id})
    return settle(desk, {profile_id, *apart}, limits)


def settle(desk: Desk, begun: AbstractSet[str], limits: Limits) -> set[str]:
    """Resolve all whom these identifiers are joined with, directly or not, and let each find its profile.

    The profile ids of those who have other identifiers now than before.
    """
    nodes = _closed(desk, begun)
    groups = resolve(nodes, limits)
    before = {node_id: desk.profiles[node_id].owner or node_id for node_id in nodes}
    parts = {node_id: _part_of(desk, node_id, before[node_id]) for node_id in nodes}
    heirs = {node_id: group.root for group in groups for node_id in (group.root, *group.members)}
    for node_id, heir in heirs.items():
        if before[node_id] != heir and not desk.profiles.is_new(node_id):
            _bequeath(desk, node_id, before[node_id], heir)
    for group in groups:
        _write(desk, group, parts)
    return {root for node_id, heir in heirs.items() if before[node_id] != heir for root in (before[node_id], heir)}


def _note(desk: Desk, one: Identifier, other: Identifier, claim: Claim, limits: Limits) -> set[str]:
    """Both remember the other. The profile ids of those for whom it may change something."""
    one_id, other_id = profile_id_of(one), profile_id_of(other)
    here = _named(desk, one_id, one)
    held = here.seen.get(other_id)
    if held and held.claim <= claim:
        return set()
    there = _named(desk, other_id, other)
    mine = remember(here.seen, other_id, Seen(other.namespace, claim), limits.limit(other.namespace))
    theirs = remember(there.seen, one_id, Seen(one.namespace, claim), limits.limit(one.namespace))
    if mine is not here.seen:
        desk.profiles[one_id] = replace(here, seen=mine)
    if theirs is not there.seen:
        desk.profiles[other_id] = replace(there, seen=theirs)
    displaced = (here.seen.keys() - mine.keys()) | (there.seen.keys() - theirs.keys())
    if displaced or (other_id in mine and one_id in theirs):
        return {one_id, other_id, *displaced}
    return set()


def _named(desk: Desk, profile_id: str, identifier: Identifier) -> Profile:
    """The document of an identifier, which knows its name from now on."""
    known = desk.profiles[profile_id]
    if known.identifier is None:
        known = replace(known, identifier=identifier)
        desk.profiles[profile_id] = known
    return known


def _closed(desk: Desk, begun: AbstractSet[str]) -> dict[str, Node]:
    """These, and whoever they are joined with, directly or not, as far as `MOST_CONCERNED`: always whole profiles."""
    nodes: dict[str, Node] = {}
    coming = deque(sorted(begun))
    while coming:
        place = coming.popleft()
        if place in nodes or (len(nodes) >= MOST_CONCERNED and place not in begun):
            continue
        found = desk.profiles[place]
        theirs = desk.profiles[found.owner] if found.owner else found
        for node_id in theirs.places:
            node = _node(desk.profiles[node_id])
            if node:
                nodes[node_id] = node
        coming += [other for node_id in theirs.places if node_id in nodes for other in _followed(desk, nodes, node_id)]
    return nodes


def _followed(desk: Desk, nodes: Mapping[str, Node], node_id: str) -> list[str]:
    if len(nodes) >= MOST_CONCERNED:
        return []
    found = []
    for other in sorted(nodes[node_id].seen.keys() - nodes.keys(), key=lambda each: nodes[node_id].seen[each].claim):
        there = _node(desk.profiles[other])
        if there and joined({node_id: nodes[node_id], other: there}, node_id, other):
            found.append(other)
    return found


def _node(profile: Profile) -> Node | None:
    """`None` of somebody who has been erased: they have no name any more."""
    return Node(identifier=profile.identifier, seen=profile.seen, apart=profile.apart) if profile.identifier else None


def _part_of(desk: Desk, node_id: str, root: str) -> Part | None:
    return desk.profiles[root].parts.get(OWN if node_id == root else node_id)


def _write(desk: Desk, group: Group, parts: Mapping[str, Part | None]) -> None:
    """The root is written even if nothing changes: see the module."""
    for node_id in group.members:
        member = desk.profiles[node_id]
        if member.owner != group.root:
            desk.profiles[node_id] = replace(member, owner=group.root, members={}, parts={})
    theirs = {node_id: parts[node_id] for node_id in group.members} | {OWN: parts[group.root]}
    desk.profiles[group.root] = replace(
        desk.profiles[group.root],
        owner=None,
        members=group.members,
        parts={key: part for key, part in theirs.items() if part},
    )


def _bequeath(desk: Desk, node_id: str, holder_id: str, heir_id: str) -> None:
    """An identifier's touches and entries, and its runs, which the holder has now, go to the heir.

    Touches and entries are copied, also all that the holder has had since they were joined: no cap is escaped by being
    joined or parted, and a ledger cannot tell afterwards whose touch was whose. A claim stays with whoever sends.
    The identifier's own documents are written again even if they do not change: who has read them and would write to
    them now gets a `Conflict`, reads again, and finds the owner.
    """
    ledger, runs, held = desk.ledgers[node_id], desk.runs[node_id], desk.runs[holder_id]
    touched = ledger.merge(Ledger(touches=desk.ledgers[holder_id].touches))
    own = (None, node_id) if holder_id == node_id else (node_id,)
    gone = {run_id: replace(run, via=node_id) for run_id, run in held.runs.items() if run.via in own}
    if gone and holder_id != node_id:
        desk.runs[holder_id] = replace(held, runs=_without(held.runs, *gone))
    if holder_id == node_id:
        desk.ledgers[node_id] = ledger
        desk.runs[node_id] = replace(runs, runs=_without(runs.runs, *gone))
    if touched.touches:
        desk.ledgers[heir_id] = desk.ledgers[heir_id].merge(touched)
    if gone or runs.entered or held.entered:
        heir = desk.runs[heir_id]
        entered = reduce(_latest, (heir.entered, runs.entered, held.entered))
        desk.runs[heir_id] = Runs(runs={**heir.runs, **gone}, entered=entered)


def _latest(mine: Mapping[str, datetime], theirs: Mapping[str, datetime]) -> dict[str, datetime]:
    return {**mine, **{key: max(at, mine.get(key, at)) for key, at in theirs.items()}}


def _without(mapping: Mapping[str, V], *gone: str) -> dict[str, V]:
    return {key: value for key, value in mapping.items() if key not in gone}
