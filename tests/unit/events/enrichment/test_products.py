"""Events are told of the products that they name what they do not say themselves."""

from collections.abc import Collection, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.events.enrichment.catalog import CatalogRules, Product
from segue.events.enrichment.products import (
    MOST_ADDED_CHARACTERS,
    MOST_PRODUCTS,
    FilledIn,
    fill_in,
    filled_in,
    products_wanted,
)
from segue.memory.catalog import MemoryCatalog
from tests.builders import an_event

RULES = CatalogRules(fill_in=("price", "category"), events={"Order Completed": ("margin",), "Quiet": ()})
BLUE, RED = Product("1", {"price": 12.5, "category": "jazz", "margin": 5.4}), Product("red", {"price": 3})


class Asked(MemoryCatalog):
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__([BLUE, RED])
        self.asked: list[set[str]] = []

    def products(self, ids: Collection[str]) -> Mapping[str, Product]:
        self.asked.append(set(ids))
        return super().products(ids)


def told(properties: Any, name: str = "Product Viewed", rules: CatalogRules = RULES) -> Mapping[str, Any]:
    filled = fill_in({0: an_event(name, properties=properties)}, rules, Asked())
    return filled.events[0].properties


def test_what_the_event_does_not_say_is_filled_in():
    assert told({"product_id": "1"}) == {"product_id": "1", "price": 12.5, "category": "jazz"}


def test_what_the_event_says_itself_holds_and_null_says_nothing():
    assert told({"product_id": "1", "price": 0, "category": None}) == {
        "product_id": "1",
        "price": 0,
        "category": "jazz",
    }


@pytest.mark.parametrize("id_", ["1", 1, 1.0, " 1 "])
def test_an_id_may_be_a_number(id_):
    assert told({"product_id": id_})["category"] == "jazz"


@pytest.mark.parametrize("id_", ["2", "", None, True, ["1"], {"id": "1"}, 1.5])
def test_who_names_no_product_of_the_catalogue_is_told_nothing(id_):
    assert told({"product_id": id_}) == {"product_id": id_}


def test_each_of_several_products_is_filled_in():
    products = [{"product_id": "1", "quantity": 2}, {"product_id": "nobody's"}, "odd", {"product_id": "red"}]

    assert told({"products": products})["products"] == [
        {"product_id": "1", "quantity": 2, "price": 12.5, "category": "jazz"},
        {"product_id": "nobody's"},
        "odd",
        {"product_id": "red", "price": 3},
    ]


def test_an_event_may_have_columns_of_its_own_or_none():
    assert told({"product_id": "1"}, "Order Completed") == {"product_id": "1", "margin": 5.4}
    assert told({"product_id": "1"}, "Quiet") == {"product_id": "1"}


def test_another_property_may_name_the_product():
    assert told({"sku": "red"}, rules=CatalogRules(product="sku", fill_in=("price",))) == {"sku": "red", "price": 3}


def test_the_products_of_a_batch_are_asked_for_at_once():
    catalog = Asked()
    events = {
        n: an_event("Product Viewed", properties={"product_id": id_}) for n, id_ in enumerate(["1", "red", "1", "x"])
    }

    filled = fill_in(events, RULES, catalog)

    assert catalog.asked == [{"1", "red", "x"}]
    assert (len(filled.events), filled.unknown) == (4, 1)


@pytest.mark.parametrize(
    ("rules", "properties"),
    [
        (None, {"product_id": "1"}),
        (CatalogRules(), {"product_id": "1"}),
        (RULES, {}),
        (RULES, {"product_id": "1", "price": 1, "category": "x"}),
    ],
)
def test_where_nothing_is_wanted_nobody_is_asked(rules, properties):
    catalog, event = Asked(), an_event("Product Viewed", properties=properties)

    assert fill_in({0: event}, rules, catalog) == FilledIn({0: event})
    assert catalog.asked == []


def test_while_the_catalogue_cannot_be_reached_the_events_that_need_it_wait():
    class Away(MemoryCatalog):
        def products(self, ids: Collection[str]) -> Mapping[str, Product]:
            raise ConnectionError

    needs, other = an_event("Product Viewed", properties={"product_id": "1"}), an_event("Signed In")

    filled = fill_in({"needs": needs, "other": other}, RULES, Away())

    assert filled.events == {"other": other}
    assert [(key, type(error)) for key, error in filled.failed.items()] == [("needs", ConnectionError)]


def test_an_event_grows_only_so_much():
    long = Product("long", {"price": "x" * 1000})
    event = an_event("Product Viewed", properties={"products": [{"product_id": "long"}] * 2 * MOST_PRODUCTS})

    filled = filled_in(event, RULES, {"long": long})

    grown = [each for each in filled.properties["products"] if "price" in each]
    assert 0 < len(grown) <= MOST_ADDED_CHARACTERS / 1000
    assert len(filled.properties["products"]) == 2 * MOST_PRODUCTS


def test_only_so_many_products_are_looked_up():
    event = an_event("Product Viewed", properties={"products": [{"product_id": str(n)} for n in range(500)]})

    assert len(products_wanted(event, RULES)) == MOST_PRODUCTS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("1"),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.sampled_from(["product_id", "price", "x"]), each),
)


@given(st.dictionaries(st.sampled_from(["product_id", "products", "price"]), JSON))
def test_whatever_the_properties_are_nothing_that_was_said_changes_and_twice_is_once(properties):
    event = an_event("Product Viewed", properties=properties)

    once = filled_in(event, RULES, {"1": BLUE})

    assert all(
        repr(once.properties[name]) == repr(value) for name, value in properties.items() if isinstance(value, str)
    )
    assert repr(filled_in(once, RULES, {"1": BLUE})) == repr(once)


@pytest.mark.parametrize("id_", ["x" * 201, "𝄞" * 600, 10**200])
def test_what_is_too_long_for_an_id_is_not_looked_up_and_holds_up_no_other_event(id_):
    events = {
        "long": an_event("Product Viewed", properties={"product_id": id_}),
        "blue": an_event("Product Viewed", properties={"product_id": "1"}),
    }
    catalog = Asked()

    filled = fill_in(events, RULES, catalog)

    assert catalog.asked == [{"1"}]
    assert filled.events["long"] == events["long"]
    assert filled.events["blue"].properties["price"] == 12.5
