"""`segue plan infer`: a tracking plan out of what the sources really send."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segue.cli.replay import File, MappingFile
from segue.cli.screen import err, plainly

if TYPE_CHECKING:
    from segue.planning.observe import Observed
    from segue.planning.ours import Ours
    from segue.replay.files import EventFile

Names = Annotated[
    list[str] | None, typer.Option("--name", "-n", help="Only this event, by any of its names; may be repeated.")
]
For = Annotated[
    Path | None,
    typer.Option(
        "--workspace", "-w", help="Leave out what this workspace knows. Default: the one in whose events/ --out stands."
    ),
]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="The file to write. Default: standard output.")]

#: What is told of rows that cannot be read; the rest is counted.
_MOST_TOLD = 5

plan = typer.Typer(no_args_is_help=True, help="The tracking plan: what a workspace knows of its events.")


@plan.command("infer")
def infer(file: File, mapping: MappingFile = None, name: Names = None, out: Out = None, workspace: For = None) -> None:
    """Propose a tracking plan from a file of real events: names, types, what is required, few values, personal data.

    Names that Segment's specs know get their canonical name, and the one that was sent becomes an alias. Each guess has
    its count beside it, so read it before you take it. What it writes passes segue lint, also as a further file of a
    workspace: an event of another file is left out, with a comment on what that file does not say of it yet.

    [dim]segue plan infer events.jsonl --out workspace/events/proposed.yaml[/]
    [dim]segue plan infer clicks.csv.gz --mapping clicks.yaml --name "Product Viewed"[/]
    """
    from segue.planning.propose import propose  # noqa: PLC0415 - YAML and the plans, which others do without
    from segue.replay.files import BadFile, EventFile  # noqa: PLC0415
    from segue.replay.mapping import BadMapping, FileMapping  # noqa: PLC0415

    with plainly(BadFile, BadMapping):
        rows = EventFile(file, FileMapping.load(mapping) if mapping else None)
        ours = _ours(workspace or _around(out), out)
        observed = _observe(rows, ours)
        if not observed.events and not observed.traits.count:
            raise BadFile(f"No event in {file.name} could be read")
        text = propose(observed, source=file.name, extends=_of_which(observed, ours), only=name or (), ours=ours)
        if out is None:
            typer.echo(text, nl=False)
        else:
            out.write_text(text, encoding="utf-8")
            known = sum(ours.has(event) for event in observed.events)
            also = f"; {known} stand in the workspace already" if known else ""
            err.print(f"{len(observed.events) - known} events proposed in {out}{also}", markup=False)


COMMANDS = {"plan": plan}


def _around(out: Path | None) -> Path | None:
    """The workspace of which the file is to be a part."""
    folder = out.absolute().parent if out else None
    return folder.parent if folder and folder.name == "events" and (folder.parent / "workspace.yaml").exists() else None


def _ours(workspace: Path | None, out: Path | None) -> "Ours":
    """But for what the file itself has said until now."""
    from segue.events.merge import all_over  # noqa: PLC0415 - see above
    from segue.planning.ours import NOTHING, Ours  # noqa: PLC0415
    from segue.replay.files import BadFile  # noqa: PLC0415
    from segue.workspace.base_plans import NAMES, base_plan  # noqa: PLC0415
    from segue.workspace.load import load_plans  # noqa: PLC0415

    if workspace is None:
        return NOTHING
    if not (workspace / "workspace.yaml").exists():
        raise BadFile(f"{workspace} is no workspace: it has no workspace.yaml")
    plans = load_plans(workspace, without=out)
    extended = {name for plan in plans for name in plan.extends}
    return Ours.of(plans, all_over([base_plan(name) for name in NAMES if name in extended]))


def _observe(rows: "EventFile", ours: "Ours") -> "Observed":
    from segue.events.merge import all_over  # noqa: PLC0415 - see above
    from segue.planning.observe import Observed  # noqa: PLC0415
    from segue.workspace.base_plans import NAMES, base_plan  # noqa: PLC0415

    observed, wrong = Observed(all_over([*(base_plan(name) for name in NAMES), ours.own])), 0
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


def _of_which(observed: "Observed", ours: "Ours") -> list[str]:
    """The plans that know one of the events that are new."""
    from segue.workspace.base_plans import NAMES, base_plan  # noqa: PLC0415 - see above

    new = [event for event in observed.events if not ours.has(event)]
    return [name for name in NAMES if any(base_plan(name).event(event) for event in new)]
