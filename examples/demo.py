"""`make demo`: the whole stack on this machine, a week of real orders through it, and what came of them.

It runs the same commands that a person would type. The clock runs 1,800 times as fast as ours, so that a day takes
48 seconds: fast enough for a week in six minutes, slow enough that the pipeline's own latency, below a second, stays
below half an hour of virtual time.
"""

import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from examples.cdnow.orders import write
from segue.aws.census import Census, census
from segue.aws.table import rows
from segue.clock import Clock
from segue.decisions.decision import Action, SendRecord
from segue.local import stack
from segue.local.project import Project

FIRST, LAST = date(1997, 1, 6), date(1997, 1, 12)
#: After the last order: as long as it takes until every message that was put off to the next morning has gone.
AFTERWARDS = timedelta(hours=20)
RATE = 1800
EVENTS = Path("build/demo/orders.jsonl")

screen = Console()


def main() -> None:
    began = time.monotonic()
    count = write(EVENTS, FIRST, LAST)
    screen.rule("[bold]1 · The whole stack, deployed to an emulated AWS on this machine")
    _segue("up", "--start", FIRST.isoformat(), "--rate", str(RATE))
    screen.rule(f"[bold]2 · {count} events of real customers, {FIRST:%-d %B} to {LAST:%-d %B %Y}, a day in 48 seconds")
    _segue("replay", str(EVENTS), "--speed", "clock")
    running, standing = stack.current(Project.find())
    os.environ.update(running.credentials)
    table = rows(standing.outputs["ProfilesTable"])
    _let_it_finish(Clock.parse(standing.clock), table)
    counted = census(table)
    screen.rule("[bold]3 · What came of it")
    _summary(counted)
    screen.rule("[bold]4 · One person's story")
    story = _most_eventful(counted)
    _segue("why", story.request.profile_id, "--story")
    screen.rule()
    screen.print(
        f"That took {time.monotonic() - began:.0f} seconds. The stack stays up. Look around:\n\n"
        "  [bold].venv/bin/segue status[/]                  where things are\n"
        f"  [bold].venv/bin/segue why {story.request.profile_id}[/]   the same person's decisions, with every check\n"
        f"  [bold]curl -s http://localhost:{running.port}/_ministack/ses/messages[/]   the e-mails that were sent\n\n"
        "and stop it with [bold].venv/bin/segue down[/]."
    )


def _segue(*arguments: str) -> None:
    screen.print(f"[dim]$ segue {' '.join(arguments)}[/]")
    done = subprocess.run([str(Path(sys.executable).with_name("segue")), *arguments], check=False)  # noqa: S603
    if done.returncode:
        sys.exit(done.returncode)


def _let_it_finish(clock: Clock, table: type) -> None:
    """Until the virtual morning after, and then until nothing is on its way any more."""
    end = datetime.combine(LAST + timedelta(days=1), datetime.min.time(), UTC) + AFTERWARDS
    with screen.status("") as status:
        while (now := clock.now()) < end:
            status.update(f"The week goes on: it is {now:%A %H:%M} UTC; deferred messages go out in the morning …")
            time.sleep(1)
        deadline = time.monotonic() + 30
        while census(table).unfinished and time.monotonic() < deadline:
            time.sleep(1)


def _summary(counted: Census) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_row("events", str(counted.events))
    grid.add_row("people", str(counted.people))
    ended = ", ".join(
        f"{sum(n for (_, how), n in counted.runs.items() if how == why)} {words}"
        for why, words in (("completed", "finished"), ("goal", "left on goal"), ("exit_event", "left on an exit event"))
    )
    grid.add_row("runs", f"{counted.started} started: {ended}, {counted.under_way} under way")
    grid.add_row("messages", ", ".join(f"{n} by {channel}" for channel, n in counted.sent.most_common()))
    grid.add_row("deferrals", f"{counted.released} released, {counted.still_deferred} kept for later")
    screen.print(grid)
    table = Table("decision", "reason", "how often", title="Decisions", title_justify="left")
    for (action, reason), often in sorted(counted.decisions.items(), key=lambda row: (row[0][0], -row[1])):
        table.add_row(action, reason, str(often))
    screen.print(table)


def _most_eventful(counted: Census) -> SendRecord:
    """Of the person with the most different answers."""
    by_person: dict[str, set[tuple[str, str]]] = {}
    for record in counted.records:
        answers = by_person.setdefault(record.request.profile_id, set())
        answers.update((decision.action.value, decision.reason.value) for decision in record.decisions)
        answers.add((Action.SEND.value, record.request.channel))
    people = sorted(by_person, key=lambda person: (len(by_person[person]), person))
    return next(record for record in counted.records if record.request.profile_id == people[-1])


if __name__ == "__main__":
    main()
