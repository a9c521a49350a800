"""Events of other systems, and files of events, are taken in. Wakes on: SQS. Failures: per record, then the DLQ.

A message is `{"source_name", "event"}` of a rule, or `{"import"}` of our own: the next portion of a file.
"""

import json
import os
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from segue.aws.batch import Failures, work_off
from segue.aws.imports import begun_by, read_progress
from segue.aws.telemetry import NAMESPACE, Metric
from segue.aws.wiring import Wiring, wire
from segue.events.cloud import Gone, take
from segue.events.identifier import Identifier
from segue.events.imports import SOURCE, Progress, bring_in
from segue.events.ports import Overwritten
from segue.events.rejected import fields

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)

#: A portion of a file ends when this much of the function's time is left. The timeout is 30 seconds.
TO_SPARE_MS = 12_000


@cache
def wiring() -> Wiring:
    return wire(os.environ)


def count(metric: Metric, value: int) -> None:
    metrics.add_metric(name=metric, unit=MetricUnit.Count, value=value)


def named(profile_id: str) -> Identifier | Gone | None:
    person = wiring().profiles.profile(profile_id).value
    return Gone.ERASED if person.erased else person.identifier


def take_event(name: str, event: Mapping[str, Any]) -> None:
    port = wiring()
    taken = take(
        name,
        event,
        sources=port.sources,
        named=named,
        by=port.reception(name),
    )
    rejected = [taken.rejected] if taken.rejected else []
    if taken.events or rejected:
        port.bus.publish(taken.events, rejected)
    count(Metric.EVENTS_ACCEPTED, len(taken.events))
    count(Metric.EVENTS_REJECTED, len(rejected))
    count(Metric.EVENTS_PASSED_BY, not (taken.events or rejected or taken.erased))
    if taken.erased:
        count(Metric.EVENTS_ERASED, taken.erased)
    wrong = fields(rejected)
    logger.info("taken in", source=name, accepted=len(taken.events), rejected=len(rejected), wrong_fields=wrong)


def take_portion(before: Progress, enough: Callable[[], bool]) -> None:
    port = wiring()
    if enough():  # another file had this invocation's time
        port.imports.go_on(before)
        return
    try:
        so_far = bring_in(before, imports=port.imports, bus=port.bus, by=port.reception(SOURCE), enough=enough)
    except Overwritten:
        logger.warning("overwritten while it was imported", line=before.line)
        return
    if so_far.done:
        port.imports.sum_up(so_far)
        count(Metric.FILES_IMPORTED, 1)
    else:
        port.imports.go_on(so_far)
    count(Metric.EVENTS_ACCEPTED, so_far.accepted - before.accepted)
    count(Metric.EVENTS_REJECTED, so_far.rejected - before.rejected)
    said = {"line": so_far.line, "accepted": so_far.accepted, "rejected": so_far.rejected, "done": so_far.done}
    logger.info("imported", extra=said)


def take_one(body: str, *, enough: Callable[[], bool]) -> None:
    match json.loads(body):
        case {"import": written}:
            take_portion(read_progress(written), enough)
        case {"source_name": name, "event": event} if name == SOURCE:
            take_portion(begun_by(event), enough)
        case {"source_name": str(name), "event": dict(event)}:
            take_event(name, event)
        case _:
            raise ValueError("a message is {source_name, event} or {import}")


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:
    def enough() -> bool:
        return context.get_remaining_time_in_millis() < TO_SPARE_MS

    return work_off(event, partial(take_one, enough=enough), logger)
