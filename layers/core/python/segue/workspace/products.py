"""Reads a file of products whole: the products, and everything that is wrong with the rows that are none."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from segue.events.enrichment.catalog import CatalogRules, ColumnType, Product
from segue.events.enrichment.products import MOST_ID_CHARACTERS, product_id
from segue.replay.files import BadFile, EventFile
from segue.replay.mapping import Row, Typed, Unreadable

_MOST_TEXT_CHARACTERS, _MOST_COLUMNS = 1_000, 50


@dataclass(frozen=True, slots=True)
class BadRow:
    """`line` as an editor counts (of a Parquet file, the row)."""

    line: int
    why: str


@dataclass(slots=True)
class ProductFile:
    products: dict[str, Product] = field(default_factory=dict)
    wrong: list[BadRow] = field(default_factory=list)

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(column for product in self.products.values() for column in product.fields)


def read_products(path: Path, rules: CatalogRules, key: str | None = None) -> ProductFile:
    """Of products with the same id the first counts. Raise `BadFile` if the file cannot be read at all."""
    found, lines = ProductFile(), dict[str, int]()
    for row in _rows(path, _Rows(key or rules.key or rules.product, rules)):
        if row.wrong is not None:
            found.wrong.append(BadRow(row.number, row.wrong))
        for made in row.calls:
            product = Product(made["id"], made["fields"])
            if product.id in lines:
                why = f"the product {product.id!r} stands on line {lines[product.id]} already"
                found.wrong.append(BadRow(row.number, why))
            else:
                found.products[product.id], lines[product.id] = product, row.number
    return found


@dataclass(frozen=True, slots=True)
class _Rows:
    """What `EventFile` needs to make of each row a product."""

    key: str
    rules: CatalogRules
    columns: list[str] | None = None
    delimiter: str = ","

    def of(self, row: Row, row_id: str) -> Iterator[dict[str, Any]]:  # noqa: ARG002 - a product has its own id
        if self.key not in row:
            there = ", ".join(map(str, row))
            raise Unreadable(f"there is no column {self.key!r} with the product's id; there are {there}")
        id_ = product_id(row[self.key])
        if id_ is None:
            if len(str(row[self.key]).strip()) > MOST_ID_CHARACTERS:
                raise Unreadable(f"{self.key} is longer than {MOST_ID_CHARACTERS} characters")
            raise Unreadable(f"{self.key} is {row[self.key]!r}: which product is it?")
        cells: dict[str, Any] = {
            str(column): _cell(row, column, self.rules.column_type(column)) for column in row if column != self.key
        }
        fields = {column: value for column, value in cells.items() if value is not None}
        if len(fields) > _MOST_COLUMNS:
            raise Unreadable(f"there are more than {_MOST_COLUMNS} columns")
        if "margin" not in fields and {"price", "cost"} <= fields.keys():
            fields["margin"] = round(fields["price"] - fields["cost"], 6)
        yield {"id": id_, "fields": fields}


def _rows(path: Path, rows: _Rows) -> Iterator[Any]:
    file = EventFile(path, rows)
    if file.kind != ".parquet":
        return iter(file)
    from pyarrow import ArrowException  # noqa: PLC0415 - a heavy import, for those who need it

    try:
        return iter(list(file))
    except ArrowException as error:
        raise BadFile(f"{path} is not a Parquet file: {error}") from None


def _cell(row: Row, column: str, kind: ColumnType | None) -> str | float | bool | None:
    """A text, a number or a truth; `None` where the row says nothing."""
    value = row[column]
    if kind is not None:
        value = Typed.model_validate({"column": column, "as": kind}).of(row)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        if kind is None:  # a gap, as Parquet writes it
            return None
        raise Unreadable(f"{column} is {row[column]!r}, not a number")
    if column in ("price", "cost") and isinstance(value, int | float) and value < 0:
        raise Unreadable(f"{column} is {row[column]!r}, below 0")
    if not isinstance(value, str | int | float):
        raise Unreadable(f"{column} is a {type(value).__name__}; texts, numbers, true and false can be kept")
    if isinstance(value, str) and len(value) > _MOST_TEXT_CHARACTERS:
        raise Unreadable(f"{column} is longer than {_MOST_TEXT_CHARACTERS:,} characters")
    return value
