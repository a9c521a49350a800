"""`segue schema`: what an editor needs to help with a workspace's files."""

import json
from pathlib import Path
from typing import Annotated

import typer

from segue.cli.screen import out

Out = Annotated[Path, typer.Option("--out", help="The folder to write them to; it is made.")]


def schema(to: Out = Path("schemas")) -> None:
    """Write the JSON Schema of each kind of file in a workspace, for editors.

    A file names its schema in its first line: # yaml-language-server: $schema=../../schemas/events.json
    """
    from segue.workspace.schemas import WRITTEN  # noqa: PLC0415 - the engine, which other commands do without
    from segue.workspace.schemas import schema as made  # noqa: PLC0415

    to.mkdir(parents=True, exist_ok=True)
    for name, kind in WRITTEN.items():
        text = json.dumps(made(kind), indent=2, ensure_ascii=False) + "\n"
        (to / f"{name}.json").write_text(text, encoding="utf-8")
        out.print(f"{to / name}.json  for {kind.files}", markup=False)


COMMANDS = {"schema": schema}
