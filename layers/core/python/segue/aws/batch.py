"""A batch from SQS is worked off record by record; what failed comes back, and the log says what and where.

Powertools has this too, but its batch module costs each cold start a tenth of a second (bench/coldstart.py).
"""

from collections.abc import Callable, Iterable
from traceback import format_tb
from typing import Any

from aws_lambda_powertools import Logger

#: What Lambda expects: `{"batchItemFailures": [{"itemIdentifier": id}]}`.
Failures = dict[str, list[dict[str, str]]]


def work_off(event: dict[str, Any], one: Callable[[str], None], logger: Logger) -> Failures:
    """`one` takes the body of a message."""
    failed: dict[str, Exception] = {}
    for record in event["Records"]:
        try:
            one(record["body"])
        except Exception as error:  # noqa: BLE001 - it is logged below, comes back, and in the end waits in the DLQ
            failed[record["messageId"]] = error
    for why in failed.values():
        # Without the error's own words: they may quote a person.
        logger.error("record failed", error=type(why).__name__, at=format_tb(why.__traceback__))
    return failures(failed)


def failures(ids: Iterable[str]) -> Failures:
    return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in ids]}
