"""`segue lint`, `test` and `simulate`: the workspace on this machine, without any stack."""

from pathlib import Path
from typing import Annotated

import typer

from segue.cli.screen import err, out

Folder = Annotated[Path, typer.Argument(help="The workspace's folder.")]


def lint(folder: Folder = Path("workspace")) -> None:
    """Check a workspace and name every mistake at once, with its file, its line and a hint.

    What passes here deploys: events, templates, policy and journeys are checked one by one and against each other.
    """
    from segue.workspace.load import WorkspaceError, load  # noqa: PLC0415 - Liquid and CEL, which others do without

    try:
        workspace = load(folder)
    except WorkspaceError as error:
        count = len(error.mistakes)
        for mistake in error.mistakes:
            out.print(f"{folder / mistake.file}:{mistake.line}: {mistake.message}", markup=False)
            if mistake.hint:
                out.print(f"    hint: {mistake.hint}", markup=False, style="dim")
        err.print(f"[bold red]✗[/] {count} mistake{'' if count == 1 else 's'}")
        raise typer.Exit(1) from None
    counts = (
        (len(workspace.plan.events), "events"),
        (len(workspace.journeys), "journeys"),
        (len(workspace.templates), "templates"),
    )
    out.print(f"[green]✓[/] {workspace.name}: {', '.join(f'{count} {what}' for count, what in counts)}; no mistakes")


COMMANDS = (lint,)
