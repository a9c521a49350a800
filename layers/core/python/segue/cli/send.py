"""`segue send` and `segue when`: ask for a message, or what would become of it."""

import getpass
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer
from pydantic import ValidationError

from segue.cli import telling
from segue.cli.place import Where, clock_of, outputs_of
from segue.cli.screen import err, out, plainly
from segue.cli.whom import WORKSPACE, InNamespace, Person, found
from segue.decisions import words
from segue.misfit import in_words

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
InCategory = Annotated[str | None, typer.Option("--category", help="Of the policy. Default: the template's.")]
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
    category: InCategory = None,
    properties: Properties = None,
    key: Key = None,
    environment: Where = "local",
) -> None:
    """Ask for a message to a person. It is decided like any other: [bold]segue why[/] tells what became of it.

    [dim]segue send receipt --to ada --category transactional --set order=4711 --key order-4711[/]
    """
    from segue.messages.accept import Asking, Taken, accept  # noqa: PLC0415 - half a second
    from segue.messages.wish import send_id  # noqa: PLC0415

    with plainly():
        wiring = _wiring(environment)
        head = found(to, namespace, wiring.profiles, wiring.identity, one=True)
        wish = _wish(template, head, channel, category, properties)
        whose = f"segue ({getpass.getuser()})"
        asking = Asking(wish=wish, send_id=send_id(key or str(uuid4()), whose), by=whose, repeatable=key is not None)
        counter = wiring.counter(lambda error: err.print(f"It is kept, and later decided: {error}", markup=False))
        (answered,) = accept([asking], counter=counter, now=clock_of(environment).now())
        if not isinstance(answered, Taken):
            err.print(str(answered), markup=False)
            raise typer.Exit(2)
        out.print(
            f"[bold]{asking.send_id}[/] {'was asked for before, and' if answered.again else ''} is {answered.state}."
        )


def when(
    template: TemplateName,
    person: Person,
    namespace: InNamespace = None,
    channel: Channels = None,
    category: InCategory = None,
    environment: Where = "local",
) -> None:
    """Tell whether a message would be sent now, by which channel, why not, and when next. Nothing is sent.

    The policy and the template are those of the workspace at hand.

    [dim]segue when news ada[/]
    """
    from segue.messages.preview import preview  # noqa: PLC0415 - half a second
    from segue.messages.wish import Unfit  # noqa: PLC0415

    with plainly(Unfit):
        wiring = _wiring(environment)
        head = found(person, namespace, wiring.profiles, wiring.identity)
        wish = _wish(template, head, channel, category, None)
        _, decision = preview(wish, head, terms=wiring.terms, sends=wiring.sends, now=clock_of(environment).now())
        for line in telling.decided(decision, words.zone_of(head.profile.value)):
            out.print(line)


COMMANDS = {"send": send, "when": when}


def _wish(
    template: str, head: "Head", channels: list[str] | None, category: str | None, properties: list[str] | None
) -> "Preview":
    from segue.messages.wish import Preview  # noqa: PLC0415 - half a second

    named = [each.partition("=") for each in properties or ()]
    said = {
        "template": template,
        "profile_id": head.profile_id,
        "channels": channels or None,
        "category": category,
        "properties": {name: value for name, _, value in named},
    }
    try:
        return Preview.model_validate(given := {name: value for name, value in said.items() if value})
    except ValidationError as error:
        err.print(in_words(error, Preview, given), markup=False)
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
