"""Connectors are called, and audiences told. Wakes on: SQS. Failures: per record; the last try is an outcome."""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from segue.aws.batch import Failures, work_off
from segue.aws.telemetry import NAMESPACE, Metric
from segue.aws.wiring import Wiring, wire
from segue.events.conditions import Trouble
from segue.journeys.calls import Ports, perform, task
from segue.journeys.graph import FAILED

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)

#: One less than the queue's tries: what was to be the last may be cut off.
MOST_TRIES = 4


@cache
def wiring() -> Wiring:
    return wire(os.environ)


@cache
def ports() -> Ports:
    wired = wiring()
    return Ports(
        profiles=wired.profiles,
        machines=wired.machines,
        calls=wired.calls,
        caller=wired.caller,
        announcements=wired.bus,
        connectors=wired.workspace.connectors,
        policy=wired.workspace.policy,
        brand=wired.workspace.brand.model_dump(),
        read=wired.rules(tell).read,
        at=wired.clock.at,
    )


def tell(trouble: Trouble) -> None:
    logger.warning("a value without an answer", condition=trouble.condition, why=trouble.why)


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:  # noqa: ARG001 - Lambda passes it
    tries = {record["body"]: int(record["attributes"]["ApproximateReceiveCount"]) for record in event["Records"]}

    def call_one(body: str) -> None:
        asked = task(body)
        outcome = perform(asked, ports(), last=tries[body] >= MOST_TRIES)
        logger.info("called", run_id=asked.run_id, step=asked.step, answer=outcome)
        metrics.add_metric(name=Metric.CALLS_MADE, unit=MetricUnit.Count, value=1)
        if outcome == FAILED:
            metrics.add_metric(name=Metric.CALLS_FAILED, unit=MetricUnit.Count, value=1)

    return work_off(event, call_one, logger)
