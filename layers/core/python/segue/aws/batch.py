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
    for id_, why in failed.items():
        logger.error("record failed", message_id=id_, **failure(why))
    return failures(failed)


def failure(error: Exception) -> dict[str, Any]:
    """For the log: the kind of error, AWS's code for it if it has one, and where. Its words may quote a person."""
    code = _code(error) or _code(error.__cause__)
    return {"error": type(error).__name__, **({"code": code} if code else {}), "at": format_tb(error.__traceback__)}


def _code(error: BaseException | None) -> str | None:
    """As pynamodb says it, or botocore."""
    response = getattr(error, "response", None) or {}
    code = getattr(error, "cause_response_code", None) or response.get("Error", {}).get("Code")
    return str(code) if code else None


def failures(ids: Iterable[str]) -> Failures:
    return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in ids]}
