"""One living profile: what is known of a person, as values that merge in any order to the same result.

A person's events fall into parts, one for each identifier that was the highest-ranked of some event. Which part an
event belongs to depends on nothing but the event. What a reader sees is the merge of the parts; a part moves as a whole
when identifiers are joined or parted, so that order does not matter.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import Any, TypeVar

from segue.events.event import Event
from segue.events.identifier import ANONYMOUS, USER, Identifier
from segue.profiles import bounds
from segue.profiles.channel_source import ChannelSource, earliest, latest
from segue.profiles.consent import Consents, lost
from segue.profiles.quiet import Quiet
from segue.profiles.resolve import Member, Seen
from segue.profiles.standing import ENGAGEMENT, NO_STANDING, Standing, engagement
from segue.profiles.states import State
from segue.profiles.states import merge as merge_states

K = TypeVar("K")
V = TypeVar("V")

#: A part's key for the events that carry the profile's own identifier. No profile id is empty.
OWN = ""


#: What a condition may read of `profile`.
WORDS = (
    *("id", "user_id", "anonymous_ids", "traits", "events", "time_zone", "first_source", "last_source"),
    *("computed", "rfm", "engagement", "segments", "lifecycle", "session"),
)


@dataclass(frozen=True, slots=True)
class Stamped:
    """A value and when it was said. Of two, the later one holds; of two at once, the one that sorts last."""

    value: Any
    at: datetime

    def merge(self, other: "Stamped") -> "Stamped":
        if self.at == other.at:
            return max(self, other, key=lambda stamped: repr(stamped.value))
        return self if self.at > other.at else other


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one set of events says. `merge` is commutative and associative; `Counted` assumes disjoint sets.

    Of each kind of name it keeps a bounded number: see `segue.profiles.bounds`.

    `consents_lost` and `subscriptions_lost` are of those for which there is no room: see there too.

    `opted_out` is when the browser's Global Privacy Control was seen first. `location` is a region, as `DE` or `US-CA`.
    """

    traits: Mapping[str, Stamped] = field(default_factory=dict)
    events: Mapping[str, Counted] = field(default_factory=dict)
    consents: Mapping[str, Consents] = field(default_factory=dict)
    subscriptions: Mapping[str, Permission] = field(default_factory=dict)
    suppressions: Mapping[str, datetime] = field(default_factory=dict)
    time_zone: Stamped | None = None
    opted_out: datetime | None = None
    quiet: Quiet | None = None
    location: Stamped | None = None
    first_source: ChannelSource | None = None
    last_source: ChannelSource | None = None
    computed: Mapping[str, State] = field(default_factory=dict)
    consents_lost: datetime | None = None
    subscriptions_lost: datetime | None = None

    def merge(self, other: "Part") -> "Part":
        consents, consents_lost = kept_consents(
            _union(self.consents, other.consents, Consents.merge), either(self.consents_lost, other.consents_lost, max)
        )
        subscriptions, subscriptions_lost = kept_subscriptions(
            _union(self.subscriptions, other.subscriptions, Permission.merge),
            either(self.subscriptions_lost, other.subscriptions_lost, max),
        )
        return Part(
            traits=bounds.traits(_union(self.traits, other.traits, Stamped.merge)),
            events=bounds.events(_union(self.events, other.events, Counted.merge)),
            consents=consents,
            subscriptions=subscriptions,
            suppressions=_union(self.suppressions, other.suppressions, min),
            time_zone=either(self.time_zone, other.time_zone, Stamped.merge),
            opted_out=either(self.opted_out, other.opted_out, min),
            quiet=either(self.quiet, other.quiet, Quiet.merge),
            location=either(self.location, other.location, Stamped.merge),
            first_source=earliest(self.first_source, other.first_source),
            last_source=latest(self.last_source, other.last_source),
            computed=_union(self.computed, other.computed, merge_states),
            consents_lost=consents_lost,
            subscriptions_lost=subscriptions_lost,
        )

    def said_of(self, purpose: str) -> Consents | None:
        """What was said of a purpose, or may have been; `None`: nothing was."""
        if said := self.consents.get(purpose):
            return said
        if self.consents_lost and bounds.purpose_may_be_lost(purpose, self.consents):
            return lost(self.consents_lost)
        return None

    def permission(self, key: str) -> Permission | None:
        """As `said_of`, for a subscription (`subscription_key`)."""
        if said := self.subscriptions.get(key):
            return said
        if self.subscriptions_lost and bounds.subscription_may_be_lost(key, self.subscriptions):
            return Permission(False, self.subscriptions_lost)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """`HEAD#PROFILE`: an identifier, and if it is the first of a person's, all that is known of the person.

    `seen` are identifiers that were said together with it, `apart` those it is never to be joined with; both by
    profile id. Of a person with several identifiers one is the root: it has the `parts`, by the profile id of the
    identifier that the events carried, and `OWN`; and the `members`, the other identifiers. They have the root's
    profile id as `owner`.

    `standing` depends on when the events were seen, and is no part of what makes two profiles equal.
    `erased` is the receipt of the erasure of whoever this was: nothing else is kept, and nothing is folded in any more.
    """

    profile_id: str
    identifier: Identifier | None = None
    seen: Mapping[str, Seen] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()
    owner: str | None = None
    members: Mapping[str, Member] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)
    standing: Standing = field(default=NO_STANDING, compare=False)
    erased: str | None = None

    @property
    def wake(self) -> datetime | None:
        """When to look again, because time alone may change something then."""
        return self.standing.wake

    @property
    def whole(self) -> Part:
        """Everything known, over all parts."""
        return reduce(Part.merge, self.parts.values()) if self.parts else Part()

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """The root's own first."""
        own = (self.identifier,) if self.identifier else ()
        return (*own, *(member.identifier for member in self.members.values()))

    @property
    def user_id(self) -> str | None:
        return next((each.value for each in self.identifiers if each.namespace == USER), None)

    @property
    def anonymous_ids(self) -> tuple[str, ...]:
        return tuple(sorted(each.value for each in self.identifiers if each.namespace == ANONYMOUS))

    @property
    def places(self) -> tuple[str, ...]:
        """The partitions over which what happened to the person is spread, as profile ids; the root's first."""
        return (self.profile_id, *self.members)

    @property
    def known(self) -> bool:
        """Whether any event has been seen of this person."""
        return bool(self.parts)

    def with_part(self, key: str, part: Part) -> "Profile":
        """As `replace`, but on the way of every event."""
        return Profile(
            profile_id=self.profile_id,
            identifier=self.identifier,
            seen=self.seen,
            apart=self.apart,
            owner=self.owner,
            members=self.members,
            parts={**self.parts, key: part},
            standing=self.standing,
        )

    def with_standing(self, standing: Standing) -> "Profile":
        """As `replace`, but on the way of every event."""
        return Profile(
            profile_id=self.profile_id,
            identifier=self.identifier,
            seen=self.seen,
            apart=self.apart,
            owner=self.owner,
            members=self.members,
            parts=self.parts,
            standing=standing,
        )

    def names(self) -> dict[str, Any]:
        return {"id": self.profile_id, "user_id": self.user_id, "anonymous_ids": list(self.anonymous_ids)}

    def traits(self) -> dict[str, Any]:
        return {name: stamped.value for name, stamped in self.whole.traits.items()}

    def as_context(self) -> dict[str, Any]:
        """`profile` as conditions (CEL) and templates (Liquid) see it: plain, JSON-like.

        What is computed by the workspace's definitions is added by `segue.profiles.rules`.
        """
        whole, session = self.whole, self.standing.session
        return {
            **self.names(),
            "traits": {name: stamped.value for name, stamped in whole.traits.items()},
            "events": {
                name: {"count": seen.count, "first": seen.first, "last": seen.last}
                for name, seen in whole.events.items()
            },
            "time_zone": whole.time_zone.value if whole.time_zone else None,
            "first_source": whole.first_source.as_context() if whole.first_source else {},
            "last_source": whole.last_source.as_context() if whole.last_source else {},
            "engagement": {channel: said for channel in ENGAGEMENT if (said := engagement(whole.events.get, channel))},
            "computed": {},
            "rfm": {},
            "segments": sorted(self.standing.segments),
            "lifecycle": self.standing.lifecycle,
            "session": session.as_context() if session else {"active": False},
        }


def kept_consents(
    said: Mapping[str, Consents], lost_at: datetime | None
) -> tuple[Mapping[str, Consents], datetime | None]:
    """As many as there is room for, and when anything was said last of the others: before, or now."""
    kept = bounds.purposes(said)
    lost_at = either(lost_at, bounds.lost(said, kept), max)
    whole = bounds.with_history(kept)
    if whole is not kept:
        kept = {name: each if name in whole else each.brief for name, each in kept.items()}
    return kept, lost_at


def kept_subscriptions(
    said: Mapping[str, Permission], lost_at: datetime | None
) -> tuple[Mapping[str, Permission], datetime | None]:
    kept = bounds.subscriptions(said)
    return kept, either(lost_at, bounds.lost(said, kept), max)


#: The events by which people come to a channel or a topic, and leave it.
SUBSCRIBED, UNSUBSCRIBED = "Subscribed", "Unsubscribed"


def subscription_key(channel: str, topic: str | None = None) -> str:
    """`email`, or `email/offers` for one topic of a channel. The channel `all` is every channel."""
    return channel if topic is None else f"{channel}/{topic}"


#: Decides whether an event begins runs, seeing the profile as it is just after that event.
Notice = Callable[[Profile, Event], Iterable[V]]

#: Whether an event may be kept: of each person whom it says to be one, what is known before it.
Collects = Callable[[Sequence[Part], Event], bool]


def _union(mine: Mapping[K, V], theirs: Mapping[K, V], merge: Callable[[V, V], V]) -> dict[K, V]:
    merged = dict(mine)
    for key, value in theirs.items():
        merged[key] = merge(merged[key], value) if key in merged else value
    return merged


def either(mine: V | None, theirs: V | None, merge: Callable[[V, V], V]) -> V | None:
    return merge(mine, theirs) if mine is not None and theirs is not None else mine if mine is not None else theirs
