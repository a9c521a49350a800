"""`segue replay`: a file of events through the front door."""

import os
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from segue.cli import rejections
from segue.cli.place import Where, outputs_of
from segue.cli.screen import err, out, plainly
from segue.clock import Clock
from segue.local import stack
from segue.local.project import Project
from segue.replay.bookmark import Bookmark
from segue.replay.files import BadFile, EventFile
from segue.replay.mapping import BadMapping, FileMapping
from segue.replay.sending import Pace, Sender, Stopped, Tally, batches

File = Annotated[
    Path, typer.Argument(help="JSON lines of Segment calls, or CSV / Parquet with --mapping; .gz is fine.")
]
PerhapsFile = Annotated[
    Path | None, typer.Argument(help="JSON lines of Segment calls, or CSV / Parquet with --mapping; .gz is fine.")
]
MappingFile = Annotated[
    Path | None, typer.Option("--mapping", "-m", help="YAML: how the rows of a table become events.")
]
Speed = Annotated[
    str,
    typer.Option(help="max · clock (each event at its own time on the stack's clock) · a number of events per second."),
]
To = Annotated[str | None, typer.Option(help="The API's address. Default: the local stack's.", envvar="SEGUE_API_URL")]
Key = Annotated[str | None, typer.Option(help="The write key. Default: the local stack's.", envvar="SEGUE_WRITE_KEY")]
Again = Annotated[bool, typer.Option("--again", help="From the first row, not from where the last replay stopped.")]
OfRejected = Annotated[
    bool, typer.Option("--rejected", help="No file: the events that were rejected, after a fix. See segue rejected.")
]
Days = Annotated[int, typer.Option(help="With --rejected: how many days back, today included.", min=1, max=31)]
Clients = Annotated[int, typer.Option(help="How many batches are on their way at once.", min=1, max=64)]


def replay(
    file: PerhapsFile = None,
    mapping: MappingFile = None,
    speed: Speed = "max",
    to: To = None,
    write_key: Key = None,
    again: Again = False,
    clients: Clients = 8,
    of_rejected: OfRejected = False,
    days: Days = 2,
    environment: Where = "local",
) -> None:
    r"""Send the events of a file, or those that were rejected, through the HTTP API, as a client would.

    Shows how fast it goes and what went wrong. Stopped half-way (Ctrl-C, a lost connection), it goes on there the
    next time; rows that arrive twice count once. A row that cannot be read is reported and passed over.

    [dim]segue replay orders.jsonl --speed clock[/]
    [dim]segue replay clicks.csv.gz --mapping clicks.yaml[/]
    [dim]segue replay --rejected --days 7 --environment production --write-key KEY[/]

    A mapping file, for a table without a header:

    [dim]columns: \[user, item, at]
    calls:
      - event: Product Viewed
        user_id: "shop-{user}"
        timestamp: {column: at, format: unix}
        properties: {product_id: "{item}"}[/]
    """
    with plainly(BadFile, BadMapping, Stopped, ValueError):
        if of_rejected and file is not None:
            raise BadFile("--rejected takes no FILE: it sends what was rejected")
        if of_rejected:
            _again(environment, days, to, write_key)
            return
        if file is None:
            raise BadFile("Say which FILE, or --rejected for the events that did not fit")
        sender, clock, identity, state = _target(to, write_key, clients)
        pace = _pace(speed, clock)
        rows = EventFile(file, FileMapping.load(mapping) if mapping else None)
        bookmark = Bookmark.of(state, file, mapping, identity)
        after = 0 if again else bookmark.read()
        if after:
            err.print(f"Rows up to {after} of {escape(file.name)} are over there already ([dim]--again begins anew[/])")
        tally = Tally(done=after)
        try:
            _run(sender, rows, tally, after, pace)
        except KeyboardInterrupt:
            err.print("Stopped. The same command goes on from here.")
            raise typer.Exit(130) from None
        finally:
            bookmark.write(tally.done)
            _report(tally)
        if tally.failed or (tally.unreadable and not tally.sent):
            raise typer.Exit(1)


COMMANDS = {"replay": replay}


def _again(environment: str, days: int, to: str | None, write_key: str | None) -> None:
    if environment == stack.ENVIRONMENT:
        standing = stack.current(Project.find())[1]
        rejections.send_again(environment, days, to or standing.api, write_key or standing.write_key)
    elif write_key is None:
        raise BadFile(f"--environment {environment} needs a --write-key (or SEGUE_WRITE_KEY)")
    else:
        rejections.send_again(environment, days, to or outputs_of(environment)["ApiUrl"], write_key)


def _target(to: str | None, write_key: str | None, clients: int) -> tuple[Sender, Clock, str, Path]:
    """The sender, the stack's clock, what tells this stack from others, and where bookmarks are kept."""
    if to is not None:
        if write_key is None:
            raise BadFile("--to needs a --write-key (or SEGUE_WRITE_KEY)")
        home = Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state")) / "segue"
        return Sender(to.rstrip("/"), write_key, clients), Clock(), to, home
    project = Project.find()
    _, standing = stack.current(project)
    sender = Sender(standing.api, write_key or standing.write_key, clients)
    return sender, Clock.parse(standing.clock), standing.deployed_at, stack.bookmarks(project)


def _pace(speed: str, clock: Clock) -> Pace | None:
    if speed == "max":
        return None
    if speed == "clock":
        return Pace(clock=clock)
    try:
        per_second = float(speed)
    except ValueError:
        raise ValueError(f"--speed {speed}: say max, clock or a number of events per second") from None
    if per_second <= 0:
        raise ValueError("--speed must be above 0")
    return Pace(per_second=per_second)


def _run(sender: Sender, rows: EventFile, tally: Tally, after: int, pace: Pace | None) -> None:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[news]}"),
        TimeElapsedColumn(),
        console=err,
    ) as progress:
        bar = progress.add_task(escape(rows.path.name), total=rows.size or None, news="")

        days: set[date] = set()  # a line for each, where no bar can be drawn

        def watch() -> None:
            elapsed = progress.tasks[0].elapsed or 0.001
            news = f"{tally.sent:,} events · {tally.sent / max(elapsed, 0.001):,.0f}/s"
            for count, word in ((tally.retries, "retries"), (tally.unreadable, "unreadable"), (tally.failed, "failed")):
                news += f" · {count} {word}" if count else ""
            if pace and pace.clock and tally.at and not err.is_terminal and tally.at.date() not in days:
                days.add(tally.at.date())
                err.print(f"{tally.at:%a %d %B %Y} · {tally.sent:,} events sent")
            if pace and pace.clock and tally.at:
                news += f" · {tally.at:%Y-%m-%d %H:%M}"
            progress.update(bar, completed=rows.position, news=news)

        sender.send_all(batches(rows, tally, after=after, pace=pace), tally, watch)


def _report(tally: Tally) -> None:
    out.print(f"{tally.sent:,} events sent, {tally.failed:,} failed, {tally.unreadable:,} rows unreadable.")
    if tally.sent:
        out.print("[dim]What does not fit the tracking plan was taken, and kept aside: segue rejected[/]")
    for trouble in tally.troubles[:5]:
        out.print(f"  row {trouble.number}: {trouble.why}", markup=False)
    if len(tally.troubles) > 5:  # noqa: PLR2004
        out.print(f"  … and {tally.failed + tally.unreadable - 5:,} more")
