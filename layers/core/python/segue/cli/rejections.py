"""The rejected events of a deployed stack: found again, and sent again after a fix."""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import httpx

from segue.cli.place import client, clock_of, outputs_of
from segue.cli.screen import out
from segue.events.rejected import Rejected, call_again, once

if TYPE_CHECKING:
    from segue.events.ports import Rejections


def found(environment: str, days: int) -> list[Rejected]:
    """Of the last days, today included, each call once: as it came first, however long ago that was."""
    from segue.aws.rejections import KEPT_DAYS  # noqa: PLC0415 - half a second, which other commands do without

    kept, today = _kept(environment), clock_of(environment).now().date()
    first = {each.fingerprint: each for each in once(_of_the_last(KEPT_DAYS + 1, kept, today))}
    return [first[each.fingerprint] for each in once(_of_the_last(days, kept, today))]


def send_again(environment: str, days: int, api: str, write_key: str) -> None:
    told = found(environment, days)
    if not told:
        out.print("Nothing was rejected.")
        return
    bus_events = [each for each in told if each.kind == "bus event"]
    calls = [each for each in told if each.kind == "call"]
    if bus_events:
        _map_again(bus_events, outputs_of(environment)["SourcesQueueUrl"])
    if calls:
        _send(calls, clock_of(environment).now, api, write_key)


def _kept(environment: str) -> "Rejections":
    from segue.aws.rejections import DynamoRejections  # noqa: PLC0415 - see above
    from segue.aws.table import rows  # noqa: PLC0415

    return DynamoRejections(rows(outputs_of(environment)["RegistryTable"]))


def _of_the_last(days: int, kept: "Rejections", today: date) -> Iterator[Rejected]:
    for back in range(days - 1, -1, -1):
        yield from kept.on(today - timedelta(days=back))


def _send(told: list[Rejected], now: Callable[[], datetime], api: str, write_key: str) -> None:
    taken = 0
    for each in told:
        if (call := call_again(each, now())) is None:
            out.print(
                f"{each.id} is not sent again: it was not kept whole, or its write key may not send it.", markup=False
            )
            continue
        answer = httpx.post(f"{api.rstrip('/')}/v1/batch", json={"batch": [call]}, auth=(write_key, ""), timeout=30)
        taken += answer.is_success
        if not answer.is_success:
            out.print(f"{each.id}: {answer.status_code} {answer.text}", markup=False)
    out.print(f"{taken} of {len(told)} were sent again; what still does not fit is rejected again.")


def _map_again(found: list[Rejected], queue: str) -> None:
    """Their sources, as they are deployed now, map them anew; what was taken of them before counts once."""
    sqs, sent = client("sqs"), 0
    for each in found:
        if not each.whole:
            out.print(f"{each.id} is not mapped again: it was too large to be kept whole.", markup=False)
            continue
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"source_name": each.source, "event": each.payload}))
        sent += 1
    out.print(f"{sent} of {len(found)} events of cloud sources are mapped again.")
