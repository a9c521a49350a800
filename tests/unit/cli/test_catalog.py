"""`segue catalog load`: a file of products into a deployed stack's table, on moto."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from segue.aws.catalog import DynamoCatalog
from segue.cli.main import app

WORKSPACE = Path(__file__).parents[3] / "workspace"


@pytest.fixture
def catalog(registry_rows, monkeypatch: pytest.MonkeyPatch) -> DynamoCatalog:
    monkeypatch.setattr("segue.cli.catalog.outputs_of", lambda _environment: {"RegistryTable": "Registry"})
    return DynamoCatalog(registry_rows)


def load(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["catalog", "load", *map(str, arguments), "--workspace", str(WORKSPACE)])


def test_the_workspaces_own_file_is_loaded_if_no_other_is_named(catalog):
    told = load()

    assert (told.exit_code, told.output) == (0, "12 products, loaded into local; 0 rows refused.\n")
    assert catalog.products(["cd-1001"])["cd-1001"].fields["margin"] == 6.7


def test_a_bad_row_is_told_and_the_others_are_loaded(catalog, tmp_path):
    file = tmp_path / "p.csv"
    file.write_text("sku,price\na,1\nb,cheap\n")

    told = load(file, "--key", "sku", "--environment", "dev")

    assert told.exit_code == 1
    assert told.output.splitlines() == [
        "line 3: price is 'cheap', not a number",
        "1 product, loaded into dev; 1 row refused.",
    ]
    assert catalog.products(["a", "b"]).keys() == {"a"}


def test_a_dry_run_loads_nothing(catalog):
    told = load("--dry-run")

    assert (told.exit_code, "nothing was loaded" in told.output) == (0, True)
    assert catalog.products(["cd-1001"]) == {}


def test_a_file_that_is_not_there_is_said_plainly():
    told = load("nothing.csv", "--dry-run")

    assert told.exit_code == 1
    assert "There is no file nothing.csv" in told.output


def test_without_any_file_it_says_where_one_would_be_named(tmp_path):
    told = CliRunner().invoke(app, ["catalog", "load", "--workspace", str(tmp_path)])

    assert told.exit_code == 2
    assert "catalog.yaml names none" in told.output
