"""The products that a company sells, and what of them an event is told: `workspace/catalog.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

#: What a column of the file of products holds.
ColumnType = Literal["text", "number", "boolean"]

#: Columns that mean the same everywhere. `margin` is what a sale brings: price less cost, in the price's currency.
KNOWN_COLUMNS: Mapping[str, ColumnType] = {
    "price": "number",
    "cost": "number",
    "margin": "number",
    "category": "text",
    "name": "text",
}


@dataclass(frozen=True, slots=True)
class Product:
    """`fields` are texts, numbers and truths, by column."""

    id: str
    fields: Mapping[str, Any] = field(default_factory=dict)


class CatalogRules(BaseModel):
    """`product` is the property that names a product, of an event or of each of its `products`.

    `fill_in` are the columns that become properties where the event does not say them; `events` says it otherwise for
    some events. `file`, inside the workspace, holds the products: it is what `simulate` and `test` know, and what
    `segue catalog load` loads. `key` is its column of ids, where that is not called as the property is; `types` tells
    of further columns what they hold.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    product: str = Field("product_id", min_length=1)
    fill_in: tuple[str, ...] = ()
    events: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    file: str | None = None
    key: str | None = None
    types: Mapping[str, ColumnType] = Field(default_factory=dict)

    def columns(self, event: str) -> tuple[str, ...]:
        """What an event of this canonical name is told."""
        return self.events.get(event, self.fill_in)

    def column_type(self, column: str) -> ColumnType | None:
        """`None`: as the file has it."""
        return KNOWN_COLUMNS.get(column) or self.types.get(column)

    @field_validator("types")
    @classmethod
    def _known_columns_have_theirs(cls, types: Mapping[str, ColumnType]) -> Mapping[str, ColumnType]:
        for column, kind in types.items():
            if KNOWN_COLUMNS.get(column, kind) != kind:
                message = f"{column} is always a {KNOWN_COLUMNS[column]}"
                raise ValueError(message)
        return types
