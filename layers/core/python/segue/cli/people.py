"""`segue profile`, `timeline`, `export` and `erase`: a person is looked up, given out and erased.

Each leaves a line in the audit trail, as a call of the API does, before it shows or does anything.
"""

import getpass
import json
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from segue.cli import telling
from segue.cli.place import Where, clock_of, outputs_of
from segue.cli.screen import err, out, plainly
from segue.cli.whom import WORKSPACE, InNamespace, Person, found
from segue.decisions import words
from segue.profiles import showing
from segue.profiles.explain import explain

if TYPE_CHECKING:
    from segue.aws.wiring import Wiring
    from segue.profiles.erasure import Erasure
    from segue.profiles.head import Head
    from segue.profiles.rules import Rules

Whole = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
Name = Annotated[str | None, typer.Option(help="Only events of this name.")]
Since = Annotated[datetime | None, typer.Option(help="Only what happened from then on (UTC).")]
Limit = Annotated[int, typer.Option(help="How many events, the latest first.", min=1, max=showing.MOST_ENTRIES)]
Yes = Annotated[bool, typer.Option("--yes", help="Do it. Without, only who would be erased is told.")]
Reason = Annotated[str, typer.Option(help="Kept with the receipt: say it without naming the person.")]


def profile(person: Person, namespace: InNamespace = None, whole: Whole = False, environment: Where = "local") -> None:
    """Show all that is known of a person.

    [dim]segue profile ada[/]
    [dim]segue profile ada@example.com --json[/]
    [dim]segue profile 4711 --namespace loyalty_id[/]
    """
    with plainly():
        wiring = _wiring(environment)
        head = _found(person, namespace, wiring)
        _note(wiring, "profile read", head.profile_id)
        now = clock_of(environment).now()
        shown = showing.shown(head, _rules().read(head.profile.value, now, showing.DEFINED))
        if whole:
            out.print_json(json.dumps(shown))
            return
        for line in telling.person(head.profile.value, person):
            out.print(line)
        for identifier in shown["identifiers"]:
            out.print(f"  {identifier['namespace']:<13}{escape(identifier['value'])}")
        for bond in explain(head.profile.value, wiring.profiles, wiring.identity):
            word = "[green]joined[/]" if bond.joined else "[yellow]apart[/] "
            out.print(f"  {word}       {bond.identifier.namespace} {escape(bond.identifier.value)}: {escape(bond.why)}")
        for name, value in sorted(shown["traits"].items()):
            out.print(f"  {escape(name):<13}{escape(str(value))}")
        for what in ("lifecycle", "segments", "computed"):
            if shown[what]:
                out.print(f"  {what:<13}{escape(json.dumps(shown[what]))}")
        for run in shown["runs"]:
            how = run["ended"] or f"waits at {run['waits_at']}"
            out.print(f"  [cyan]{escape(run['journey'])}[/] since {run['entered_at'][:16]}: {escape(how)}")


def timeline(
    person: Person,
    namespace: InNamespace = None,
    name: Name = None,
    since: Since = None,
    limit: Limit = 50,
    environment: Where = "local",
) -> None:
    """Tell what a person did, the latest first.

    [dim]segue timeline ada --name "Order Completed" --since 2026-03-01[/]
    """
    with plainly():
        wiring = _wiring(environment)
        person_found = _found(person, namespace, wiring).profile.value
        _note(wiring, "timeline read", person_found.profile_id)
        wanted = showing.Wanted(name=name, since=since.replace(tzinfo=UTC) if since else None, limit=limit)
        page = showing.timeline(person_found, wanted, wiring.records)
        zone = words.zone_of(person_found)
        for event in page.entries:
            at = telling.local_time(datetime.fromisoformat(event["timestamp"]), zone)
            out.print(
                f"  {at}  [bold]{escape(event['name'])}[/]  [dim]{escape(json.dumps(event.get('properties')))}[/]"
            )
        if page.cursor:
            out.print("[dim]and more before these: --limit, --name or --since[/]")


def export(person: Person, namespace: InNamespace = None, environment: Where = "local") -> None:
    """Write everything about a person to standard output, as one JSON document.

    [dim]segue export ada > ada.json[/]
    """
    from segue.profiles.export import export as pieces  # noqa: PLC0415 - the command has its name

    with plainly():
        wiring = _wiring(environment)
        head = _found(person, namespace, wiring)
        _note(wiring, "profile exported", head.profile_id)
        for piece in pieces(head, records=wiring.records, refusals=wiring.refusals, now=wiring.clock.now()):
            sys.stdout.write(piece)
        sys.stdout.write("\n")


def erase(
    person: Person,
    namespace: InNamespace = None,
    yes: Yes = False,
    reason: Reason = "asked for by the person",
    environment: Where = "local",
) -> None:
    """Erase every trace of a person, and block their identifiers. There is no way back.

    A name that fits two people, as the user id of one and the anonymous id of another, erases neither.

    [dim]segue erase ada@example.com --yes --reason "letter of 3 March"[/]
    """
    from segue.profiles.erase import Indiscreet, receipt_of  # noqa: PLC0415 - the command has its module's name
    from segue.profiles.erase import erase as begin  # noqa: PLC0415
    from segue.profiles.ports import Conflict  # noqa: PLC0415

    with plainly(Indiscreet, Conflict):
        wiring = _wiring(environment)
        head = _found(person, namespace, wiring, one=True)
        if not yes:
            _note(wiring, "profile read", head.profile_id)
            for line in telling.person(head.profile.value, person):
                out.print(line)
            err.print("Nothing was erased yet. To erase this person: --yes")
            raise typer.Exit(2)
        ports, now = wiring.erasing, clock_of(environment).now()
        _note(wiring, "erasure asked", receipt_of(head, ports.keys))
        begun = begin(head.profile_id, by=_who(), reason=reason, ports=ports, now=now)
        if begun:
            _wait(begun, wiring)


COMMANDS = {"profile": profile, "timeline": timeline, "export": export, "erase": erase}


def _note(wiring: "Wiring", did: str, to: str) -> None:
    wiring.trail.note(wiring.clock.now(), _who(), did, to)


def _who() -> str:
    return f"segue ({getpass.getuser()})"


def _wait(begun: "Erasure", wiring: "Wiring") -> None:
    """Until the receipt is complete. The person is blocked already, so whoever is tired of it may end the command."""
    out.print(f"Blocked. Receipt [bold]{begun.receipt_id}[/]")
    with err.status("Erasing; it goes on by itself if you end this command"):
        while begun.work:
            time.sleep(1)
            kept = wiring.erasures.find(begun.receipt_id)
            begun = kept.value if kept else begun
    for kind, count in begun.deleted.items():
        out.print(f"  {kind:<16}{count}")
    out.print("Erased: nothing is left of them.")


def _wiring(environment: str) -> "Wiring":
    from segue.aws.settings import Settings  # noqa: PLC0415 - half a second, which other commands do without
    from segue.aws.wiring import Wiring  # noqa: PLC0415
    from segue.workspace.load import load_identity  # noqa: PLC0415

    told = outputs_of(environment)
    settings = Settings(
        environment=environment,
        clock=str(clock_of(environment)),
        profiles_table=told["ProfilesTable"],
        registry_table=told["RegistryTable"],
        erasures_queue=told["ErasuresQueueUrl"],
        exports_bucket=told["ExportsBucket"],
        machines_arn=told["MachinesArn"],
        signing_secret=told["SigningSecret"],
    )
    wiring = Wiring(settings)
    wiring.identity = load_identity(WORKSPACE)
    return wiring


def _rules() -> "Rules":
    """By which traits and segments are told."""
    from segue.profiles.rules import Rules  # noqa: PLC0415 - CEL, which other commands do without
    from segue.workspace.load import load_definitions  # noqa: PLC0415

    return Rules(*load_definitions(WORKSPACE))


def _found(person: str, namespace: str | None, wiring: "Wiring", *, one: bool = False) -> "Head":
    return found(person, namespace, wiring.profiles, wiring.identity, one=one)
