"""`segue test --on-stack`: the worked examples on a stack of their own, whose days are short."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from rich.markup import escape

from segue.cli.screen import err, out, plainly
from segue.clock import Clock
from segue.local import emulator, stack
from segue.local.project import Project

if TYPE_CHECKING:
    from segue.rehearsal.play import Played

_STATE = ".segue/rehearsal"


def rehearse(folder: Path) -> bool:
    """Whether every example holds. The stack is gone afterwards; another one that is up is left alone."""
    with plainly():
        project = replace(Project.find(), state_folder=_STATE)
        stack.down(project)
        try:
            return all(not each.wrong for each in _rehearsed(project, folder))
        finally:
            stack.down(project)


def _rehearsed(project: Project, folder: Path) -> "list[Played]":
    from segue.aws.catalog import DynamoCatalog  # noqa: PLC0415 - the engine and AWS, which other commands do without
    from segue.aws.lookup import Lookup  # noqa: PLC0415
    from segue.aws.table import rows  # noqa: PLC0415
    from segue.examples import START, written  # noqa: PLC0415
    from segue.local.repairs import Aws  # noqa: PLC0415
    from segue.rehearsal import play, theatre  # noqa: PLC0415
    from segue.rehearsal.followed import Followed  # noqa: PLC0415
    from segue.replay.sending import Sender  # noqa: PLC0415
    from segue.workspace.load import load  # noqa: PLC0415

    built = theatre.build(folder, project.state / "workspace")
    standing = stack.up(
        project,
        port=emulator.any_port(),
        clock=stack.anchored(START, play.RATE),
        workspace=str(built.relative_to(project.root)),
        tell=lambda stage: err.print(f"[dim]·[/] {escape(stage)}"),
    )
    running, _ = stack.current(project)
    os.environ.update(running.credentials)
    workspace = load(built)
    DynamoCatalog(rows(standing.outputs["RegistryTable"])).keep(workspace.products)
    followed = Followed(
        Lookup.on(standing.outputs["ProfilesTable"]).rows,
        Aws(running).client("stepfunctions"),
        standing.outputs["MachinesArn"],
    )
    stage = play.Stage(Sender(standing.api, standing.write_key), Clock.parse(standing.clock), followed.person)
    with err.status("Days pass"):
        return stage.rehearse(workspace, written(folder), tag=uuid4().hex[:8], watch=_tell)


def _tell(played: "Played") -> None:
    out.print(f"  {'[red]✗[/]' if played.wrong else '[green]✓[/]'} {escape(played.part.name)}")
    for line in played.wrong:
        out.print(f"      {line}", markup=False)
