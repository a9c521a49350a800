"""`segue pause`, `unpause`, `rejected` and `redrive`: what an operator does without a deployment."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import httpx
import typer

from segue.cli.place import Where, client, clock_of, journeys_of, outputs_of
from segue.cli.screen import err, out, plainly
from segue.events.rejected import Rejected, call_again, once

if TYPE_CHECKING:
    from segue.aws.registry import DynamoRegistry
    from segue.events.ports import Rejections

JourneyName = Annotated[str, typer.Argument(help="The journey's name.")]
Queue = Annotated[str, typer.Argument(help="events, signals, steps, requests, deliveries or erasures.")]
Days = Annotated[int, typer.Option(help="How many days back, today included.", min=1, max=31)]
Replay = Annotated[bool, typer.Option("--replay", help="Send them through ingest again, after a fix.")]
Key = Annotated[str, typer.Option(help="The write key to replay with.", envvar="SEGUE_WRITE_KEY")]


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


def rejected(
    days: Days = 2, replay: Replay = False, write_key: Key = "local-server-key", environment: Where = "local"
) -> None:
    """List the events that were rejected, with everything that is wrong with each; or send them again.

    [dim]segue rejected --days 7[/]
    [dim]segue rejected --replay[/]
    """
    with plainly():
        from segue.aws.rejections import KEPT_DAYS, DynamoRejections  # noqa: PLC0415 - half a second
        from segue.aws.table import rows  # noqa: PLC0415

        told, clock = outputs_of(environment), clock_of(environment)
        kept = DynamoRejections(rows(told["RegistryTable"]))
        today = clock.now().date()
        found = once(_of_the_last(days, kept, today))
        if not found:
            out.print("Nothing was rejected.")
        for each in found:
            _tell(each)
        if replay:
            first = {each.fingerprint: each for each in once(_of_the_last(KEPT_DAYS + 1, kept, today))}
            again = [first.get(each.fingerprint, each) for each in found]
            _send_again(again, clock.now, _api(environment, told["ApiUrl"]), write_key)


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
    out.print(f"[bold]{each.id}[/] from {each.source}, {each.received_at:%Y-%m-%d %H:%M} UTC")
    for violation in each.violations:
        out.print(f"    {violation.field}: {violation.message}", markup=False)


def _api(environment: str, deployed: str) -> str:
    from segue.local import stack  # noqa: PLC0415 - the emulator's own address cannot be reached from here
    from segue.local.project import Project  # noqa: PLC0415

    return stack.current(Project.find())[1].api if environment == stack.ENVIRONMENT else deployed.rstrip("/")


def _of_the_last(days: int, kept: "Rejections", today: date) -> Iterator[Rejected]:
    for back in range(days - 1, -1, -1):
        yield from kept.on(today - timedelta(days=back))


def _send_again(found: list[Rejected], now: Callable[[], datetime], api: str, write_key: str) -> None:
    taken = 0
    for each in found:
        if (call := call_again(each, now())) is None:
            out.print(
                f"{each.id} is not sent again: it was not kept whole, or its write key may not send it.", markup=False
            )
            continue
        answer = httpx.post(f"{api}/v1/batch", json={"batch": [call]}, auth=(write_key, ""), timeout=30)
        taken += answer.is_success
        if not answer.is_success:
            out.print(f"{each.id}: {answer.status_code} {answer.text}", markup=False)
    out.print(f"{taken} of {len(found)} were sent again; what still does not fit is rejected again.")


def _move(source: str, target: str) -> int:
    """One by one: sent first, then deleted, so that nothing is lost on the way."""
    sqs, moved = client("sqs"), 0
    while messages := sqs.receive_message(QueueUrl=source, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.send_message(QueueUrl=target, MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved
