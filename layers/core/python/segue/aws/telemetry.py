"""Logs and metrics: one closed list of metric names, so that the dashboard, the alarms and the functions agree.

Dimensions are few and closed (action, reason, channel), because each combination is a metric that is paid for.
Logs and metrics carry ids and codes, never personal data.
"""

from enum import StrEnum

from aws_lambda_powertools.metrics import MetricUnit, single_metric

NAMESPACE = "Segue"


#: What the schedule says to `release` when it is to count what is deferred, and nothing else.
COUNT_DEFERRED = {"task": "count deferred"}


class Metric(StrEnum):
    """Counts, unless the name says milliseconds or seconds.

    `EVENTS_PASSED_BY` came from a cloud source none of whose mappings is meant for them. `FILES_IMPORTED` are done.
    `DEFERRED_BACKLOG` is all that waits, most of it rightly; `DEFERRED_OVERDUE` is what of it should have been woken.
    `DEFERRED_OLDEST_SECONDS` is for how long the request that is late the longest has been due: above 0 for more than
    half an hour, something is stuck, or a channel's rate is too low. `CAP_PRESSURE` is the share, in percent, that was
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


def count(metric: Metric, value: int = 1, **dimensions: str) -> None:
    """The dashboard draws a line for each value of a dimension; the service is one always."""
    measure(metric, value, MetricUnit.Count, **dimensions)


def measure(metric: Metric, value: float, unit: MetricUnit, **dimensions: str) -> None:
    with single_metric(name=metric, unit=unit, value=value, namespace=NAMESPACE) as measured:
        for name, said in dimensions.items():
            measured.add_dimension(name, said)
