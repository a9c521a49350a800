"""An erasure goes on until nothing is left. Wakes on: SQS, a receipt's id. Failures: per record, then the DLQ."""

import os
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from segue.aws.batch import Failures, work_off
from segue.aws.telemetry import Metric, count
from segue.aws.wiring import Wiring, wire
from segue.profiles.erase import go_on

logger = Logger()

#: What is not done when time runs out, the next message does.
TO_SPARE_MS = 10_000


@cache
def wiring() -> Wiring:
    return wire(os.environ)


def go_on_with(receipt_id: str, *, context: LambdaContext) -> None:
    port = wiring()

    def enough() -> bool:
        return context.get_remaining_time_in_millis() < TO_SPARE_MS

    now = port.clock.now()
    erasure = go_on(receipt_id, ports=port.erasing, now=now, enough=enough)
    logger.info("erasure", receipt_id=receipt_id, complete=erasure.work is None, extra={"rows": erasure.deleted})
    if erasure.completed_at == now:
        count(Metric.ERASURES_COMPLETED)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:
    return work_off(event, partial(go_on_with, context=context), logger)
