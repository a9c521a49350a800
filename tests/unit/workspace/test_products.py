"""A file of products is read whole, and each row that is none is told with its line."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from segue.events.enrichment.catalog import CatalogRules
from segue.replay.files import BadFile
from segue.workspace.products import ProductFile, read_products

HEADER = "product_id,price,cost,category,name\n"


def csv(folder: Path, text: str, **given: Any) -> ProductFile:
    file = folder / "products.csv"
    file.write_text(text)
    return read_products(file, CatalogRules(**given.pop("rules", {})), **given)


def fields(found: ProductFile) -> dict[str, Any]:
    assert found.wrong == []
    return {id_: dict(product.fields) for id_, product in found.products.items()}


def test_a_csv_file_becomes_products_with_the_margin_they_have(tmp_path):
    found = csv(tmp_path, HEADER + 'a,14.90,8.20,jazz,"Blue, and red"\nb,3,,,\n')

    assert fields(found) == {
        "a": {"price": 14.9, "cost": 8.2, "category": "jazz", "name": "Blue, and red", "margin": 6.7},
        "b": {"price": 3.0},
    }


def test_a_margin_that_is_given_holds(tmp_path):
    assert fields(csv(tmp_path, "product_id,price,cost,margin\na,14,8,5\n"))["a"]["margin"] == 5


def test_json_lines_keep_their_types_and_parquet_too(tmp_path):
    rows = [{"product_id": 7, "price": 2, "stocked": True, "rating": 4.5, "note": None}, {"product_id": "b"}]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, rows)))
    parquet.write_table(pa.Table.from_pylist([rows[0]]), tmp_path / "p.parquet")

    for file in ("p.jsonl", "p.parquet"):
        found = fields(read_products(tmp_path / file, CatalogRules()))
        assert found["7"] == {"price": 2.0, "stocked": True, "rating": 4.5}


def test_a_compressed_file_with_another_key_and_types(tmp_path):
    file = tmp_path / "p.csv.gz"
    file.write_bytes(gzip.compress(b"sku,year,stocked\nx,1971,yes\n"))
    rules = CatalogRules(types={"year": "number", "stocked": "boolean"})

    assert fields(read_products(file, rules, "sku")) == {"x": {"year": 1971.0, "stocked": True}}


def test_the_key_may_stand_in_the_rules(tmp_path):
    assert fields(csv(tmp_path, "sku,price\nx,1\n", rules={"product": "item", "key": "sku"})) == {"x": {"price": 1.0}}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",1,1,x,x", "product_id is '': which product is it?"),
        ("  ,1,1,x,x", "product_id is '  ': which product is it?"),
        ("b,cheap,1,x,x", "price is 'cheap', not a number"),
        ("b,nan,1,x,x", "price is 'nan', not a number"),
        ("b,inf,1,x,x", "price is 'inf', not a number"),
        ("b,-1,1,x,x", "price is '-1', below 0"),
        ("b,1,x", "3 columns instead of 5"),
        (f"b,1,1,x,{'y' * 1001}", "name is longer than 1,000 characters"),
        (f"{'b' * 201},1,1,x,x", "product_id is longer than 200 characters"),
        ("a,1,1,x,x", "the product 'a' stands on line 2 already"),
    ],
)
def test_a_row_that_is_no_product_is_told_with_its_line_and_the_others_are_read(tmp_path, row, why):
    found = csv(tmp_path, f"{HEADER}a,1,1,x,x\n{row}\nc,1,1,x,x\n")

    assert [(each.line, each.why) for each in found.wrong] == [(3, why)]
    assert list(found.products) == ["a", "c"]


def test_what_cannot_be_kept_is_told(tmp_path):
    (tmp_path / "p.jsonl").write_text('{"product_id": "a", "tags": ["x"]}\n{broken\n[]\n{"price": 1}')

    found = read_products(tmp_path / "p.jsonl", CatalogRules())

    assert [(each.line, each.why.split(";")[0].split(" (")[0]) for each in found.wrong] == [
        (1, "tags is a list"),
        (2, "not JSON"),
        (3, "not an object"),
        (4, "there is no column 'product_id' with the product's id"),
    ]


def test_a_file_that_is_not_there_or_not_what_its_name_says(tmp_path):
    (tmp_path / "p.parquet").write_text("no")

    for name in ("nothing.csv", "p.parquet"):
        with pytest.raises(BadFile, match=name):
            read_products(tmp_path / name, CatalogRules())
