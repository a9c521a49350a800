"""`segue lint` and `test`: the workspace on this machine, without any stack."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from segue.cli.rehearse import rehearse
from segue.cli.screen import err, out
from segue.workspace.source import WorkspaceError

if TYPE_CHECKING:
    from segue.examples import Example
    from segue.workspace.bundle import Workspace

Folder = Annotated[Path, typer.Argument(help="The workspace's folder.")]
OnStack = Annotated[
    bool,
    typer.Option(
        "--on-stack", help="Also on a local stack that is deployed for it and ended afterwards: about five minutes."
    ),
]


def lint(folder: Folder = Path("workspace")) -> None:
    """Check a workspace and name every mistake at once, with its file, its line and a hint.

    What passes here deploys: events, templates, policy and journeys are checked one by one and against each other.
    """
    from segue.events.identity import risks  # noqa: PLC0415 - pydantic, which others do without

    workspace = checked(folder)
    counts = (
        (len(workspace.plan.events), "events"),
        (len(workspace.journeys), "journeys"),
        (len(workspace.templates), "templates"),
    )
    out.print(f"[green]✓[/] {workspace.name}: {', '.join(f'{count} {what}' for count, what in counts)}; no mistakes")
    for risk in risks(workspace.identity):
        out.print(f"[bold yellow]![/] {folder / 'identity.yaml'}: {escape(risk)}")


def run_examples(folder: Folder = Path("workspace"), on_stack: OnStack = False) -> None:
    """Run the worked examples beside the journeys: these events in, this path and these messages out.

    They run on the engine that runs in AWS, in memory; days pass in milliseconds. With --on-stack they run once more
    on the whole stack, and what it did is held against what was expected and against what was simulated.
    """
    from segue.examples import run_example  # noqa: PLC0415 - the engine, which other commands do without

    workspace, held, broken = checked(folder), 0, 0
    for journey in workspace.journeys:
        file = folder / "journeys" / f"{journey.journey}.examples.yaml"
        if not file.exists():
            out.print(f"[bold]{journey.journey}[/] [yellow]has no examples[/]: write {file}")
            continue
        out.print(f"[bold]{journey.journey}[/]")
        for example in _examples(file):
            verdict = run_example(workspace, journey.journey, example)
            out.print(f"  {'[red]✗[/]' if verdict.wrong else '[green]✓[/]'} {escape(example.name)}")
            for line in verdict.wrong:
                out.print(f"      {line}", markup=False)
            held, broken = held + (not verdict.wrong), broken + bool(verdict.wrong)
    out.print(f"{held} examples hold, {broken} do not." if broken else f"{held} examples, all hold.")
    if broken or (on_stack and not rehearse(folder)):
        raise typer.Exit(1)


COMMANDS = {"lint": lint, "test": run_examples}


def checked(folder: Path) -> "Workspace":
    """The workspace, or the end of the command with every mistake told."""
    from segue.workspace.load import load  # noqa: PLC0415 - Liquid and CEL, which others do without

    try:
        return load(folder)
    except WorkspaceError as error:
        for mistake in error.mistakes:
            out.print(f"{folder / mistake.file}:{mistake.line}: {mistake.message}", markup=False)
            if mistake.hint:
                out.print(f"    hint: {mistake.hint}", markup=False, style="dim")
        count = len(error.mistakes)
        err.print(f"[bold red]✗[/] {count} mistake{'' if count == 1 else 's'}")
        raise typer.Exit(1) from None


def _examples(file: Path) -> "Iterable[Example]":
    import yaml  # noqa: PLC0415
    from pydantic import ValidationError  # noqa: PLC0415

    from segue.examples import Examples  # noqa: PLC0415

    try:
        return Examples.model_validate(yaml.safe_load(file.read_text())).root
    except (yaml.YAMLError, ValidationError) as error:
        err.print(f"{file} is not a file of examples:\n{error}", markup=False)
        raise typer.Exit(1) from None
