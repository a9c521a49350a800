"""`segue plan infer`: a tracking plan out of what the sources really send."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segue.cli.replay import File, MappingFile
from segue.cli.screen import err, plainly

if TYPE_CHECKING:
    from segue.planning.observe import Observed
    from segue.replay.files import EventFile

Names = Annotated[
    list[str] | None, typer.Option("--name", "-n", help="Only this event, by any of its names; may be repeated.")
]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="The file to write. Default: standard output.")]

#: What is told of rows that cannot be read; the rest is counted.
_MOST_TOLD = 5

plan = typer.Typer(no_args_is_help=True, help="The tracking plan: what a workspace knows of its events.")


@plan.command("infer")
def infer(file: File, mapping: MappingFile = None, name: Names = None, out: Out = None) -> None:
    """Propose a tracking plan from a file of real events: names, types, what is required, few values, personal data.

    Names that Segment's specs know get their canonical name, and the one that was sent becomes an alias. Each guess has
    its count beside it, so read it before you take it. What it writes passes segue lint.

    [dim]segue plan infer events.jsonl --out workspace/events/proposed.yaml[/]
    [dim]segue plan infer clicks.csv.gz --mapping clicks.yaml --name "Product Viewed"[/]
    """
    from segue.planning.propose import propose  # noqa: PLC0415 - YAML and the plans, which others do without
    from segue.replay.files import BadFile, EventFile  # noqa: PLC0415
    from segue.replay.mapping import BadMapping, FileMapping  # noqa: PLC0415

    with plainly(BadFile, BadMapping):
        rows = EventFile(file, FileMapping.load(mapping) if mapping else None)
        observed = _observe(rows)
        if not observed.events and not observed.traits.count:
            raise BadFile(f"No event in {file.name} could be read")
        text = propose(observed, source=file.name, extends=_of_which(observed), only=name or ())
        if out is None:
            typer.echo(text, nl=False)
        else:
            out.write_text(text, encoding="utf-8")
            err.print(f"{len(observed.events)} events proposed in {out}", markup=False)


COMMANDS = {"plan": plan}


def _observe(rows: "EventFile") -> "Observed":
    from segue.events.merge import all_over  # noqa: PLC0415 - see above
    from segue.planning.observe import Observed  # noqa: PLC0415
    from segue.workspace.base_plans import NAMES, base_plan  # noqa: PLC0415

    observed, wrong = Observed(all_over([base_plan(name) for name in NAMES])), 0
    for row in rows:
        if row.wrong:
            wrong += 1
            if wrong <= _MOST_TOLD:
                err.print(f"row {row.number} is passed over: {row.wrong}", markup=False)
        for call in row.calls:
            observed.add(call)
    if wrong > _MOST_TOLD:
        err.print(f"… and {wrong - _MOST_TOLD:,} rows more")
    for what, count in observed.passed.items():
        err.print(f"{count:,} {what}: passed over", markup=False)
    return observed


def _of_which(observed: "Observed") -> list[str]:
    """The plans that know one of the events."""
    from segue.workspace.base_plans import NAMES, base_plan  # noqa: PLC0415 - see above

    return [name for name in NAMES if any(base_plan(name).event(event) for event in observed.events)]
