"""A person reads their inbox: their own cards, and those that came while they went by another identifier.

Only the inbox of a profile's root reaches into those of its other identifiers, never the other way. What names an
anonymous id is on a device that others may use: it shows what came to that visitor before the link, and nothing of the
person.
"""

from collections.abc import Iterator
from datetime import datetime

from segue.messages.inbox import Card
from segue.messages.ports import Inbox
from segue.profiles.ports import Profiles

#: Of so many other identifiers, the latest joined, cards are shown: each is a Query.
MOST_OTHERS = 20


def read_cards(profile_id: str, limit: int, *, profiles: Profiles, inbox: Inbox) -> list[Card]:
    """The latest first. One that was put twice, before the link and after it, is shown once, as read if either is."""
    found: dict[str, Card] = {}
    for place in _places(profile_id, profiles):
        for card in inbox.cards(place, limit):
            if card.read_at or card.card_id not in found:
                found[card.card_id] = card
    return [found[card_id] for card_id in sorted(found, reverse=True)[:limit]]


def mark_read(profile_id: str, card_id: str, at: datetime, *, profiles: Profiles, inbox: Inbox) -> Card | None:
    """The card, read now or before; `None` when there is none that this person sees."""
    marked = (inbox.mark_read(place, card_id, at) for place in _places(profile_id, profiles))
    return next((card for card in marked if card), None)


def _places(profile_id: str, profiles: Profiles) -> Iterator[str]:
    yield profile_id
    members = profiles.profile(profile_id).value.members
    yield from sorted(members, key=lambda each: members[each].claim, reverse=True)[:MOST_OTHERS]
