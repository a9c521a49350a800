"""Logs and metrics: one closed list of metric names, so that the dashboard, the alarms and the functions agree.

Dimensions are few and closed (action, reason, channel), because each combination is a metric that is paid for.
Logs and metrics carry ids and codes, never personal data.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import MetricUnit, single_metric

if TYPE_CHECKING:
    from segue.decisions.decision import SendRecord

NAMESPACE = "Segue"


#: What the schedule says to `release` when it is to count what is deferred, and nothing else.
COUNT_DEFERRED = {"task": "count deferred"}


class Metric(StrEnum):
    """Counts, unless the name says milliseconds or seconds.

    `EVENTS_PASSED_BY` came from a cloud source none of whose mappings is meant for them. `FILES_IMPORTED` are done.
    `DEFERRED_BACKLOG` is all that waits, most of it rightly; `DEFERRED_OVERDUE` is what of it should have been woken.
    `DEFERRED_OLDEST_SECONDS` is for how long the request that is late the longest has been due: above 0 for more than
    half an hour, something is stuck, or a channel's rate is too low. `RECORDS_FAILED` are messages of a queue that come
    back: Lambda's own metric of errors does not see them. `CAP_PRESSURE` is the share, in percent, that was
    used of the fullest cap that a request was under when it was decided.
    """

    CALLS_REFUSED = "CallsRefused"
    EVENTS_ACCEPTED = "EventsAccepted"
    EVENTS_REJECTED = "EventsRejected"
    EVENTS_UNVOUCHED = "EventsUnvouched"
    EVENTS_DUPLICATE = "EventsDuplicate"
    EVENTS_APPLIED = "EventsApplied"
    EVENTS_UNCOLLECTED = "EventsUncollected"
    PRODUCTS_UNKNOWN = "ProductsUnknown"
    EVENTS_PASSED_BY = "EventsPassedBy"
    FILES_IMPORTED = "FilesImported"
    EVENTS_ERASED = "EventsErased"
    SIGNALS_RAISED = "SignalsRaised"
    CONDITION_TROUBLE = "ConditionTrouble"
    RUNS_STARTED = "RunsStarted"
    RUNS_ENDED = "RunsEnded"
    CALLS_MADE = "CallsMade"
    CALLS_FAILED = "CallsFailed"
    DECISIONS = "Decisions"
    EVENT_TO_DECISION_MS = "EventToDecisionMs"
    CAP_PRESSURE = "CapPressure"
    DEFERRALS_RELEASED = "DeferralsReleased"
    DEFERRED_BACKLOG = "DeferredBacklog"
    DEFERRED_OVERDUE = "DeferredOverdue"
    DEFERRED_OLDEST_SECONDS = "DeferredOldestSeconds"
    MESSAGES = "Messages"
    UNSUBSCRIBES = "Unsubscribes"
    ERASURES_COMPLETED = "ErasuresCompleted"
    RECORDS_FAILED = "RecordsFailed"


def count(metric: Metric, value: int = 1, **dimensions: str) -> None:
    """The dashboard draws a line for each value of a dimension; the service is one always."""
    measure(metric, value, MetricUnit.Count, **dimensions)


def count_decision(record: SendRecord) -> None:
    """What has just become of a request, by action and by reason, wherever that was found out.

    One that was sent has been counted when it was decided so; what failed was neither dropped nor deferred.
    """
    action, reason = record.outcome
    if action:
        count(Metric.DECISIONS, action=action.value)
    if reason:
        count(Metric.DECISIONS, reason=reason.value)


def measure(metric: Metric, value: float, unit: MetricUnit, **dimensions: str) -> None:
    with single_metric(name=metric, unit=unit, value=value, namespace=NAMESPACE) as measured:
        for name, said in dimensions.items():
            measured.add_dimension(name, said)
