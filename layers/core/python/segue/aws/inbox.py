"""`Inbox` on DynamoDB: `INBOX#<card id>` in the person's partition, the id sorting by time."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from pynamodb.exceptions import PutError

from segue.aws.table import Row, decode, encode, partition
from segue.messages.inbox import Card

_PREFIX = "INBOX#"


class DynamoInbox:
    def __init__(self, rows: type[Row]) -> None:
        self._rows = rows

    def put(self, profile_id: str, card: Card) -> None:
        row = self._rows(partition(profile_id), _key(card.card_id), doc=encode(Card, card))
        try:
            row.save(condition=self._rows.pk.does_not_exist())
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise

    def cards(self, profile_id: str, limit: int) -> Iterable[Card]:
        found = self._rows.query(
            partition(profile_id), self._rows.sk.startswith(_PREFIX), scan_index_forward=False, limit=limit
        )
        return [decode(Card, row.doc or "") for row in found]

    def mark_read(self, profile_id: str, card_id: str, at: datetime) -> Card | None:
        """Two readers at once write the same card but for the moment; either is true."""
        try:
            row = self._rows.get(partition(profile_id), _key(card_id), consistent_read=True)
        except self._rows.DoesNotExist:
            return None
        card: Card = decode(Card, row.doc or "")
        if card.read_at:
            return card
        read = replace(card, read_at=at)
        row.update(actions=[self._rows.doc.set(encode(Card, read))])
        return read


def _key(card_id: str) -> str:
    return f"{_PREFIX}{card_id}"
