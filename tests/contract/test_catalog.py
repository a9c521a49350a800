"""`Catalog`: in memory and on DynamoDB."""

from unittest.mock import patch

import pytest
from botocore.client import BaseClient

from segue.aws.catalog import KEPT_SECONDS, MOST_KEPT, DynamoCatalog, Overloaded
from segue.events.enrichment.catalog import Product
from segue.events.enrichment.products import MOST_ID_CHARACTERS, product_id
from segue.events.ports import Catalog
from segue.memory.catalog import MemoryCatalog

BLUE = Product("blue", {"price": 12.5, "category": "jazz", "name": "Blü", "stocked": True, "year": 1971})


@pytest.fixture(params=["memory", "moto"])
def catalog(request: pytest.FixtureRequest) -> Catalog:
    if request.param == "memory":
        return MemoryCatalog()
    return DynamoCatalog(request.getfixturevalue("registry_rows"))


def test_a_product_that_was_loaded_is_there(catalog: Catalog) -> None:
    catalog.keep([BLUE, Product("red")])

    assert catalog.products(["blue", "nobody's", "blue"]) == {"blue": BLUE}


def test_of_nothing_there_is_nothing(catalog: Catalog) -> None:
    assert catalog.products([]) == {}


def test_a_product_that_is_loaded_again_is_the_new_one_and_others_stay(catalog: Catalog) -> None:
    catalog.keep([Product("blue", {"price": 1}), Product("red")])
    assert catalog.products(["blue"])["blue"].fields == {"price": 1}

    catalog.keep([BLUE])

    assert catalog.products(["blue", "red"]) == {"blue": BLUE, "red": Product("red")}


def test_more_are_kept_and_found_than_dynamodb_takes_at_once(catalog: Catalog) -> None:
    products = {str(number): Product(str(number), {"price": number}) for number in range(250)}
    catalog.keep(products.values())

    assert catalog.products(list(products)) == products


def test_the_longest_id_that_an_event_may_name_is_a_key_like_any_other(catalog: Catalog) -> None:
    longest = "𝄞" * MOST_ID_CHARACTERS
    assert product_id(longest) == longest

    catalog.keep([Product(longest, {"price": 1})])

    assert catalog.products([longest, "blue"]) == {longest: Product(longest, {"price": 1})}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def warm(registry_rows, asked, clock):
    """The catalogue of a warm function, and how often it asked DynamoDB."""
    catalog = DynamoCatalog(registry_rows, seconds=clock)
    catalog.keep([BLUE])
    catalog.products(["warm"])
    real = BaseClient._make_api_call

    def count(client, operation, arguments):
        asked.append(operation)
        return real(client, operation, arguments)

    with patch.object(BaseClient, "_make_api_call", count):
        yield catalog


def test_ids_of_a_batch_are_one_call_and_what_is_known_is_none(warm, asked):
    warm.products(["blue", "red"])
    warm.products(["red", "blue"])

    assert asked == ["BatchGetItem"]


def test_after_some_minutes_it_looks_again(warm, asked, clock, registry_rows):
    warm.products(["blue", "red"])
    DynamoCatalog(registry_rows).keep([Product("red")])
    clock.now = KEPT_SECONDS + 1

    assert "red" in warm.products(["blue", "red"])
    assert asked.count("BatchGetItem") == 2


def test_only_so_many_are_remembered(warm):
    warm._remember({str(number): None for number in range(MOST_KEPT + 10)})

    assert len(warm._known) == MOST_KEPT
    assert str(MOST_KEPT + 9) in warm._known


def test_what_the_table_leaves_undone_is_asked_for_again_but_not_for_ever(warm):
    calls = []

    def give(_client, _operation, arguments):
        calls.append(arguments)
        return {"Responses": {}, "UnprocessedKeys": arguments["RequestItems"]}

    with patch.object(BaseClient, "_make_api_call", give), pytest.raises(Overloaded, match="2 of 2"):
        warm.products(["a", "b"])

    assert len(calls) == 3
    assert warm._known.keys() == {"warm"}
