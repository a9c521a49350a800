"""Events are folded into people and raise signals; timers ring. Wakes on: SQS. Failures: per record, then DLQ."""

import os
from collections.abc import Iterable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from segue.aws.arrivals import Arrivals, arrivals
from segue.aws.batch import Failures, failure, failures
from segue.aws.receiving import receiving
from segue.aws.telemetry import NAMESPACE, Metric
from segue.aws.wiring import Wiring, wire
from segue.events.conditions import Trouble
from segue.events.enrichment.products import fill_in
from segue.events.rejected import Rejected
from segue.profiles.elapse import answer
from segue.profiles.erased import is_erased
from segue.profiles.receive import Ports, receive_all
from segue.profiles.rules import Rules
from segue.profiles.timeline import fingerprint

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)


@cache
def wiring() -> Wiring:
    return wire(os.environ)


@cache
def ports() -> Ports:
    return receiving(wiring(), rules(), tell)


@cache
def rules() -> Rules:
    return wiring().rules(tell)


def tell(trouble: Trouble) -> None:
    logger.warning("condition without an answer", condition=trouble.condition, why=trouble.why)
    count(Metric.CONDITION_TROUBLE, 1)


def count(metric: Metric, value: int) -> None:
    metrics.add_metric(name=metric, unit=MetricUnit.Count, value=value)


def admitted(rejected: Iterable[Rejected]) -> list[Rejected]:
    """Without those that name somebody who has been erased."""
    every = list(rejected)
    kept = [each for each in every if not is_erased(each, wiring().profiles, wiring().identity)]
    count_erased(len(every) - len(kept))
    return kept


def count_erased(events: int) -> None:
    """Only when there are any: a metric in every line of the log would be paid for with every event."""
    if events:
        count(Metric.EVENTS_ERASED, events)


def take(came: Arrivals) -> dict[str, Exception]:
    """What failed, by the id of the queue's message."""
    failed = dict(came.unreadable)
    if came.rejected:
        try:
            wiring().rejections.keep(admitted(came.rejected.values()))
        except Exception as error:  # noqa: BLE001 - reported below, message by message
            failed |= dict.fromkeys(came.rejected, error)
    told = fill_in(came.events, wiring().workspace.catalog, wiring().catalog)
    failed |= told.failed
    now = wiring().clock.now()
    received, lost = receive_all(told.events.values(), ports(), now)
    errors = {fingerprint(each.event): each.error for each in lost}
    failed |= {id_: errors[key] for id_, event in told.events.items() if (key := fingerprint(event)) in errors}
    for id_, due in came.due.items():
        try:
            received.append(answer(due, ports(), now))
        except Exception as error:  # noqa: BLE001 - reported below, message by message
            failed[id_] = error
    count(Metric.EVENTS_APPLIED, sum(each.absorbed.applied for each in received))
    if uncollected := sum(each.absorbed.uncollected for each in received):  # most workspaces collect everything
        count(Metric.EVENTS_UNCOLLECTED, uncollected)
    count(Metric.EVENTS_DUPLICATE, sum(each.absorbed.known for each in received))
    if told.unknown:
        count(Metric.PRODUCTS_UNKNOWN, told.unknown)
    count_erased(sum(each.absorbed.erased for each in received))
    count(Metric.SIGNALS_RAISED, sum(len(each.raised) for each in received))
    return failed


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:  # noqa: ARG001 - Lambda passes it
    came = arrivals(event)
    failed = take(came)
    for id_, error in failed.items():
        logger.error("record failed", message_id=id_, **failure(error))
    logger.info("batch", events=len(came.events), rejected=len(came.rejected), due=len(came.due), failed=len(failed))
    return failures(failed)
