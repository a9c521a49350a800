"""`segue send` and `segue when`: ask for a message, or what would become of it."""

import getpass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from segue.cli import telling
from segue.cli.place import Where, clock_of, outputs_of
from segue.cli.screen import err, out, plainly
from segue.cli.whom import WORKSPACE, InNamespace, Person, found
from segue.decisions import words

if TYPE_CHECKING:
    from segue.aws.wiring import Wiring
    from segue.messages.wish import Preview
    from segue.profiles.head import Head


def _key(given: str | None) -> str | None:
    from segue.messages.wish import fit_key  # noqa: PLC0415 - half a second, which other commands do without

    try:
        return given if given is None else fit_key(given)
    except ValueError as error:
        raise typer.BadParameter(f"the key {error}") from None


TemplateName = Annotated[str, typer.Argument(help="The name of a file in the workspace's templates/.")]
To = Annotated[str, typer.Option("--to", help="Any identifier, as of segue why.")]
Channels = Annotated[
    list[str] | None, typer.Option("--channel", help="By which it may go; give it again for another. Default: all.")
]
Falls = Annotated[
    bool, typer.Option("--fallback/--no-fallback", help="Whether it may go by what the policy falls back to.")
]
InCategory = Annotated[str | None, typer.Option("--category", help="Of the policy. Default: the template's.")]
Topic = Annotated[str | None, typer.Option("--topic", help="What it is about. Default: the template's.")]
Priority = Annotated[int | None, typer.Option("--priority", help="Default: the category's.", min=0, max=9)]
Expires = Annotated[
    str | None, typer.Option("--expires-after", help="Such as 30m, 24h or 7d. Default: the category's.")
]
At = Annotated[
    str | None,
    typer.Option("--at", help='Not now but then: "2026-03-10 22:30" where the person is, or with an offset.'),
]
Key = Annotated[
    str | None, typer.Option("--key", callback=_key, help="The same key again is the same message, and not another.")
]
Properties = Annotated[
    list[str] | None, typer.Option("--set", help="NAME=VALUE, which the template reads as message.properties.NAME.")
]


def send(
    template: TemplateName,
    to: To,
    namespace: InNamespace = None,
    channel: Channels = None,
    fallback: Falls = True,
    category: InCategory = None,
    topic: Topic = None,
    priority: Priority = None,
    expires_after: Expires = None,
    properties: Properties = None,
    key: Key = None,
    environment: Where = "local",
) -> None:
    """Ask for a message to a person. It is decided like any other: [bold]segue why[/] tells what became of it.

    It goes by the channel that is best just then, of those for which the template has words, or of those that you name.
    If none of these is open, it may go by what the policy falls back to.

    [dim]segue send receipt --to ada --category transactional --set order=4711 --key order-4711[/]
    [dim]segue send news --to ada --channel email --no-fallback[/]
    """
    from segue.messages.accept import Asking, Taken, accept  # noqa: PLC0415 - half a second
    from segue.messages.wish import send_id  # noqa: PLC0415

    said: dict[str, Any] = {"template": template, "channels": channel, "category": category, "topic": topic}
    said |= {"priority": priority, "fallback": fallback, "expires_after": expires_after}
    said["properties"] = _named(properties)
    with plainly():
        wiring = _wiring(environment)
        head = found(to, namespace, wiring.profiles, wiring.identity, one=True)
        wish = _wish(head, said)
        whose = f"segue ({getpass.getuser()})"
        asking = Asking(wish=wish, send_id=send_id(key or str(uuid4()), whose), by=whose, repeatable=key is not None)
        counter = wiring.counter(lambda error: err.print(f"It is kept, and later decided: {error}", markup=False))
        (answered,) = accept([asking], counter=counter, now=clock_of(environment).now())
        if not isinstance(answered, Taken):
            reused = answered.code == "key_reused"
            err.print(_REUSED if reused else str(answered), markup=False)
            raise typer.Exit(2)
        again = "was asked for before, and " if answered.again else ""
        out.print(f"[bold]{asking.send_id}[/] {again}is {answered.state}.")
        where = "" if environment == "local" else f" --environment {environment}"
        out.print(f"[dim]What becomes of it:[/] segue why {asking.send_id}{where}")


def when(
    template: TemplateName,
    person: Person,
    namespace: InNamespace = None,
    at: At = None,
    channel: Channels = None,
    fallback: Falls = True,
    category: InCategory = None,
    topic: Topic = None,
    priority: Priority = None,
    expires_after: Expires = None,
    properties: Properties = None,
    environment: Where = "local",
) -> None:
    """Tell whether a message would be sent now, by which channel, why not, and when next. Nothing is sent.

    The policy and the template are those of the workspace at hand. What a journey's step says of its message (channel,
    fallback, topic, priority, expires_after) can be said here too.

    [dim]segue when news ada[/]
    [dim]segue when news ada --channel email --no-fallback --at "2026-03-10 22:30"[/]
    """
    from segue.messages.preview import preview  # noqa: PLC0415 - half a second
    from segue.messages.wish import Unfit  # noqa: PLC0415

    said: dict[str, Any] = {"template": template, "channels": channel, "category": category, "topic": topic}
    said |= {"priority": priority, "fallback": fallback, "expires_after": expires_after}
    said["properties"] = _named(properties)
    with plainly(Unfit):
        wiring = _wiring(environment)
        head = found(person, namespace, wiring.profiles, wiring.identity)
        profile = head.profile.value
        zone = words.zone_of(profile)
        wish = _wish(head, said | {"at": _moment(at, zone)})
        request, decision = preview(wish, head, terms=wiring.terms, sends=wiring.sends, now=clock_of(environment).now())
        for line in (*telling.person(profile, person), "", *telling.would(request, decision, zone)):
            out.print(line)


COMMANDS = {"send": send, "when": when}

_REUSED = "This key was used before, for another message: give each message a key of its own"


def _named(properties: list[str] | None) -> dict[str, str]:
    """An empty value is one, if it is said: `total=`."""
    named = [each.partition("=") for each in properties or ()]
    for name, equals, _ in named:
        if not name.strip() or not equals:
            given = f"{name}{equals}"
            raise typer.BadParameter(f"{given!r}: write NAME=VALUE, or NAME= for an empty one", param_hint="--set")
    return {name: value for name, _, value in named}


def _moment(text: str | None, zone: tzinfo) -> datetime | None:
    """Where the person is, unless it says its offset."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        told = f'{text!r} is no moment: write "2026-03-10 22:30", or 2026-03-10T22:30:00+01:00'
        raise typer.BadParameter(told, param_hint="--at") from None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _wish(head: "Head", said: dict[str, Any]) -> "Preview":
    from segue.aws.calls import Refused, read  # noqa: PLC0415 - half a second
    from segue.messages.wish import Preview  # noqa: PLC0415

    given = {name: value for name, value in said.items() if value not in (None, [], {})}
    try:
        return read(Preview, given | {"profile_id": head.profile_id}, "the message")
    except Refused as refused:
        err.print(str(refused), markup=False)
        raise typer.Exit(2) from None


def _wiring(environment: str) -> "Wiring":
    from segue.aws.settings import Settings  # noqa: PLC0415 - half a second, which other commands do without
    from segue.aws.wiring import Wiring  # noqa: PLC0415
    from segue.messages.wish import Terms  # noqa: PLC0415
    from segue.workspace.load import load  # noqa: PLC0415

    told, workspace = outputs_of(environment), load(WORKSPACE)
    settings = Settings(
        environment=environment,
        clock=str(clock_of(environment)),
        profiles_table=told["ProfilesTable"],
        registry_table=told["RegistryTable"],
        requests_queue=told["RequestsQueueUrl"],
        signing_secret=told["SigningSecret"],
    )
    wiring = Wiring(settings)
    wiring.identity = workspace.identity
    wiring.terms = Terms(policy=workspace.policy, templates=workspace.templates_by_name)
    return wiring
