"""The one shape of every row of the `Profiles` and `Registry` tables, and the codec of its documents.

A document is kept whole, as JSON in `doc`; only what an index or a condition needs stands beside it.
Pynamodb binds its table when the class is made, so the class is made here from the settings.
"""

import json
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import TransactWriteError
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

PROFILE, LEDGER, RUNS = "HEAD#PROFILE", "HEAD#LEDGER", "HEAD#RUNS"


def partition(profile_id: str) -> str:
    return f"P#{profile_id}"


class Row(Model):
    """`version` guards documents, `state` guards send records.

    `due_bucket` and `due` place it in the index `due`, `ended_bucket` and `ended` in the index `ended`.
    """

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    doc = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    state = UnicodeAttribute(null=True)
    expires = NumberAttribute(null=True)
    due_bucket = UnicodeAttribute(null=True)
    due = UnicodeAttribute(null=True)
    ended_bucket = UnicodeAttribute(null=True)
    ended = UnicodeAttribute(null=True)

    @classmethod
    def connection(cls) -> Connection:
        """The table's own, for transactions too: a second one would cost another client and another handshake."""
        return cls._get_connection().connection


@cache
def rows(table: str) -> type[Row]:
    """The row class of a table."""

    class Due(GlobalSecondaryIndex[Row]):
        class Meta:
            index_name = "due"
            projection = KeysOnlyProjection()

        due_bucket = UnicodeAttribute(hash_key=True)
        due = UnicodeAttribute(range_key=True)

    class Ended(GlobalSecondaryIndex[Row]):
        class Meta:
            index_name = "ended"
            projection = KeysOnlyProjection()

        ended_bucket = UnicodeAttribute(hash_key=True)
        ended = UnicodeAttribute(range_key=True)

    class Bound(Row):
        class Meta:
            table_name = table

        by_due = Due()
        by_ended = Ended()

    return Bound


@cache
def codec(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def encode(kind: Any, value: Any) -> str:
    """JSON without defaults, since most of a document is absent most of the time."""
    return codec(kind).dump_json(value, exclude_defaults=True).decode()


def decode(kind: Any, text: str) -> Any:
    """Raise `ValueError`, without quoting the document: the error may come to the logs."""
    try:
        return codec(kind).validate_json(text)
    except ValidationError as error:
        message = f"a kept {kind.__name__} cannot be read: {error.error_count()} errors in it"
        raise ValueError(message) from None


def cancelled(error: TransactWriteError) -> list[tuple[str, dict[str, Any] | None]]:
    """For each item of a refused transaction its code (`None` for those that were fine) and the row that was there."""
    return [(reason.code, reason.raw_item) if reason else ("None", None) for reason in error.cancellation_reasons]


def moment(at: datetime) -> str:
    """Sorts as text in the order of time; UTC, to the millisecond."""
    return at.isoformat(timespec="milliseconds")


def to_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), default=str)
