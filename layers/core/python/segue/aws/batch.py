"""A batch from SQS is worked off record by record; what failed comes back, and the log says what and where."""

from collections.abc import Callable
from traceback import format_tb
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext


def work_off(
    event: dict[str, Any], context: LambdaContext, one: Callable[[SQSRecord], None], logger: Logger
) -> PartialItemFailureResponse:
    """`one` takes its argument by the name `record`."""
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    answer = process_partial_response(event, one, processor, context)
    for kind, _, trace in processor.exceptions:
        # Without the error's own words: they may quote a person.
        logger.error("record failed", error=kind.__name__ if kind else "?", at=format_tb(trace))
    return answer
