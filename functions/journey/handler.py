"""Signals become runs: one begins, is woken, or leaves. Wakes on: SQS. Failures: per record, then the DLQ."""

import os
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from segue.aws.batch import Failures, work_off
from segue.aws.signals import decode_signal
from segue.aws.telemetry import NAMESPACE, Metric, count_decision
from segue.aws.wiring import Wiring, wire
from segue.events.conditions import Trouble
from segue.journeys.runs import BEGUN, ENDED, Ports, answer
from segue.outgoing import Announcements, Gathered
from segue.profiles.rules import Rules

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)

COUNTED = {BEGUN: Metric.RUNS_STARTED, ENDED: Metric.RUNS_ENDED}


@cache
def wiring() -> Wiring:
    return wire(os.environ)


@cache
def rules() -> Rules:
    return wiring().rules(tell)


def tell(trouble: Trouble) -> None:
    logger.warning("condition without an answer", condition=trouble.condition, why=trouble.why)
    metrics.add_metric(name=Metric.CONDITION_TROUBLE, unit=MetricUnit.Count, value=1)


def count(what: str) -> None:
    metrics.add_metric(name=COUNTED[what], unit=MetricUnit.Count, value=1)


def ports(wired: Wiring, announcements: Announcements) -> Ports:
    """Made anew for each batch: a pause is looked up once in it, for each journey that is to be entered."""
    return Ports(
        journeys=wired.workspace.journeys_by_name,
        templates=wired.workspace.templates_by_name,
        profiles=wired.profiles,
        machines=wired.machines,
        registry=wired.registry,
        sends=wired.sends,
        announcements=announcements,
        paused=cache(wired.registry.paused),
        counted=count,
        cancelled=count_decision,
        tell=tell,
        read=rules().read,
    )


def answer_one(body: str, *, ports: Ports) -> None:
    signal = decode_signal(body)
    what = answer(signal, ports, wiring().clock.now())
    logger.info("signal", signal=type(signal).__name__, run_id=signal.run_id, answer=what)


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:  # noqa: ARG001 - Lambda passes it
    gathered = Gathered()
    answered = work_off(event, partial(answer_one, ports=ports(wiring(), gathered)), logger)
    wiring().bus.announce(gathered.news)  # in one call; should it fail, all comes again, and changes nothing more
    return answered
