"""`segue lint` and `test`: the workspace on this machine, without any stack."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from segue.cli.rehearse import rehearse
from segue.cli.screen import err, out
from segue.workspace.source import Mistake, counted, read

if TYPE_CHECKING:
    from segue.examples import Example
    from segue.workspace.bundle import Workspace

Folder = Annotated[Path, typer.Argument(help="The workspace's folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: a list of objects, one for each mistake.")]
OnStack = Annotated[
    bool,
    typer.Option(
        "--on-stack", help="Also on a local stack that is deployed for it and ended afterwards: about five minutes."
    ),
]


def lint(folder: Folder = Path("workspace"), as_json: AsJson = False) -> None:
    """Check a workspace and name every mistake at once, with its file, line and column, a hint and a code.

    What passes here deploys: events, templates, policy and journeys are checked one by one and against each other.
    Warnings deploy too. docs/lint.md explains the codes.
    """
    from segue.workspace.load import inspect  # noqa: PLC0415 - Liquid and CEL, which others do without

    found = inspect(folder)
    if as_json:
        typer.echo(json.dumps([_as_json(folder, mistake) for mistake in found.mistakes], indent=2, ensure_ascii=False))
    else:
        _show(folder, found.mistakes)
        if found.workspace:
            _count(found.workspace, found.mistakes)
    if found.workspace is None:
        raise typer.Exit(1)


def run_examples(folder: Folder = Path("workspace"), on_stack: OnStack = False) -> None:
    """Run the worked examples beside the journeys and the sources: these events in, this path and these messages out.

    They run on the engine that runs in AWS, in memory; days pass in milliseconds. With --on-stack they run once more
    on the whole stack, and what it did is held against what was expected and against what was simulated.
    """
    from segue.examples import Examples  # noqa: PLC0415 - the engine, which other commands do without
    from segue.source_examples import SourceExamples, run_source_example  # noqa: PLC0415

    workspace = checked(folder)
    verdicts: list[bool] = []
    for name in workspace.journeys_by_name:
        verdicts += _run(folder / "journeys", name, Examples, partial(_journey_wrong, workspace, name))
    for name, source in workspace.sources_by_name.items():
        verdicts += _run(folder / "sources", name, SourceExamples, partial(run_source_example, workspace, source))
    held, broken = verdicts.count(True), verdicts.count(False)
    out.print(f"{held} examples hold, {broken} do not." if broken else f"{held} examples, all hold.")
    if broken or (on_stack and not rehearse(folder)):
        raise typer.Exit(1)


COMMANDS = {"lint": lint, "test": run_examples}


def checked(folder: Path) -> "Workspace":
    """The workspace, or the end of the command with every mistake told."""
    from segue.workspace.load import inspect  # noqa: PLC0415 - Liquid and CEL, which others do without

    found = inspect(folder)
    if found.workspace is None:
        _show(folder, found.mistakes)
        raise typer.Exit(1)
    return found.workspace


def _show(folder: Path, mistakes: "Iterable[Mistake]") -> None:
    """Each as a compiler does; the editors that read compilers' output can go there."""
    told = tuple(mistakes)
    for mistake in told:
        colour = "yellow" if mistake.kind.is_warning else "red"
        place, _, message = _placed(folder, mistake).heading.partition(": ")
        out.print(f"[bold]{escape(place)}:[/] [bold {colour}]{escape(message.partition(': ')[0])}[/]: ", end="")
        out.print(message.partition(": ")[2], markup=False)
        for line in mistake.picture:
            out.print(line, markup=False, style=None if line.lstrip()[:1].isdigit() else "dim")
        out.print()
    errors = [mistake for mistake in told if not mistake.kind.is_warning]
    if errors:
        files = len({mistake.file for mistake in told})
        where = f"{files} file{'' if files == 1 else 's'}"
        err.print(f"[bold red]✗[/] {counted(told)} in {where}. The codes are explained in docs/lint.md.")


def _count(workspace: "Workspace", mistakes: "Iterable[Mistake]") -> None:
    counts = (
        (len(workspace.plan.events), "events"),
        (len(workspace.journeys), "journeys"),
        (len(workspace.templates), "templates"),
        (len(workspace.sources), "sources"),
    )
    numbers = ", ".join(f"{count} {what}" for count, what in counts)
    out.print(f"[green]✓[/] {escape(workspace.name)}: {numbers}; {counted(mistakes)}")


def _placed(folder: Path, mistake: Mistake) -> Mistake:
    return replace(mistake, file=str(folder / mistake.file))


def _as_json(folder: Path, mistake: Mistake) -> dict[str, Any]:
    return {
        "file": str(folder / mistake.file),
        "line": mistake.line,
        "column": mistake.column,
        "width": mistake.width,
        "severity": "warning" if mistake.kind.is_warning else "error",
        "code": mistake.kind.value,
        "message": mistake.message,
        "hint": mistake.hint,
    }


def _journey_wrong(workspace: "Workspace", journey: str, example: "Example") -> tuple[str, ...]:
    from segue.examples import run_example  # noqa: PLC0415 - the engine, which other commands do without

    return run_example(workspace, journey, example).wrong


def _run(folder: Path, name: str, kind: type[Any], run: Callable[[Any], Iterable[str]]) -> Iterator[bool]:
    """Whether each of its examples holds, told as it is found."""
    file = folder / f"{name}.examples.yaml"
    if not file.exists():
        out.print(f"[bold]{name}[/] [yellow]has no examples[/]: write {file}")
        return
    out.print(f"[bold]{name}[/]")
    for example in _examples(file, kind):
        wrong = tuple(run(example))
        out.print(f"  {'[red]✗[/]' if wrong else '[green]✓[/]'} {escape(example.name)}")
        for line in wrong:
            out.print(f"      {line}", markup=False)
        yield not wrong


def _examples(file: Path, kind: type[Any]) -> Iterable[Any]:
    from pydantic import ValidationError  # noqa: PLC0415

    document = read(file, file.parent)
    wrong = "\n".join(map(str, document.mistakes))
    try:
        examples: Iterable[Any] = () if wrong else kind.model_validate(document.value).root
    except ValidationError as error:
        wrong = str(error)
    if wrong:
        err.print(f"{file} is not a file of examples:\n{wrong}", markup=False)
        raise typer.Exit(1)
    return examples
