"""Deferred requests that fall due go back to the queue. Wakes on: the clock, each minute; the next mends a failure."""

import os
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from segue.aws.queues import GRACE, MOST_DELAY
from segue.aws.telemetry import NAMESPACE, Metric
from segue.aws.wiring import Wiring, wire
from segue.decisions.release import release

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)


@cache
def wiring() -> Wiring:
    return wire(os.environ)


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:  # noqa: ARG001 - Lambda passes both
    port = wiring()
    released = release(
        sends=port.sends,
        requests=port.requests,
        now=port.clock.now(),
        soon=port.clock.virtual(MOST_DELAY),
        grace=port.clock.virtual(GRACE),
    )
    oldest = port.clock.real(released.oldest) / timedelta(seconds=1)
    metrics.add_metric(name=Metric.DEFERRALS_RELEASED, unit=MetricUnit.Count, value=released.count)
    metrics.add_metric(name=Metric.DEFERRED_BACKLOG, unit=MetricUnit.Count, value=released.overdue)
    metrics.add_metric(name=Metric.DEFERRED_OLDEST_SECONDS, unit=MetricUnit.Seconds, value=oldest)
    logger.info("released", count=released.count, overdue=released.overdue, oldest_seconds=round(oldest))
    return {"released": released.count}
