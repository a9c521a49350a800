"""`Erasures` and `Trail` in memory."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from segue.profiles.erasure import Erasure
from segue.profiles.head import Versioned
from segue.profiles.ports import Conflict


@dataclass(slots=True)
class MemoryErasures:
    kept: dict[str, Versioned[Erasure]] = field(default_factory=dict)
    prints: dict[str, str] = field(default_factory=dict)

    def find(self, receipt_id: str) -> Versioned[Erasure] | None:
        return self.kept.get(receipt_id)

    def keep(self, erasure: Versioned[Erasure]) -> Versioned[Erasure]:
        receipt_id = erasure.value.receipt_id
        stood = self.kept.get(receipt_id)
        if (stood.version if stood else 0) != erasure.version:
            raise Conflict(receipt_id)
        self.kept[receipt_id] = Versioned(erasure.value, erasure.version + 1)
        return self.kept[receipt_id]

    def block(self, prints: Iterable[str], receipt_id: str) -> None:
        self.prints.update(dict.fromkeys(prints, receipt_id))

    def blocked(self, prints: Iterable[str]) -> str | None:
        return next((self.prints[each] for each in prints if each in self.prints), None)


@dataclass(slots=True)
class MemoryTrail:
    noted: list[tuple[datetime, str, str, str]] = field(default_factory=list)

    def note(self, at: datetime, who: str, did: str, to: str) -> None:
        self.noted.append((at, who, did, to))
