"""A state machine's own tasks: a step begins to wait, a run ends. Wakes on: SQS. Failures: per record, then the DLQ."""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from segue.aws.batch import Failures, work_off
from segue.aws.telemetry import Metric, count
from segue.aws.wiring import Wiring, wire
from segue.events.conditions import Trouble
from segue.journeys.runs import ENDED
from segue.journeys.waits import Ports, perform, task
from segue.profiles.rules import Rules

logger = Logger()


@cache
def wiring() -> Wiring:
    return wire(os.environ)


@cache
def ports() -> Ports:
    wired = wiring()
    return Ports(
        profiles=wired.profiles,
        machines=wired.machines,
        announcements=wired.bus,
        tell=tell,
        read=lambda profile, now, words: rules().read(profile, now, words),
        at=wired.clock.at,
    )


@cache
def rules() -> Rules:
    """Only read where a wait has a condition."""
    return wiring().rules(tell)


def tell(trouble: Trouble) -> None:
    logger.warning("condition without an answer", condition=trouble.condition, why=trouble.why)
    count(Metric.CONDITION_TROUBLE)


def perform_one(body: str) -> None:
    asked = task(body)
    what = perform(asked, ports(), wiring().clock.now())
    logger.info("task", action=asked.action, run_id=asked.run_id, answer=what)
    if what == ENDED:
        count(Metric.RUNS_ENDED)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:  # noqa: ARG001 - Lambda passes it
    return work_off(event, perform_one, logger)
