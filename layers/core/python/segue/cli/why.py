"""`segue why`: a person's decisions, each with its reason."""

import os
from collections.abc import Iterator
from typing import Annotated

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError

from segue.aws.profiles import DynamoProfiles
from segue.aws.table import Row, decode, partition, rows
from segue.cli import telling
from segue.cli.screen import err, out, plainly
from segue.decisions.decision import SendRecord
from segue.local import stack
from segue.local.project import Project
from segue.profiles.identity import anonymous_profile_id, user_profile_id
from segue.profiles.profile import Profile

Person = Annotated[str, typer.Argument(help="A user id, an anonymous id, or a profile id.")]
Last = Annotated[int, typer.Option(help="How many send requests, the latest first.", min=1)]
Brief = Annotated[bool, typer.Option("--brief", help="The answers only, without the checks behind them.")]
Where = Annotated[
    str, typer.Option("--environment", "-e", help="local, or one in AWS, read with your own credentials.")
]


def why(person: Person, last: Last = 20, brief: Brief = False, environment: Where = "local") -> None:
    """Tell why a person got this message, and not that one.

    Every wish to send with every answer to it: send, defer or drop, the reason, and what each check saw.
    Times are those of the place where the person is.

    [dim]segue why cdnow-0042[/]
    [dim]segue why ada --environment production --last 3[/]
    """
    with plainly(ClientError, BotoCoreError):
        table = rows(_profiles_table(environment))
        profile = find(DynamoProfiles(table), person)
        if profile is None:
            err.print(f"Nobody is known as {person!r}: no event of theirs has arrived.", markup=False)
            raise typer.Exit(1)
        for line in telling.person(profile, person):
            out.print(line)
        found = sorted(_records(table, profile), key=lambda record: record.request.requested_at, reverse=True)
        if not found:
            out.print("\nNobody has wanted to send them anything.")
        for line in telling.records(found[:last], telling.zone_of(profile), brief=brief):
            out.print(line)
        if len(found) > last:
            out.print(f"\n[dim]and {len(found) - last} before these: --last {len(found)}[/]")


COMMANDS = (why,)


def find(profiles: DynamoProfiles, person: str) -> Profile | None:
    """Whoever is known by this identifier; an anonymous id leads to its owner."""
    for profile_id in (user_profile_id(person), anonymous_profile_id(person), person):
        profile = profiles.head(profile_id).profile.value
        if profile.known:
            return profile
    return None


def _records(table: type[Row], profile: Profile) -> Iterator[SendRecord]:
    """Also those that were asked for while the person was still anonymous."""
    for profile_id in (profile.profile_id, *map(anonymous_profile_id, profile.links)):
        for row in table.query(partition(profile_id), table.sk.startswith("DECISION#")):
            yield decode(SendRecord, row.doc)


def _profiles_table(environment: str) -> str:
    """Its name; from here on this process talks to the emulator if the environment is the local one."""
    if environment == stack.ENVIRONMENT:
        running, standing = stack.current(Project.find())
        os.environ.update(running.credentials)
        return standing.outputs["ProfilesTable"]
    told = boto3.client("cloudformation").describe_stacks(StackName=f"segue-{environment}-app")["Stacks"][0]
    return next(each["OutputValue"] for each in told["Outputs"] if each["OutputKey"] == "ProfilesTable")
