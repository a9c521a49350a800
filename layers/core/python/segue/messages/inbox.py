"""A card in a person's in-app inbox."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`card_id` sorts by the time of sending and is safe in an address.

    `channel` is how the app shows it: `in_app` now, `inbox` in the list, `badge` as a number on it, `silent` never.
    """

    send_id: str
    sent_at: datetime
    title: str
    body: str
    url: str | None = None
    channel: str = "in_app"
    read_at: datetime | None = None

    @property
    def card_id(self) -> str:
        return f"{round(self.sent_at.timestamp() * 1000):013}-{self.send_id}"

    def as_json(self) -> dict[str, Any]:
        """As the app sees it."""
        shown = {"id": self.card_id, **asdict(self)}
        del shown["send_id"]
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in shown.items()}
