"""An erasure as it is kept: what was asked, how far it has come, and in the end the receipt."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A run whose execution is to be stopped."""

    journey: str
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is needed to find a person's traces; forgotten when the erasure is complete.

    `names` are what others may have written of them: identifiers, addresses. A round goes through all kinds of traces,
    `step` is at which it is, `cursor` where there, `found` what it has deleted so far. It begins at `not_before`.
    """

    root: str
    places: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    runs: tuple[Running, ...] = ()
    round: int = 1
    step: int = 0
    cursor: str = ""
    found: int = 0
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep deleted, by kind, and where the next goes on; no cursor: nothing is left."""

    deleted: Mapping[str, int] = field(default_factory=dict)
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """`by` is who asked. The person is blocked from the beginning, and nothing of them is left at `completed_at`."""

    receipt_id: str
    asked_at: datetime
    by: str
    reason: str
    deleted: Mapping[str, int] = field(default_factory=dict)
    completed_at: datetime | None = None
    work: Work | None = None

    def count(self, deleted: Mapping[str, int]) -> "Erasure":
        kinds = sorted({*self.deleted, *deleted})
        return replace(self, deleted={kind: self.deleted.get(kind, 0) + deleted.get(kind, 0) for kind in kinds})

    def receipt(self) -> dict[str, Any]:
        """As it is shown: nothing of the person."""
        return {
            "receipt_id": self.receipt_id,
            "state": "complete" if self.completed_at else "erasing",
            "asked_at": self.asked_at.isoformat(),
            "asked_by": self.by,
            "reason": self.reason,
            "completed_at": self.completed_at.isoformat() if self.completed_at else None,
            "deleted": dict(self.deleted),
        }
