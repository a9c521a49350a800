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

import httpx
from rich.console import Console
from rich.table import Table

from examples.cdnow.orders import write
from segue.aws.census import Census, census
from segue.aws.profiles import DynamoProfiles
from segue.aws.table import rows
from segue.clock import Clock
from segue.decisions.decision import Action
from segue.local import stack
from segue.local.project import Project

FIRST, LAST = date(1997, 1, 6), date(1997, 1, 12)
#: After the last order: as long as it takes until every message that was put off to the next morning has gone.
AFTERWARDS = timedelta(hours=20)
RATE = 1800
EVENTS = Path("build/demo/orders.jsonl")

#: Said beside a story in which a message that waits for 09:00 goes at 10:50.
LATE = (
    f"\nThe clock runs {RATE:,} times as fast as yours: a second that this machine takes is half an hour there, "
    "so what was put off until 09:00 goes somewhat later than it otherwise would."
)

screen = Console()


def main() -> None:
    began = time.monotonic()
    count = write(EVENTS, FIRST, LAST)
    screen.print("This takes about seven minutes. Meanwhile, in a second terminal: .venv/bin/segue status\n")
    screen.rule("[bold]1 · The whole stack, deployed to an emulated AWS on this machine")
    _segue("up", "--start", FIRST.isoformat(), "--rate", str(RATE))
    running, standing = stack.current(Project.find())
    os.environ.update(running.credentials)
    _warm_up(standing)
    screen.rule(f"[bold]2 · {count} events of real customers, a day in 48 seconds")
    _segue("replay", str(EVENTS), "--speed", "clock")
    table = rows(standing.outputs["ProfilesTable"])
    _let_it_finish(Clock.parse(standing.clock), table)
    counted = census(table)
    screen.rule("[bold]3 · What came of it")
    summary(counted)
    screen.rule("[bold]4 · One person's story")
    person = DynamoProfiles(table).profile(_most_eventful(counted)).value.user_id
    _segue("why", str(person), "--story")
    screen.print(LATE, style="dim")
    screen.rule()
    screen.print(
        f"That took {time.monotonic() - began:.0f} seconds. The stack stays up. Look around:\n\n"
        f"  [bold].venv/bin/segue why {person}[/]   the same decisions, with every check\n"
        "  [bold].venv/bin/segue status[/]            where things are, the mailbox too\n"
        "  [bold].venv/bin/segue up[/]                deploys what you change in workspace/\n"
        "  [bold].venv/bin/segue down[/]              ends it"
    )


def _segue(*arguments: str) -> None:
    screen.print(f"[dim]$ segue {' '.join(arguments)}[/]")
    done = subprocess.run([str(Path(sys.executable).with_name("segue")), *arguments], check=False)  # noqa: S603
    if done.returncode:
        sys.exit(done.returncode)


def _warm_up(standing: stack.Stack) -> None:
    """A customer before the doors open, who consents to nothing: so that the first real one meets no cold functions."""
    person = {"userId": "before-the-doors-open", "timestamp": f"{FIRST.isoformat()}T00:00:00Z"}
    batch = [
        {"type": "identify", **person, "context": {"consent": {"categoryPreferences": {"marketing": False}}}},
        {"type": "track", **person, "event": "Order Completed", "properties": {"order_id": "warm-up"}},
    ]
    httpx.post(f"{standing.api}/v1/batch", json={"batch": batch}, auth=(standing.write_key, ""), timeout=60)


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


def summary(counted: Census) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_row("events", f"{counted.events}, two of them of a customer before the doors open, who warms the stack up")
    grid.add_row("people", str(counted.people))
    words = {
        "completed": "finished",
        "goal": "left on goal",
        "exit_event": "left on an exit event",
        "merged": "were one person's twice",
        "failed": "failed",
    }
    ended = {why: sum(n for (_, how), n in counted.runs.items() if how == why) for why in words}
    told = ", ".join(f"{often} {words[why]}" for why, often in ended.items() if often)
    grid.add_row("runs", f"{counted.started} started: {told}, {counted.under_way} under way (a win-back takes days)")
    grid.add_row("messages", ", ".join(f"{n} by {channel}" for channel, n in counted.sent.most_common()))
    put_off = counted.released + counted.still_deferred
    grid.add_row(
        "deferred", f"{put_off} messages: {counted.released} released, {counted.still_deferred} kept for later"
    )
    screen.print(grid)
    table = Table("decision", "reason", "how often", title="Decisions", title_justify="left")
    for (action, reason), often in sorted(counted.decisions.items(), key=lambda row: (row[0][0], -row[1])):
        table.add_row(action, reason, str(often))
    screen.print(table)


def _most_eventful(counted: Census) -> str:
    """The profile id of the person with the most different answers."""
    by_person: dict[str, set[tuple[str, str]]] = {}
    for record in counted.records:
        answers = by_person.setdefault(record.request.profile_id, set())
        answers.update((decision.action.value, decision.reason.value) for decision in record.decisions)
        answers.add((Action.SEND.value, record.request.channel))
    return max(by_person, key=lambda person: (len(by_person[person]), person))


if __name__ == "__main__":
    main()
