"""The touches of one person over the longest cap horizon: `HEAD#LEDGER`. Caps are rules of `segue.decisions`."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

T = TypeVar("T")

#: So many claims are kept of one channel and topic, the most urgent ones: whoever is less urgent than all of them waits
#: for no room there anyway. And so many in all, since topics are without number.
MOST_ALIKE, MOST_CLAIMS = 8, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One send request reserved, or used, one unit of exposure on this channel at this time.

    `priority` is the request's; `requested_at` and `home`, where its record is, unless with the person's documents,
    are there for whoever is more urgent and comes before the message has gone.
    """

    send_id: str
    channel: str
    category: str
    at: datetime
    topic: str | None = None
    priority: int = 0
    requested_at: datetime | None = None
    home: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Where a deferred request of some priority will want room: nobody who is less urgent takes it. Void from `until`.

    `due` is its next permissible moment.
    """

    send_id: str
    channel: str
    category: str
    due: datetime
    until: datetime
    priority: int
    topic: str | None = None

    @property
    def at(self) -> datetime:
        return self.due


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """By send id. A reservation and a delivered message weigh the same; a failed one is taken out."""

    touches: Mapping[str, Touch] = field(default_factory=dict)
    claims: Mapping[str, Claim] = field(default_factory=dict)

    def reserve(self, touch: Touch) -> "Ledger":
        return Ledger(touches={**self.touches, touch.send_id: touch}, claims=_without(self.claims, touch.send_id))

    def release(self, send_id: str) -> "Ledger":
        return Ledger(touches=_without(self.touches, send_id), claims=_without(self.claims, send_id))

    def claim(self, claim: Claim, now: datetime) -> "Ledger":
        """What is void makes room. It may be too many all the same: then the least urgent is not kept."""
        others = [each for each in _without(self.claims, claim.send_id).values() if each.until > now]
        return replace(self, claims=_most_urgent([*others, claim]))

    def merge(self, other: "Ledger") -> "Ledger":
        """Of two people who are one: no cap is escaped by merging."""
        claims = {**other.claims, **self.claims}.values()
        return Ledger(touches={**other.touches, **self.touches}, claims=_most_urgent(claims))

    def since(self, horizon: datetime, now: datetime) -> "Ledger":
        """Without the touches that no cap looks at any more, and the claims that are void."""
        return Ledger(
            touches={key: touch for key, touch in self.touches.items() if touch.at >= horizon},
            claims={key: claim for key, claim in self.claims.items() if claim.until > now},
        )


def _without(kept: Mapping[str, T], send_id: str) -> Mapping[str, T]:
    return {key: each for key, each in kept.items() if key != send_id} if send_id in kept else kept


def _most_urgent(claims: Collection[Claim]) -> Mapping[str, Claim]:
    alike, kept = Counter[tuple[str, str | None]](), dict[str, Claim]()
    for claim in sorted(claims, key=_urgency):
        alike[claim.channel, claim.topic] += 1
        if alike[claim.channel, claim.topic] <= MOST_ALIKE and len(kept) < MOST_CLAIMS:
            kept[claim.send_id] = claim
    return kept


def _urgency(claim: Claim) -> tuple[int, datetime, str]:
    return (-claim.priority, claim.due, claim.send_id)
