"""The touches of one person over the longest cap horizon: `HEAD#LEDGER`. Caps are rules of `segue.decisions`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One send request reserved, or used, one unit of exposure on this channel at this time."""

    send_id: str
    channel: str
    category: str
    at: datetime
    topic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Touches by send id. A reservation and a delivered message weigh the same; a failed one is taken out."""

    touches: Mapping[str, Touch] = field(default_factory=dict)

    def reserve(self, touch: Touch) -> "Ledger":
        return Ledger(touches={**self.touches, touch.send_id: touch})

    def release(self, send_id: str) -> "Ledger":
        return Ledger(touches={key: touch for key, touch in self.touches.items() if key != send_id})

    def merge(self, other: "Ledger") -> "Ledger":
        """Of two people who are one: no cap is escaped by merging."""
        return Ledger(touches={**other.touches, **self.touches})

    def since(self, horizon: datetime) -> "Ledger":
        """Without the touches that no cap looks at any more."""
        return Ledger(touches={key: touch for key, touch in self.touches.items() if touch.at >= horizon})
