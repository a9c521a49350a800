"""Why a profile has the identifiers that it has, and why not those with which it was also seen."""

from collections.abc import Iterator
from dataclasses import dataclass

from segue.events.identifier import Identifier
from segue.profiles.ports import Profiles
from segue.profiles.profile import Profile
from segue.profiles.resolve import MOST_IDENTIFIERS, Claim, Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    """`claim` is the event that said it first. `why` is the sentence for a person; it names namespaces, no values."""

    identifier: Identifier
    profile_id: str
    joined: bool
    through: Identifier
    claim: Claim
    why: str


def explain(root: Profile, profiles: Profiles, limits: Limits) -> list[Bond]:
    """The identifiers of the person, then those that were kept apart, each by time."""
    documents = {place: root if place == root.profile_id else profiles.profile(place).value for place in root.places}
    joined = sorted(_joined(root, documents), key=lambda bond: bond.claim)
    return [*joined, *sorted(_apart(documents, profiles, limits), key=lambda bond: (bond.claim, bond.profile_id))]


def _joined(root: Profile, documents: dict[str, Profile]) -> Iterator[Bond]:
    for place, member in root.members.items():
        through = documents[member.through].identifier
        assert through is not None
        yield Bond(
            identifier=member.identifier,
            profile_id=place,
            joined=True,
            through=through,
            claim=member.claim,
            why=f"said together with this {through.namespace} by event {member.claim.message_id}",
        )


def _apart(documents: dict[str, Profile], profiles: Profiles, limits: Limits) -> Iterator[Bond]:
    for here in documents.values():
        for other, seen in here.seen.items():
            there = profiles.profile(other).value if other not in documents else None
            if there and there.identifier and here.identifier:
                yield Bond(
                    identifier=there.identifier,
                    profile_id=other,
                    joined=False,
                    through=here.identifier,
                    claim=seen.claim,
                    why=_why_not(here, there, there.identifier, limits),
                )


def _why_not(here: Profile, there: Profile, identifier: Identifier, limits: Limits) -> str:
    if there.profile_id in here.apart:
        return "an operator unlinked it"
    if here.profile_id not in there.seen and here.identifier:
        limit, namespace = limits.limit(here.identifier.namespace), here.identifier.namespace
        return f"it was seen earlier with {limit} other {namespace}"
    namespaces = f"a profile has at most {limits.limit(identifier.namespace)} {identifier.namespace}"
    all_of_them = f"and {MOST_IDENTIFIERS} identifiers in all"
    return (
        f"it belongs to another profile: joined, the two would have too many identifiers; {namespaces}, {all_of_them}"
    )
