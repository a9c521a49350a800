"""An event that names a product is told of the product what it does not say itself.

A product that is not in the catalogue adds nothing. If the catalogue can't be reached, the events that need it come
back later; the others go on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from segue.events.enrichment.catalog import CatalogRules, Product
from segue.events.event import Event
from segue.events.ports import Catalog

K = TypeVar("K")

#: A longer one is no product's. In UTF-8, these take at most 800 of the 2,048 bytes that a table's key may have.
MOST_ID_CHARACTERS = 200

#: Of one event. What is added must not make it grow beyond what a row and a queue's message hold.
MOST_PRODUCTS, MOST_ADDED_CHARACTERS = 100, 16 * 1024


@dataclass(frozen=True, slots=True)
class FilledIn(Generic[K]):
    """`failed` are the events that could not be told of their products now. `unknown` counts ids without a product."""

    events: dict[K, Event]
    failed: dict[K, Exception] = field(default_factory=dict)
    unknown: int = 0


def fill_in(events: Mapping[K, Event], rules: CatalogRules | None, catalog: Catalog) -> FilledIn[K]:
    """All in one look at the catalogue; in none, if no event names a product of which it does not say everything."""
    wanted = {key: ids for key, event in events.items() if rules and (ids := products_wanted(event, rules))}
    if not wanted or rules is None:
        return FilledIn(dict(events))
    ids = frozenset().union(*wanted.values())
    try:
        products = catalog.products(ids)
    except Exception as error:  # noqa: BLE001 - told to the caller, event by event
        rest = {key: event for key, event in events.items() if key not in wanted}
        return FilledIn(rest, dict.fromkeys(wanted, error))
    told = {key: filled_in(event, rules, products) if key in wanted else event for key, event in events.items()}
    return FilledIn(told, unknown=len(ids - products.keys()))


def products_wanted(event: Event, rules: CatalogRules) -> frozenset[str]:
    """The ids of the products of which the event leaves something open."""
    columns = rules.columns(event.name)
    if not columns or (rules.product not in event.properties and "products" not in event.properties):
        return frozenset()
    named = (
        product_id(place.get(rules.product))
        for place in _places(event.properties)
        if any(place.get(column) is None for column in columns)
    )
    return frozenset(id_ for id_ in named if id_)


def filled_in(event: Event, rules: CatalogRules, products: Mapping[str, Product]) -> Event:
    columns, left = rules.columns(event.name), MOST_ADDED_CHARACTERS

    def told(place: Mapping[str, Any]) -> Mapping[str, Any]:
        nonlocal left
        product = products.get(product_id(place.get(rules.product)) or "")
        known = product.fields if product else {}
        added = {column: known[column] for column in columns if column in known and place.get(column) is None}
        left -= sum(len(column) + len(str(value)) for column, value in added.items())
        return {**place, **added} if added and left >= 0 else place

    properties = dict(told(event.properties))
    listed = properties.get("products")
    if isinstance(listed, list):
        few, rest = listed[:MOST_PRODUCTS], listed[MOST_PRODUCTS:]
        properties["products"] = [told(each) if isinstance(each, dict) else each for each in few] + rest
    return replace(event, properties=properties)


def product_id(written: Any) -> str | None:
    """As the catalogue knows it: numbers are taken for texts, and 7.0 for 7, since files of tables write it so."""
    if isinstance(written, float) and written.is_integer():
        written = int(written)
    if isinstance(written, bool) or not isinstance(written, str | int | float):
        return None
    id_ = str(written).strip()
    return id_ if 0 < len(id_) <= MOST_ID_CHARACTERS else None


def _places(properties: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Where a product may be named."""
    yield properties
    listed = properties.get("products")
    if isinstance(listed, list):
        yield from (each for each in listed[:MOST_PRODUCTS] if isinstance(each, dict))
