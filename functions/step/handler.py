"""A state machine's own tasks: a step begins to wait, a run ends. Wakes on: Step Functions, which also retries."""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from segue.aws.telemetry import NAMESPACE, Metric
from segue.aws.wiring import Wiring, wire
from segue.events.conditions import Trouble
from segue.journeys.runs import ENDED
from segue.journeys.waits import Ports, perform, task

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)


@cache
def wiring() -> Wiring:
    return wire(os.environ)


def tell(trouble: Trouble) -> None:
    logger.warning("condition without an answer", condition=trouble.condition, why=trouble.why)
    metrics.add_metric(name=Metric.CONDITION_TROUBLE, unit=MetricUnit.Count, value=1)


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str]:  # noqa: ARG001 - Lambda passes it
    asked, wired = task(event), wiring()
    ports = Ports(profiles=wired.profiles, machines=wired.machines, announcements=wired.bus, tell=tell)
    what = perform(asked, ports, wired.clock.now())
    logger.info("task", action=asked.action, run_id=asked.run_id, answer=what)
    if what == ENDED:
        metrics.add_metric(name=Metric.RUNS_ENDED, unit=MetricUnit.Count, value=1)
    return {"answer": what}
