"""`Inbox` in memory."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from segue.messages.inbox import Card


@dataclass(slots=True)
class MemoryInbox:
    boxes: dict[str, dict[str, Card]] = field(default_factory=dict)

    def put(self, profile_id: str, card: Card) -> None:
        self.boxes.setdefault(profile_id, {}).setdefault(card.card_id, card)

    def cards(self, profile_id: str, limit: int) -> Iterable[Card]:
        box = self.boxes.get(profile_id, {})
        return [box[card_id] for card_id in sorted(box, reverse=True)[:limit]]

    def mark_read(self, profile_id: str, card_id: str, at: datetime) -> Card | None:
        box = self.boxes.get(profile_id, {})
        card = box.get(card_id)
        if card is None:
            return None
        box[card_id] = replace(card, read_at=card.read_at or at)
        return box[card_id]
