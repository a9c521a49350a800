"""What messages need kept, and the channels that take them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from segue.decisions.decision import RunRef
from segue.messages.email import Email
from segue.messages.inbox import Card
from segue.messages.template import Template


class Refused(Exception):
    """The channel will never take this message; the text says why, without personal data."""


class Busy(Exception):
    """The channel did not take the message, and may later: certainly nothing was sent. The text says why, as above."""


class Templates(Protocol):
    """A run keeps the templates of the version that it began with; everybody else gets the deployed ones."""

    def template(self, name: str, run: RunRef | None) -> Template:
        """Raise `KeyError` when there is none."""


class Mailer(Protocol):
    """E-mail. Any other error than these leaves open whether the message was sent."""

    def send(self, email: Email) -> str:
        """The provider's id. Raise `Refused` or `Busy`."""


class Inbox(Protocol):
    """The in-app inboxes."""

    def put(self, profile_id: str, card: Card) -> None:
        """A card that is there already stays as it is."""

    def cards(self, profile_id: str, limit: int) -> Iterable[Card]:
        """The latest first."""

    def mark_read(self, profile_id: str, card_id: str, at: datetime) -> Card | None:
        """The card, read now or before; `None` when there is none."""


class SigningKeys(Protocol):
    """The secrets that tokens are signed with, newest first; at least one."""

    def keys(self) -> tuple[str, ...]: ...
