"""`segue why`: a person's decisions, or a message's, each with its reason."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from segue.cli import telling
from segue.cli.place import Where, outputs_of
from segue.cli.screen import err, out, plainly
from segue.cli.story import told
from segue.cli.whom import WORKSPACE, InNamespace, found, there
from segue.decisions import words

if TYPE_CHECKING:
    from segue.aws.lookup import Lookup
    from segue.decisions.decision import SendRecord
    from segue.events.identity import Identity

Whom = Annotated[str, typer.Argument(help="Any identifier of a person, as of segue profile; or the id of a message.")]
Last = Annotated[int, typer.Option(help="How many send requests, the latest first.", min=1)]
Story = Annotated[bool, typer.Option("--story", help="From the beginning: events, journeys, answers, messages.")]
Brief = Annotated[bool, typer.Option("--brief", help="The answers only, without the checks behind them.")]


def why(
    person: Whom,
    namespace: InNamespace = None,
    last: Last = 20,
    brief: Brief = False,
    story: Story = False,
    environment: Where = "local",
) -> None:
    """Tell why a person got this message, and not that one.

    Every wish to send with every answer to it: send, defer or drop, the reason, and what each check saw.
    Times are those of the place where the person is. Of one message alone by its id, as segue send tells it.

    [dim]segue why cdnow-0042[/]
    [dim]segue why cdnow-0042 --story[/]
    [dim]segue why ada --environment production --last 3[/]
    [dim]segue why m-onf3xv5nzuvvxxxxxxxxxxxxxx[/]
    """
    with plainly():
        outputs = outputs_of(environment)
        lookup = _lookup(outputs)
        if namespace is None and _MESSAGE.fullmatch(person):
            _message(person, outputs, lookup, brief=brief)
            return
        profile = found(person, namespace, lookup.profiles, _identity()).profile.value
        records, zone = lookup.records(profile), words.zone_of(profile)
        for line in telling.person(profile, person):
            out.print(line)
        if story:
            out.print()
            for line in told(lookup.events(profile), lookup.runs(profile), records, zone):
                out.print(line)
            return
        if not records:
            out.print("\nNobody has wanted to send them anything.")
        for record in records[:last]:
            out.print()
            for line in telling.one(record, zone, brief=brief):
                out.print(line)
        if len(records) > last:
            out.print(f"\n[dim]and {len(records) - last} before these: --last {len(records)}[/]")


COMMANDS = {"why": why}

#: As the API and `segue send` name what they accept, and as a journey's step is named: its run, and the step.
_MESSAGE = re.compile(r"m-[a-z2-7]{26}|[a-z0-9-]{1,53}-[a-z2-7]{26}\.\S+")


def _message(send_id: str, outputs: Mapping[str, str], lookup: "Lookup", *, brief: bool) -> None:
    record = _asked_for(send_id, outputs)
    head = lookup.profiles.head(record.request.profile_id) if record else None
    if record is None or head is None:
        err.print(
            f"There is no message {send_id!r}. One of a journey is found for 90 days after its run has ended; "
            "segue why PERSON tells of it longer.",
            markup=False,
        )
        raise typer.Exit(1)
    profile = there(head).profile.value
    zone = words.zone_of(profile)
    for line in (*telling.person(profile, profile.profile_id), "", *telling.one(record, zone, brief=brief)):
        out.print(line)


def _asked_for(send_id: str, outputs: Mapping[str, str]) -> "SendRecord | None":
    from segue.aws.settings import Settings  # noqa: PLC0415 - half a second, which other commands do without
    from segue.aws.wiring import Wiring  # noqa: PLC0415
    from segue.decisions.accepted import find  # noqa: PLC0415

    tables = {"profiles_table": outputs["ProfilesTable"], "machines_arn": outputs["MachinesArn"]}
    wiring = Wiring(Settings(environment="", **tables))
    return find(send_id, accepted=wiring.accepted, runners=wiring.machines, sends=wiring.sends)


def _lookup(outputs: Mapping[str, str]) -> "Lookup":
    from segue.aws.lookup import Lookup  # noqa: PLC0415 - half a second, which other commands do without

    return Lookup.on(outputs["ProfilesTable"])


def _identity() -> "Identity":
    from segue.workspace.load import load_identity  # noqa: PLC0415 - see above

    return load_identity(WORKSPACE)
