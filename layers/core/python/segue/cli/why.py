"""`segue why`: a person's decisions, each with its reason."""

from typing import TYPE_CHECKING, Annotated

import typer

from segue.cli import telling
from segue.cli.place import Where, outputs_of
from segue.cli.screen import out, plainly
from segue.cli.story import told
from segue.cli.whom import WORKSPACE, InNamespace, Person, found
from segue.decisions import words

if TYPE_CHECKING:
    from segue.aws.lookup import Lookup
    from segue.events.identity import Identity

Last = Annotated[int, typer.Option(help="How many send requests, the latest first.", min=1)]
Story = Annotated[bool, typer.Option("--story", help="From the beginning: events, journeys, answers, messages.")]
Brief = Annotated[bool, typer.Option("--brief", help="The answers only, without the checks behind them.")]


def why(
    person: Person,
    namespace: InNamespace = None,
    last: Last = 20,
    brief: Brief = False,
    story: Story = False,
    environment: Where = "local",
) -> None:
    """Tell why a person got this message, and not that one.

    Every wish to send with every answer to it: send, defer or drop, the reason, and what each check saw.
    Times are those of the place where the person is.

    [dim]segue why cdnow-0042[/]
    [dim]segue why cdnow-0042 --story[/]
    [dim]segue why ada --environment production --last 3[/]
    """
    with plainly():
        lookup = _lookup(environment)
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


def _lookup(environment: str) -> "Lookup":
    from segue.aws.lookup import Lookup  # noqa: PLC0415 - half a second, which other commands do without

    return Lookup.on(outputs_of(environment)["ProfilesTable"])


def _identity() -> "Identity":
    from segue.workspace.load import load_identity  # noqa: PLC0415 - see above

    return load_identity(WORKSPACE)
