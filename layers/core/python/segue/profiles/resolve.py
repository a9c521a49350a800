"""Which identifiers are one person's: a function of all that was ever said together, whatever its order of arrival.

An event says that its identifiers are one person's. What was said first is joined first, unless the profile would then
hold more identifiers, or more of a namespace, than it may: the claim is not followed, and the lower-ranked identifier
stays where it is (merge protection, as
https://segment.com/docs/unify/identity-resolution/identity-resolution-settings/ has it).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from segue.events.identifier import Identifier

#: How many identifiers a profile may have, of all namespaces together. When all of two such profiles move, their
#: documents, the roots' ledgers and runs, and the event that moved them fit into one change (`ports.MOST_ROWS`).
MOST_IDENTIFIERS = 40


class Limits(Protocol):
    """How many identifiers of a namespace a profile may have, and which namespace goes before which: the lower rank."""

    def limit(self, namespace: str) -> int: ...

    def rank(self, namespace: str) -> tuple[int, str]: ...


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """When an event said it first, and which event it was."""

    at: datetime
    message_id: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Another identifier that was said together with this one. Its value stands in its own document alone."""

    namespace: str
    claim: Claim


@dataclass(frozen=True, slots=True)
class Member:
    """An identifier of a profile: `claim` said that it belongs with `through`, the profile id of another of them."""

    identifier: Identifier
    through: str
    claim: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An identifier, and with whom it was said. `apart`: with whom it is never to be joined, since a person says so."""

    identifier: Identifier
    seen: Mapping[str, Seen]
    apart: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One profile: by profile id its other identifiers."""

    root: str
    members: Mapping[str, Member] = field(default_factory=dict)


def remember(seen: Mapping[str, Seen], other: str, said: Seen, limit: int) -> Mapping[str, Seen]:
    """The earliest `limit` identifiers of each namespace, each with its earliest claim.

    Whatever is forgotten could never come back: only earlier claims displace. So a storm of identifiers leaves a small
    document, the same one for any order.
    """
    held = seen.get(other)
    if held and held.claim <= said.claim:
        return seen
    known = {**seen, other: said}
    alike = [each for each in known if known[each].namespace == said.namespace]
    if len(alike) > limit:
        del known[max(alike, key=lambda each: (known[each].claim, each))]
    return known


def joined(nodes: Mapping[str, Node], one: str, other: str) -> Claim | None:
    """The claim that holds between two: each of them must remember the other."""
    there, back = nodes[one].seen.get(other), nodes[other].seen.get(one) if other in nodes else None
    if there is None or back is None or other in nodes[one].apart:
        return None
    return there.claim


def resolve(nodes: Mapping[str, Node], limits: Limits) -> list[Group]:
    """`nodes` by profile id, closed: whoever is joined to one of them is among them."""
    claims = sorted(
        (claim, max(limits.rank(nodes[each].identifier.namespace) for each in (one, other)), one, other)
        for one, node in nodes.items()
        for other in node.seen
        if one < other and (claim := joined(nodes, one, other))
    )
    groups = {node_id: frozenset([node_id]) for node_id in nodes}
    tree: dict[str, list[tuple[str, Claim]]] = {node_id: [] for node_id in nodes}
    for claim, _, one, other in claims:
        both = groups[one] | groups[other]
        if groups[one] is not groups[other] and not _apart(nodes, both) and _within_limits(nodes, both, limits):
            groups |= dict.fromkeys(both, both)
            tree[one].append((other, claim))
            tree[other].append((one, claim))
    return [_group(nodes, group, tree, limits) for group in set(groups.values())]


def _apart(nodes: Mapping[str, Node], group: frozenset[str]) -> bool:
    """Whether two of them are never to be joined: not through others either."""
    return any(not group.isdisjoint(nodes[each].apart) for each in group)


def _within_limits(nodes: Mapping[str, Node], group: frozenset[str], limits: Limits) -> bool:
    if len(group) > MOST_IDENTIFIERS:
        return False
    counts = Counter(nodes[each].identifier.namespace for each in group)
    return all(count <= limits.limit(namespace) for namespace, count in counts.items())


def _group(
    nodes: Mapping[str, Node], group: frozenset[str], tree: Mapping[str, list[tuple[str, Claim]]], limits: Limits
) -> Group:
    """The survivor is the highest-ranked identifier, of several the one that was joined first.

    Only claims that hold count: what one remembers of another who does not remember it says nothing of this profile.
    """

    def precedence(node_id: str) -> tuple[object, ...]:
        node = nodes[node_id]
        earliest = min((claim for other in node.seen if (claim := joined(nodes, node_id, other))), default=None)
        return (limits.rank(node.identifier.namespace), *((earliest, node_id) if earliest else ()))

    root = min(group, key=precedence)
    members: dict[str, Member] = {}
    reached = [root]
    for node_id in reached:
        for other, claim in tree[node_id]:
            if other != root and other not in members:
                members[other] = Member(nodes[other].identifier, node_id, claim)
                reached.append(other)
    return Group(root=root, members={node_id: members[node_id] for node_id in sorted(members)})
