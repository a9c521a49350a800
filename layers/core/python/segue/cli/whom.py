"""Who is meant by the name that somebody typed: one look-up for all commands."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segue.cli.screen import err
from segue.profiles import showing

if TYPE_CHECKING:
    from segue.events.identity import Identity
    from segue.profiles.head import Head
    from segue.profiles.ports import Profiles

#: Its identity.yaml says how identifiers are read: that of the folder at hand, since the deployed one is not.
WORKSPACE = Path("workspace")

Person = Annotated[
    str, typer.Argument(help="Any identifier: a user id, e-mail address, phone number, anonymous id, or profile id.")
]
InNamespace = Annotated[
    str | None, typer.Option("--namespace", help="Of which the identifier is: one of your own, or user_id, email …")
]


def found(
    person: str, namespace: str | None, profiles: "Profiles", identity: "Identity", *, one: bool = False
) -> "Head":
    """The first whom the name fits; others are told of. With `one`, several are none. Ends the command without any."""
    people = showing.people(person, namespace, profiles, identity)
    if not people:
        remedy = "" if namespace else " An identifier of your own needs --namespace."
        doubt = identity.doubt(namespace) if namespace else ""
        why = doubt or f"no event of theirs has arrived, or none was fit (segue rejected).{remedy}"
        err.print(f"Nobody is known as {person!r}: {why}", markup=False)
        raise typer.Exit(1)
    if len(people) > 1:
        err.print(f"{person!r} fits {len(people)} people:", markup=False)
        for how, head in people:
            err.print(f"  --namespace {how:<13} {head.profile_id}", markup=False)
        if one:
            err.print("Say which: by --namespace, or by the profile id.")
            raise typer.Exit(1)
    return there(people[0][1])


def there(head: "Head") -> "Head":
    """Ends the command for who was erased."""
    if receipt_id := head.profile.value.erased:
        err.print(f"This person was erased. Receipt {receipt_id}", markup=False)
        raise typer.Exit(1)
    return head
