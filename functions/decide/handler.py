"""A send request is decided: send, defer or drop. Wakes on: SQS. Failures: per record, then the dead-letter queue."""

import os
import random
import time
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from segue.aws.batch import Failures, work_off
from segue.aws.queues import GRACE, MOST_DELAY
from segue.aws.telemetry import Metric, count_decision, measure
from segue.aws.wiring import Wiring, wire
from segue.decisions import asked
from segue.decisions.answer import Desk, answer
from segue.decisions.decision import SendRecord, SendRequest
from segue.decisions.pressure import pressure
from segue.profiles.head import Head

logger = Logger()


@cache
def wiring() -> Wiring:
    return wire(os.environ)


def desk() -> Desk:
    """Made anew for each batch: a pause is looked up once in it, for each journey whose runs ask."""
    port = wiring()
    return Desk(
        policy=port.policy,
        profiles=port.profiles,
        sends=port.sends,
        requests=port.requests,
        deliveries=port.deliveries,
        outcomes=port.machines,
        announcements=port.bus,
        soon=port.clock.virtual(MOST_DELAY),
        grace=port.clock.virtual(GRACE),
        paused=cache(port.registry.paused),
        looked=report_pressure,
        displaced=count_decision,
        pause=lambda conflict: time.sleep(random.uniform(0, min(0.005 * 2**conflict, 0.2))),  # noqa: S311 - no secret
    )


def decide_one(body: str, *, desk: Desk) -> None:
    now = wiring().clock.now()
    wish = asked.read(body, policy=desk.policy, words=wiring().templates.words, at=wiring().clock.at)
    decided = answer(wish, desk=desk, now=now)
    if decided is None:
        logger.info("answered before", send_id=wish.request.send_id, attempt=wish.attempt)
        return
    report(decided, now)


def report(record: SendRecord, now: datetime) -> None:
    decision, request = record.decisions[-1], record.message
    said = {"action": decision.action.value, "reason": decision.reason.value, "meaning": decision.reason.meaning}
    logger.info("decided", send_id=request.send_id, channel=request.channel, attempt=record.attempt, extra=said)
    count_decision(record)
    if request.caused_at and record.attempt == 1:
        took = wiring().clock.real(now - request.caused_at) / timedelta(milliseconds=1)
        measure(Metric.EVENT_TO_DECISION_MS, took, MetricUnit.Milliseconds)


def report_pressure(request: SendRequest, head: Head) -> None:
    port = wiring()
    share = pressure(request, head, port.policy, port.clock.now())
    if share is not None:
        measure(Metric.CAP_PRESSURE, share * 100, MetricUnit.Percent, channel=request.channel)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:  # noqa: ARG001 - Lambda passes it
    return work_off(event, partial(decide_one, desk=desk()), logger)
