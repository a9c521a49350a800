"""Which stack a command speaks to: the local one, or one in AWS, read with the user's own credentials."""

import os
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from segue.clock import Clock
from segue.local import stack
from segue.local.project import Project

Where = Annotated[
    str, typer.Option("--environment", "-e", help="local, or one in AWS, read with your own credentials.")
]


def outputs_of(environment: str) -> Mapping[str, str]:
    """What the deployment told, by name. For `local` this process talks to the emulator from here on."""
    if environment == stack.ENVIRONMENT:
        running, standing = stack.current(Project.find())
        os.environ.update(running.credentials)
        return standing.outputs
    return _told(f"segue-{environment}-app")


def clock_of(environment: str) -> Clock:
    """The local stack's own clock. Other environments may be accelerated too, but only they know."""
    if environment == stack.ENVIRONMENT:
        return Clock.parse(stack.current(Project.find())[1].clock)
    return Clock()


def journeys_of(told: Mapping[str, str]) -> list[str]:
    """The journeys that are deployed there: each has a state machine."""
    prefix = told["MachinesArn"].rpartition(":")[2]
    pages = client("stepfunctions").get_paginator("list_state_machines").paginate()
    names = [machine["name"] for page in pages for machine in page["stateMachines"]]
    return sorted(name.removeprefix(prefix) for name in names if name.startswith(prefix))


def client(service: str) -> Any:
    import boto3  # noqa: PLC0415 - half a second, which other commands do without

    make: Any = boto3.client
    return make(service)


def _told(stack_name: str) -> Mapping[str, str]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see above

    try:
        found = client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"][0]["Outputs"]
    except (BotoCoreError, ClientError) as error:
        message = f"The stack {stack_name} could not be read with your credentials: {error}"
        raise stack.NotUp(message) from None
    return {each["OutputKey"]: each["OutputValue"] for each in found}
