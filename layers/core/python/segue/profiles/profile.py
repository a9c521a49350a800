"""One living profile: what is known of a person, as values that merge in any order to the same result.

A person's events fall into parts: the events that carry the `user_id`, and per linked `anonymous_id` those that
carry only that. Which part an event belongs to depends on nothing but the event. What a reader sees is the
merge of the parts; a part moves as a whole when a link is found, so that order does not matter.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import Any, TypeVar

from segue.events.event import Event

K = TypeVar("K")
V = TypeVar("V")

#: A part's key for the events that carry the person's own identifier. No anonymous id is empty.
OWN = ""


@dataclass(frozen=True, slots=True)
class Stamped:
    """A value and when it was said. Of two, the later one holds; of two at once, the one that sorts last."""

    value: Any
    at: datetime

    def merge(self, other: "Stamped") -> "Stamped":
        return max(self, other, key=lambda stamped: (stamped.at, repr(stamped.value)))


@dataclass(frozen=True, slots=True)
class Permission:
    """Granted or not, and when. Of two at once the more restrictive holds."""

    granted: bool
    at: datetime

    def merge(self, other: "Permission") -> "Permission":
        return max(self, other, key=lambda permission: (permission.at, not permission.granted))


@dataclass(frozen=True, slots=True)
class Counted:
    """How often, first and last."""

    count: int
    first: datetime
    last: datetime

    def merge(self, other: "Counted") -> "Counted":
        return Counted(self.count + other.count, min(self.first, other.first), max(self.last, other.last))


@dataclass(frozen=True, slots=True)
class Claim:
    """An event said that an anonymous id is a user's. The earliest claim holds, ties by message id, then by user."""

    profile_id: str
    at: datetime
    message_id: str

    @property
    def order(self) -> tuple[datetime, str, str]:
        return (self.at, self.message_id, self.profile_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one set of events says. `merge` is commutative and associative; `Counted` assumes disjoint sets."""

    traits: Mapping[str, Stamped] = field(default_factory=dict)
    events: Mapping[str, Counted] = field(default_factory=dict)
    consents: Mapping[str, Permission] = field(default_factory=dict)
    subscriptions: Mapping[str, Permission] = field(default_factory=dict)
    suppressions: Mapping[str, datetime] = field(default_factory=dict)
    time_zone: Stamped | None = None

    def merge(self, other: "Part") -> "Part":
        return Part(
            traits=_union(self.traits, other.traits, Stamped.merge),
            events=_union(self.events, other.events, Counted.merge),
            consents=_union(self.consents, other.consents, Permission.merge),
            subscriptions=_union(self.subscriptions, other.subscriptions, Permission.merge),
            suppressions=_union(self.suppressions, other.suppressions, min),
            time_zone=_either(self.time_zone, other.time_zone),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """`HEAD#PROFILE`. `parts` by anonymous id, and `OWN`. A linked anonymous profile keeps only `owner`.

    `links` are the anonymous ids that are this user's; `lost` those it claimed, but another claimed earlier.
    `erased` is the receipt of the erasure of whoever this was: nothing else is kept, and nothing is folded in any more.
    """

    profile_id: str
    user_id: str | None = None
    anonymous_id: str | None = None
    parts: Mapping[str, Part] = field(default_factory=dict)
    links: Mapping[str, Claim] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    owner: Claim | None = None
    erased: str | None = None

    @property
    def whole(self) -> Part:
        """Everything known, over all parts."""
        return reduce(Part.merge, self.parts.values()) if self.parts else Part()

    @property
    def anonymous_ids(self) -> tuple[str, ...]:
        return (self.anonymous_id,) if self.anonymous_id else tuple(sorted(self.links))

    @property
    def places(self) -> tuple[str, ...]:
        """The profile ids of all partitions that hold the person's events, their own first."""
        from segue.profiles.identity import anonymous_profile_id  # noqa: PLC0415 - which itself knows claims

        return (self.profile_id, *(anonymous_profile_id(anonymous_id) for anonymous_id in sorted(self.links)))

    @property
    def known(self) -> bool:
        """Whether any event has been seen of this person."""
        return bool(self.parts)

    def with_part(self, key: str, part: Part) -> "Profile":
        """As `replace`, but on the way of every event."""
        return Profile(
            profile_id=self.profile_id,
            user_id=self.user_id,
            anonymous_id=self.anonymous_id,
            parts={**self.parts, key: part},
            links=self.links,
            lost=self.lost,
            owner=self.owner,
        )

    def traits(self) -> dict[str, Any]:
        return {name: stamped.value for name, stamped in self.whole.traits.items()}

    def as_context(self) -> dict[str, Any]:
        """`profile` as conditions (CEL) and templates (Liquid) see it: plain, JSON-like."""
        whole = self.whole
        return {
            "id": self.profile_id,
            "user_id": self.user_id,
            "anonymous_ids": list(self.anonymous_ids),
            "traits": {name: stamped.value for name, stamped in whole.traits.items()},
            "events": {
                name: {"count": seen.count, "first": seen.first, "last": seen.last}
                for name, seen in whole.events.items()
            },
            "time_zone": whole.time_zone.value if whole.time_zone else None,
        }


def subscription_key(channel: str, topic: str | None = None) -> str:
    """`email`, or `email/offers` for one topic of a channel."""
    return channel if topic is None else f"{channel}/{topic}"


#: Decides whether an event begins runs, seeing the profile as it is just after that event.
Notice = Callable[[Profile, Event], Iterable[V]]


def _union(mine: Mapping[K, V], theirs: Mapping[K, V], merge: Callable[[V, V], V]) -> dict[K, V]:
    merged = dict(mine)
    for key, value in theirs.items():
        merged[key] = merge(merged[key], value) if key in merged else value
    return merged


def _either(mine: Stamped | None, theirs: Stamped | None) -> Stamped | None:
    return mine.merge(theirs) if mine and theirs else mine or theirs
