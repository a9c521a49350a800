"""Deferred requests and people's timers that fall due go to their queues. Wakes on: the clock, each minute.

The next minute mends a failure. Every five minutes, in a call of its own, it releases what an outage of more than three
days left, and counts all requests that wait.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache, reduce
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from segue.aws.queues import GRACE, MOST_DELAY, PACED_AHEAD
from segue.aws.telemetry import COUNT_DEFERRED, NAMESPACE, Metric, count
from segue.aws.wiring import Wiring, wire
from segue.decisions.ports import LOOK_BACK, Backlog, together
from segue.decisions.release import Pace, People, release
from segue.decisions.rule import FORESIGHT

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)

#: The work is three calls a request, four where it is overdue, and all of it waiting. What is not done when time runs
#: out, the next minute does.
THREADS, TO_SPARE_MS = 16, 10_000


@cache
def wiring() -> Wiring:
    return wire(os.environ)


def count_deferred() -> dict[str, int]:
    """By channel, and of all; CloudWatch does not add up what has another dimension."""
    port = wiring()
    now = port.clock.now()
    waiting = port.sends.waiting(now, FORESIGHT)
    for channel, backlog in waiting.items():
        count(Metric.DEFERRED_BACKLOG, backlog.count, channel=channel)
        count(Metric.DEFERRED_OVERDUE, backlog.overdue, channel=channel)
    every = reduce(together, waiting.values(), Backlog())
    metrics.add_metric(name=Metric.DEFERRED_BACKLOG, unit=MetricUnit.Count, value=every.count)
    metrics.add_metric(name=Metric.DEFERRED_OVERDUE, unit=MetricUnit.Count, value=every.overdue)
    report_oldest(now - every.oldest if every.oldest else timedelta())
    logger.info("counted", deferred=every.count, overdue=every.overdue)
    return {"deferred": every.count}


def release_due(context: LambdaContext, ahead: timedelta, back: timedelta) -> dict[str, int]:
    """From `back` ago until `ahead`, in real time."""
    port = wiring()
    clock = port.clock
    with ThreadPoolExecutor(THREADS) as threads:
        released = release(
            sends=port.sends,
            requests=port.requests,
            deliveries=port.deliveries,
            people=People(port.profiles, port.timers),
            pace=Pace(port.policy, port.slots, clock.virtual(PACED_AHEAD), port.profiles),
            now=clock.now(),
            soon=clock.virtual(MOST_DELAY),
            grace=clock.virtual(GRACE),
            ahead=clock.virtual(ahead),
            back=back,
            mapper=threads.map,
            enough=lambda: context.get_remaining_time_in_millis() < TO_SPARE_MS,
            by_now=clock.now,
        )
    metrics.add_metric(name=Metric.DEFERRALS_RELEASED, unit=MetricUnit.Count, value=released.count)
    report_oldest(released.oldest)
    logger.info(
        "released", count=released.count, overdue=released.overdue, left=released.left, recovered=released.recovered
    )
    return {"released": released.count}


def report_oldest(late: timedelta) -> None:
    seconds = wiring().clock.real(late) / timedelta(seconds=1)
    metrics.add_metric(name=Metric.DEFERRED_OLDEST_SECONDS, unit=MetricUnit.Seconds, value=seconds)


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    if event == COUNT_DEFERRED:
        return {**release_due(context, -LOOK_BACK, FORESIGHT), **count_deferred()}
    return release_due(context, MOST_DELAY, LOOK_BACK)
