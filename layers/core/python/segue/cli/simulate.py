"""`segue simulate`: the engine on a file of events, in memory."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from segue.cli import telling
from segue.cli.replay import File, MappingFile
from segue.cli.screen import err, out, plainly
from segue.cli.whom import InNamespace, found
from segue.cli.workspace import checked
from segue.decisions import words

if TYPE_CHECKING:
    from segue.events.event import Event
    from segue.events.spec import Reception
    from segue.profiles.profile import Profile
    from segue.replay.files import EventFile
    from segue.simulate import Simulated
    from segue.workspace.bundle import Workspace

WorkspaceOption = Annotated[Path, typer.Option("--workspace", "-w", help="The workspace's folder.")]
Until = Annotated[
    datetime | None,
    typer.Option(help="Stop the clock here (UTC). Default: when nothing is under way any more.", formats=["%Y-%m-%d"]),
]
Person = Annotated[
    str | None,
    typer.Option(help="Tell what was decided for the person of this identifier, and why."),
]


def simulate(
    file: File,
    mapping: MappingFile = None,
    workspace: WorkspaceOption = Path("workspace"),
    until: Until = None,
    why: Person = None,
    namespace: InNamespace = None,
) -> None:
    """Say what would have happened: the workspace on a file of events, in memory, in virtual time.

    The same engine takes the same path as in AWS. Nothing is sent and no stack is needed.

    [dim]segue simulate orders.jsonl[/]
    [dim]segue simulate clicks.csv.gz --mapping clicks.yaml --why shop-42[/]
    """
    from segue.replay.files import BadFile, EventFile  # noqa: PLC0415 - the engine, which other commands do without
    from segue.replay.mapping import BadMapping, FileMapping  # noqa: PLC0415
    from segue.simulate import simulate as run  # noqa: PLC0415

    loaded = checked(workspace)
    with plainly(BadFile, BadMapping):
        rows = EventFile(file, FileMapping.load(mapping) if mapping else None)
        trouble: Counter[str] = Counter()
        with err.status(f"Simulating {escape(file.name)} …"):
            simulated = run(
                loaded, events_of(rows, loaded, trouble), until=until.replace(tzinfo=UTC) if until else None
            )
        _summarize(simulated, trouble)
        if why:
            head = found(why, namespace, simulated.profiles, loaded.identity)
            _tell(simulated, why, head.profile.value)


COMMANDS = {"simulate": simulate}


def events_of(rows: "EventFile", workspace: "Workspace", trouble: Counter[str]) -> "Iterator[Event]":
    """As an import reads them: each at its own time, at which it arrives too."""
    from segue.events.event import Event  # noqa: PLC0415
    from segue.events.imports import own_time  # noqa: PLC0415
    from segue.events.spec import read  # noqa: PLC0415

    for row in rows:
        if row.wrong:
            trouble[f"unreadable: {row.wrong}"] += 1
        for call in row.calls:
            at = _moment(call)
            if at is None:
                trouble["unreadable: no timestamp"] += 1
                continue
            came = read(
                {**call, **own_time(call, at, at)}, 0, _reception(workspace, at, f"{rows.path.name}-{row.number}")
            )
            if isinstance(came, Event):
                yield came
            else:
                trouble["rejected: " + "; ".join(f"{each.field}: {each.message}" for each in came.violations[:1])] += 1


def _moment(call: Mapping[str, Any]) -> datetime | None:
    from segue.events.times import parse_time  # noqa: PLC0415

    try:
        return parse_time(call.get("timestamp")) or parse_time(call.get("originalTimestamp"))
    except ValueError:
        return None


def _reception(workspace: "Workspace", at: datetime, name: str) -> "Reception":
    from segue.events.spec import Reception  # noqa: PLC0415

    return Reception(
        source="file",
        received_at=at,
        plan=workspace.plan,
        identity=workspace.identity,
        digest=name,
        new_id=lambda: name,
        ip_addresses=workspace.ip_addresses,
    )


def _summarize(simulated: "Simulated", trouble: Counter[str]) -> None:
    out.print(
        f"[bold]{simulated.events:,}[/] events, until {simulated.until:%Y-%m-%d %H:%M} UTC" if simulated.until else ""
    )
    runs = Counter((run.journey, run.ended.value if run.ended else "under way") for run in simulated.runs)
    _table("runs", {f"{journey}: {how}": count for (journey, how), count in runs.items()})
    decided = Counter((each.action.value, each.reason.value) for record in simulated.sends for each in record.decisions)
    _table("decisions", {f"{action}: {reason}": count for (action, reason), count in decided.items()})
    ended = Counter((record.message.channel, record.message.template, record.state.value) for record in simulated.sends)
    _table("messages", {f"{channel}: {template} {state}": count for (channel, template, state), count in ended.items()})
    _table("not taken", dict(trouble.most_common(5)))
    troubles = Counter(str(each) for each in simulated.troubles)
    _table("conditions in trouble", dict(troubles.most_common(5)))


def _table(title: str, counts: dict[str, int]) -> None:
    if counts:
        out.print(f"\n[bold]{title}[/]")
    for what, count in sorted(counts.items()):
        out.print(f"  {count:>8,}  {escape(what)}")


def _tell(simulated: "Simulated", person: str, profile: "Profile") -> None:
    """Also of what was done and decided before the profile ids that they had were known to be one person's."""
    theirs, zone = frozenset(profile.places), words.zone_of(profile)
    out.print()
    for line in telling.person(profile, person):
        out.print(line)
    for run in simulated.runs:
        if run.profile_id in theirs:
            steps = " → ".join(f"{step} {outcome}" for step, outcome in run.path)
            out.print(f"  {escape(run.journey)}: {escape(steps)} → {run.ended or 'under way'}")
    for record in simulated.sends:
        if record.request.profile_id in theirs:
            out.print()
            for line in telling.one(record, zone, brief=False):
                out.print(line)
