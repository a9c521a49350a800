"""`segue catalog load`: the products that events are told of."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from segue.cli.place import Where, outputs_of
from segue.cli.screen import err, out, plainly
from segue.cli.simulate import WorkspaceOption
from segue.events.enrichment.catalog import CatalogRules, Product

File = Annotated[
    Path | None,
    typer.Argument(help="CSV, JSON lines or Parquet; .gz is fine. Default: the file that catalog.yaml names."),
]
Key = Annotated[str | None, typer.Option(help="The column of the product's id. Default: as catalog.yaml says.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and check the file, and load nothing.")]


def load(
    file: File = None,
    key: Key = None,
    dry_run: DryRun = False,
    workspace: WorkspaceOption = Path("workspace"),
    environment: Where = "local",
) -> None:
    """Load products into the catalogue: those that are there already are renewed, others stay.

    A row that is no product is told with its line, and not loaded; then the command ends with 1. Functions know what
    was loaded within five minutes. The workspace's catalog.yaml says which events are told what of a product.

    [dim]segue catalog load --dry-run[/]
    [dim]segue catalog load products.csv.gz --key sku --environment production[/]
    """
    from segue.replay.files import BadFile  # noqa: PLC0415 - see below
    from segue.workspace.load import load_catalog  # noqa: PLC0415 - Liquid and CEL, which others do without
    from segue.workspace.products import read_products  # noqa: PLC0415

    with plainly(BadFile):
        rules = load_catalog(workspace) or CatalogRules()
        found = read_products(file or _named(rules, workspace), rules, key)
        for row in found.wrong:
            out.print(f"line {row.line}: {escape(row.why)}")
        if not dry_run and found.products:
            _keep(found.products.values(), environment)
        where = "nothing was loaded (--dry-run)" if dry_run else f"loaded into {environment}"
        counts = _count(len(found.products), "product"), _count(len(found.wrong), "row")
        out.print(f"{counts[0]}, {where}; {counts[1]} refused.", markup=False)
        if found.wrong or not found.products:
            raise typer.Exit(1)


catalog = typer.Typer(no_args_is_help=True, help="The products that events are told of.")
catalog.command("load")(load)

COMMANDS = {"catalog": catalog}


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _named(rules: CatalogRules, workspace: Path) -> Path:
    if rules.file is None:
        err.print(f"Name a file: {workspace / 'catalog.yaml'} names none.", markup=False)
        raise typer.Exit(2)
    return workspace / rules.file


def _keep(products: Iterable[Product], environment: str) -> None:
    from segue.aws.catalog import DynamoCatalog  # noqa: PLC0415 - half a second
    from segue.aws.table import rows  # noqa: PLC0415

    DynamoCatalog(rows(outputs_of(environment)["RegistryTable"])).keep(products)
