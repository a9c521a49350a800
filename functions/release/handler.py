"""Deferred requests and people's timers that fall due go to their queues. Wakes on: the clock, each minute.

The next minute mends a failure. Every five minutes, in a call of its own, it releases what a long outage left, and
counts all requests that wait.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from segue.aws.queues import GRACE, MOST_DELAY
from segue.aws.telemetry import COUNT_DEFERRED, NAMESPACE, Metric
from segue.aws.wiring import Wiring, wire
from segue.decisions.ports import LOOK_BACK
from segue.decisions.release import People, release
from segue.decisions.rule import FORESIGHT

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)

#: The work is three calls a request, and all of it waiting. What is not done when time runs out, the next minute does.
THREADS, TO_SPARE_MS = 16, 10_000


@cache
def wiring() -> Wiring:
    return wire(os.environ)


def count_deferred() -> dict[str, int]:
    port = wiring()
    deferred = port.sends.waiting(port.clock.now(), FORESIGHT)
    metrics.add_metric(name=Metric.DEFERRED_BACKLOG, unit=MetricUnit.Count, value=deferred)
    logger.info("counted", deferred=deferred)
    return {"deferred": deferred}


def release_due(context: LambdaContext, back: timedelta = LOOK_BACK) -> dict[str, int]:
    port = wiring()
    with ThreadPoolExecutor(THREADS) as threads:
        released = release(
            sends=port.sends,
            requests=port.requests,
            people=People(port.profiles, port.timers),
            now=port.clock.now(),
            soon=port.clock.virtual(MOST_DELAY),
            grace=port.clock.virtual(GRACE),
            back=back,
            mapper=threads.map,
            enough=lambda: context.get_remaining_time_in_millis() < TO_SPARE_MS,
        )
    oldest = port.clock.real(released.oldest) / timedelta(seconds=1)
    metrics.add_metric(name=Metric.DEFERRALS_RELEASED, unit=MetricUnit.Count, value=released.count)
    metrics.add_metric(name=Metric.DEFERRED_OLDEST_SECONDS, unit=MetricUnit.Seconds, value=oldest)
    logger.info("released", count=released.count, overdue=released.overdue, oldest_seconds=round(oldest))
    return {"released": released.count}


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    if event == COUNT_DEFERRED:
        return {**release_due(context, FORESIGHT), **count_deferred()}
    return release_due(context)
