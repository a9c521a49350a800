"""A call in the Segment API's shape is taken in and goes on to the bus.

Wakes on: the HTTP API. Answers: 200 `{"success": true}`, else `{"code", "message"}` with 400, 401, 404, 413 or 429.
"""

import os
from functools import cache
from typing import Any
from uuid import uuid4

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from segue.aws.http import Answer, answer, body, headers
from segue.aws.telemetry import NAMESPACE, Metric
from segue.aws.wiring import Wiring, wire
from segue.events.ingest import Receipt, ingest
from segue.events.ports import Busy
from segue.events.rejected import fields
from segue.events.request import Refused, Request

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)


@cache
def wiring() -> Wiring:
    return wire(os.environ)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> Answer:
    said = headers(event)
    request = Request(
        path=event["rawPath"],
        body=body(event),
        authorization=said.get("authorization"),
        encoding=said.get("content-encoding", ""),
        headers=said,
    )
    port = wiring()
    try:
        receipt = ingest(
            request,
            keys=port.write_keys,
            plan=port.plan,
            identity=port.identity,
            bus=port.bus,
            now=port.clock.now(),
            new_id=lambda: str(uuid4()),
            ip_addresses=port.ip_addresses,
        )
    except Refused as refused:
        return refuse(refused)
    except Busy as busy:
        throttled = Refused(429, "rate_limited", f"too many events at once: try again after {busy.retry_after} s")
        return refuse(throttled, {"Retry-After": str(busy.retry_after)})
    report(receipt)
    return refuse(receipt.refused) if receipt.refused else answer(200, {"success": True})


def report(receipt: Receipt) -> None:
    metrics.add_metric(Metric.EVENTS_ACCEPTED, MetricUnit.Count, receipt.accepted)
    metrics.add_metric(Metric.EVENTS_REJECTED, MetricUnit.Count, len(receipt.rejected))
    if receipt.unvouched:  # what is logged with every call is paid for with every call
        metrics.add_metric(Metric.EVENTS_UNVOUCHED, MetricUnit.Count, receipt.unvouched)
    wrong = fields(receipt.rejected)
    logger.info(
        "taken in", source=receipt.source, accepted=receipt.accepted, rejected=len(receipt.rejected), wrong_fields=wrong
    )


def refuse(refused: Refused, more: dict[str, str] | None = None) -> Answer:
    metrics.add_metric(Metric.CALLS_REFUSED, MetricUnit.Count, 1)
    logger.info("refused", status=refused.status, code=refused.code)
    return answer(refused.status, {"code": refused.code, "message": str(refused)}, more)
