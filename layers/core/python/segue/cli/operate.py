"""`segue pause`, `unpause`, `rejected` and `redrive`: what an operator does without a deployment."""

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from segue.cli import rejections
from segue.cli.place import Where, client, journeys_of, outputs_of
from segue.cli.screen import err, out, plainly
from segue.events.rejected import Rejected, counts

if TYPE_CHECKING:
    from segue.aws.registry import DynamoRegistry

JourneyName = Annotated[str, typer.Argument(help="The journey's name.")]
Queue = Annotated[
    str, typer.Argument(help="sources, events, timers, signals, steps, calls, requests, deliveries or erasures.")
]
Days = Annotated[int, typer.Option(help="How many days back, today included.", min=1, max=31)]
Summary = Annotated[bool, typer.Option("--summary", help="How many of which event, by what is wrong with them.")]


def pause(journey: JourneyName, environment: Where = "local") -> None:
    """Pause a journey at once: nobody enters, and what its runs would send is dropped with [bold]journey_paused[/]."""
    with plainly():
        _registry(journey, environment).pause(journey)
        out.print(f"{journey} is paused. Let it go on with: segue unpause {journey}")


def unpause(journey: JourneyName, environment: Where = "local") -> None:
    """Let a paused journey go on."""
    with plainly():
        _registry(journey, environment).unpause(journey)
        out.print(f"{journey} goes on.")


def rejected(days: Days = 2, summary: Summary = False, environment: Where = "local") -> None:
    """List the events that were rejected, with everything that is wrong with each; or count them.

    After a fix, [bold]segue replay --rejected[/] sends them again.

    [dim]segue rejected --days 7[/]
    [dim]segue rejected --summary[/]
    """
    with plainly():
        found = rejections.found(environment, days)
        if not found:
            out.print("Nothing was rejected.")
        elif summary:
            _summarize(found)
        else:
            for each in found:
                _tell(each)


def redrive(queue: Queue, environment: Where = "local") -> None:
    """Send what is in the dead-letter queue of a queue back to it. Find out first why it failed.

    Safe to repeat: every effect has a deterministic id, so what was done already is not done twice.
    """
    with plainly():
        told, name = outputs_of(environment), queue.capitalize()
        if f"{name}QueueUrl" not in told:
            known = sorted(match[1].lower() for key in told if (match := re.fullmatch(r"(\w+)QueueUrl", key)))
            err.print(f"There is no queue {queue!r}; there are {', '.join(known)}.", markup=False)
            raise typer.Exit(2)
        moved = _move(told[f"{name}DeadLettersUrl"], told[f"{name}QueueUrl"])
        out.print(f"{moved} messages went back to {queue}." if moved else f"No message of {queue} is dead.")


COMMANDS = {"pause": pause, "unpause": unpause, "rejected": rejected, "redrive": redrive}


def _registry(journey: str, environment: str) -> "DynamoRegistry":
    """Of a journey that is deployed there; a name that was mistyped must not look as if it were paused."""
    from segue.aws.registry import DynamoRegistry  # noqa: PLC0415 - half a second
    from segue.aws.table import rows  # noqa: PLC0415

    told = outputs_of(environment)
    deployed = journeys_of(told)
    if journey not in deployed:
        near = get_close_matches(journey, deployed, n=1)
        meant = f"Did you mean {near[0]}?" if near else f"There are {', '.join(deployed) or 'none'}."
        err.print(f"There is no journey {journey!r} in {environment}. {meant}", markup=False)
        raise typer.Exit(2)
    return DynamoRegistry(rows(told["RegistryTable"]))


def _tell(each: Rejected) -> None:
    out.print(f"[bold]{escape(each.id)}[/] from {escape(each.source)}, {each.received_at:%Y-%m-%d %H:%M} UTC")
    for violation in each.violations:
        out.print(f"    {violation.field}: {violation.message}", markup=False)


def _summarize(found: list[Rejected]) -> None:
    """The most frequent first: what to mend first."""
    for (name, violation), count in sorted(counts(found).items(), key=lambda each: (-each[1], each[0])):
        out.print(f"{count:>8,}  ", end="")
        out.print(f"{name}  {violation}", markup=False)
    out.print(f"{len(found):,} events; one counts once for each violation.")


def _move(source: str, target: str) -> int:
    """One by one: sent first, then deleted, so that nothing is lost on the way."""
    sqs, moved = client("sqs"), 0
    while messages := sqs.receive_message(QueueUrl=source, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.send_message(QueueUrl=target, MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved
