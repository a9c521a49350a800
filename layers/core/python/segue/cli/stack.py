"""`segue up`, `down`, `status` and `deploy`: the stack on this machine, and in AWS."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from segue.cli.health import health
from segue.cli.place import outputs_of
from segue.cli.screen import err, out, plainly
from segue.cli.workspace import checked
from segue.clock import Clock
from segue.local import cdk, emulator, stack
from segue.local.project import Project

Port = Annotated[
    int | None,
    typer.Option(
        help="Where the emulated AWS listens. Default: 4566 if it is free, else any free port.", min=1, max=65535
    ),
]
Start = Annotated[
    datetime | None,
    typer.Option(
        help="Where the stack's clock begins (UTC). It begins to run when the deployment is done.",
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    ),
]
Folder = Annotated[
    str | None, typer.Option(help="The workspace to deploy, seen from the project's root. Default: workspace.")
]
Rate = Annotated[
    float,
    typer.Option(help="Virtual seconds that pass in a real one: at 1800 a day takes 48 seconds.", min=0.001),
]


def up(port: Port = None, start: Start = None, rate: Rate = 1.0, workspace: Folder = None) -> None:
    """Bring the whole stack up on this machine, in an emulated AWS: no account, no Docker.

    Starts the emulator, deploys with the real CDK, and says where things are. Running it again deploys what you
    changed since, and keeps what is stored. A running stack keeps its clock; with --rate alone it keeps its time.

    [dim]segue up[/]
    [dim]segue up --start 1997-01-06 --rate 1800[/]   a week in six minutes
    """
    with plainly():
        project = Project.find()
        clock = _wanted(project, start, rate)
        with err.status("") as spinner:
            standing = stack.up(
                project,
                port=port,
                clock=clock,
                workspace=workspace,
                tell=lambda stage: err.print(f"[dim]·[/] {escape(stage)}"),
                watch=lambda line: spinner.update(f"[dim]{escape(line[:100])}[/]"),
            )
        _show(standing)
        out.print("\n[dim]Next:[/] segue replay FILE · segue status · segue down")


def _wanted(project: Project, start: datetime | None, rate: float) -> Clock | None:
    if start is None and rate == 1:
        return None
    before = stack.remembered(project)
    goes_on = Clock.parse(before.clock).now() if before else None
    return stack.anchored(start.replace(tzinfo=UTC) if start else goes_on, rate)


def down() -> None:
    """End exactly what [bold]segue up[/] started. What it stored is gone with it; your files stay."""
    with plainly():
        project = Project.find()
        known = emulator.known(project)
        if stack.down(project):
            out.print(f"The emulated AWS on port {known.port if known else '?'} has ended.")
        elif known:
            out.print("It had ended already; what it left behind is cleared away.")
        else:
            out.print("Nothing was up.")


def status() -> None:
    """Say whether the local stack is up, where its things are, and what time it is there."""
    with plainly():
        project = Project.find()
        running, standing = stack.current(project)
        _show(standing)
        _tell(health(outputs_of(stack.ENVIRONMENT)))
        out.print(f"[dim]process {running.pid}, log {emulator.log_file(project)}[/]")
        for line in emulator.skipped(project)[:5]:
            out.print(f"[yellow]The emulator left out:[/] {escape(line)}")


def deploy(
    environment: Annotated[str, typer.Argument(help="dev, staging or production; see infra/config.py")],
    options: Annotated[list[str] | None, typer.Argument(help="After --, handed on to cdk deploy.")] = None,
) -> None:
    """Deploy an environment to AWS, with your own credentials (the usual AWS_PROFILE and the like).

    CDK shows what will change and asks before it widens any permission.

    [dim]segue deploy dev[/]
    [dim]segue deploy production -- --no-execute[/]   make the change set, look at it, do not run it
    """
    with plainly():
        project = Project.find()
        if environment == stack.ENVIRONMENT:
            err.print("The local environment is deployed by [bold]segue up[/].")
            raise typer.Exit(2)
        checked(project.root / "workspace")
        raise typer.Exit(cdk.deploy_to_aws(project, environment, options or ()))


COMMANDS = {"up": up, "down": down, "status": status, "deploy": deploy}


def _show(standing: stack.Stack) -> None:
    where = {
        "api": standing.api,
        **{f"{kind} write key": key for kind, key in stack.WRITE_KEYS.items()},
        "identity secret": f"{stack.IDENTITY_SECRET}, of the browser write key",
        "aws": f"AWS_ENDPOINT_URL=http://localhost:{standing.port}, key test, secret test, region {emulator.REGION}",
        "mailbox": f"http://localhost:{standing.port}/_ministack/ses/messages",
        "workspace": standing.workspace,
        "clock": _tell_time(Clock.parse(standing.clock)),
    }
    _tell(where)


def _tell(what: Mapping[str, str]) -> None:
    for name, value in what.items():
        out.print(f"[bold]{name:<18}[/] {escape(value)}")


def _tell_time(clock: Clock) -> str:
    if clock.anchor is None:
        return "system"
    waits = (clock.anchor - datetime.now(UTC)).total_seconds()
    begins = f", begins to run in {waits:.0f} s" if waits > 0 else ""
    return f"{clock.now():%Y-%m-%d %H:%M} UTC, {clock.rate:g} times as fast{begins}"
