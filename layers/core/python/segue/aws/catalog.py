"""`Catalog` in the `Registry` table: `PRODUCT#<id>` / `PRODUCT`."""

import json
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import islice
from typing import Any

from segue.aws.table import Row, to_json
from segue.events.enrichment.catalog import Product

#: A product that was loaded is known everywhere no later than this …
KEPT_SECONDS = 300.0
#: … and no more of them are remembered, the latest ones.
MOST_KEPT = 5_000

#: DynamoDB's limit of a BatchGetItem; and how often what it left undone is asked for again.
_MOST_KEYS, _TRIES = 100, 3
_SORT = "PRODUCT"


class Overloaded(Exception):
    """The table did not give everything: try again later."""


class DynamoCatalog:
    """What was looked up is remembered while the function is warm, also that there is no such product."""

    def __init__(self, rows: type[Row], seconds: Callable[[], float] = time.monotonic) -> None:
        self._rows = rows
        self._seconds = seconds
        self._known: dict[str, tuple[float, Product | None]] = {}

    def products(self, ids: Collection[str]) -> Mapping[str, Product]:
        fresh_since = self._seconds() - KEPT_SECONDS
        known = {id_: seen[1] for id_ in ids if (seen := self._known.get(id_)) and seen[0] > fresh_since}
        unknown = iter(sorted(set(ids) - known.keys()))
        while some := list(islice(unknown, _MOST_KEYS)):
            found = self._read(some)
            known |= {id_: found.get(id_) for id_ in some}
            self._remember({id_: found.get(id_) for id_ in some})
        return {id_: product for id_, product in known.items() if product}

    def keep(self, products: Iterable[Product]) -> None:
        """Whoever looked up one of them before sees the new one when they look again."""
        with self._rows.batch_write() as batch:
            for product in products:
                batch.save(self._rows(_partition(product.id), _SORT, doc=to_json(product.fields)))
                self._known.pop(product.id, None)

    def _read(self, ids: list[str]) -> dict[str, Product]:
        table: str = self._rows.Meta.table_name
        connection = self._rows.connection()
        keys: Any = [{"pk": {"S": _partition(id_)}, "sk": {"S": _SORT}} for id_ in ids]
        found: list[dict[str, Any]] = []
        for _ in range(_TRIES):
            answer = connection.batch_get_item(table, keys)
            found += answer["Responses"].get(table, [])
            keys = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
            if not keys:
                return {product.id: product for product in map(_product, found)}
        message = f"{len(keys)} of {len(ids)} products could not be read: the table is overloaded"
        raise Overloaded(message)

    def _remember(self, found: Mapping[str, Product | None]) -> None:
        now = self._seconds()
        for id_, product in found.items():
            self._known.pop(id_, None)
            self._known[id_] = (now, product)
        for id_ in list(islice(self._known, max(0, len(self._known) - MOST_KEPT))):
            del self._known[id_]


def _partition(id_: str) -> str:
    return f"PRODUCT#{id_}"


def _product(item: Mapping[str, Any]) -> Product:
    return Product(item["pk"]["S"].removeprefix("PRODUCT#"), json.loads(item["doc"]["S"]))
