"""What is wrong with a workspace's catalogue: events and columns that nobody knows, rows that are no products."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from segue.events.enrichment.catalog import CatalogRules, Product
from segue.events.names import unheard
from segue.events.plan import TrackingPlan
from segue.problem import Kind, Problem
from segue.replay.files import BadFile
from segue.workspace.products import BadRow, read_products
from segue.workspace.source import Mistake

#: As many as show what is wrong with a file; a count tells of the rest.
_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """`problems` are those of `catalog.yaml`, `mistakes` those of the file that it names."""

    products: tuple[Product, ...] = ()
    problems: tuple[Problem, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


def event_problems(rules: CatalogRules, plan: TrackingPlan) -> Iterator[Problem]:
    for name in rules.events:
        yield from unheard(("events", name), name, plan)


def file_of(root: Path, rules: CatalogRules) -> CatalogFile:
    """The products of `rules.file`, or what is wrong with it."""
    path = root / (rules.file or "")
    if not path.resolve().is_relative_to(root.resolve()):
        outside = Problem(
            place=("file",),
            message=f"{rules.file} is not inside the workspace",
            hint="put it there",
            kind=Kind.NO_PRODUCTS,
        )
        return CatalogFile(problems=(outside,))
    try:
        found = read_products(path, rules)
    except BadFile as error:
        hint = "name a CSV, JSON-lines or Parquet file of products, or leave `file` out"
        return CatalogFile(problems=(Problem(place=("file",), message=str(error), hint=hint, kind=Kind.NO_PRODUCTS),))
    return CatalogFile(
        tuple(found.products.values()),
        () if found.wrong else tuple(_unknown_columns(rules, found.columns)),
        tuple(_mistakes(str(rules.file), found.wrong)),
    )


def _unknown_columns(rules: CatalogRules, columns: frozenset[str]) -> Iterator[Problem]:
    named: list[tuple[tuple[str | int, ...], tuple[str, ...]]] = [
        (("fill_in",), rules.fill_in),
        *((("events", event), wanted) for event, wanted in rules.events.items()),
        (("types",), tuple(rules.types)),
    ]
    for place, wanted in named:
        for column in wanted:
            if column not in columns:
                near = get_close_matches(column, columns, n=1)
                hint = _meant(near[0] if near else None, f"there are: {', '.join(sorted(columns)) or 'none'}")
                yield Problem(
                    place=place,
                    message=f"no product in {rules.file} has a {column!r}",
                    hint=hint,
                    kind=Kind.NO_PRODUCTS,
                )


def _mistakes(file: str, wrong: list[BadRow]) -> Iterable[Mistake]:
    yield from (Mistake(file, row.line, row.why) for row in wrong[:_MOST_TOLD])
    if more := wrong[_MOST_TOLD:]:
        hint = "segue catalog load --dry-run tells every one"
        yield Mistake(file, more[0].line, f"and {len(more):,} more rows are wrong", hint)


def _meant(near: str | None, otherwise: str) -> str:
    return f"did you mean {near!r}?" if near else otherwise
