"""A state machine's own tasks: steps wait, act, or end a run. Wakes on: SQS. Failures: per record, then the DLQ."""

import os
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from segue.aws.batch import Failures, work_off
from segue.aws.telemetry import Metric, count
from segue.aws.wiring import Wiring, wire
from segue.events.conditions import Trouble
from segue.journeys.runs import ENDED
from segue.journeys.waits import ActTask, Ports, perform, task
from segue.profiles.profile import Profile
from segue.profiles.rules import Rules
from segue.profiles.runs import Run

if TYPE_CHECKING:
    from segue.journeys.acts import Acting

logger = Logger()


@cache
def wiring() -> Wiring:
    return wire(os.environ)


@cache
def ports() -> Ports:
    wired = wiring()
    return Ports(
        profiles=wired.profiles,
        machines=wired.machines,
        announcements=wired.bus,
        act=do,
        tell=tell,
        read=lambda profile, now, words: rules().read(profile, now, words),
        at=wired.clock.at,
    )


@cache
def acting() -> "Acting":
    from segue.aws.receiving import receiving  # noqa: PLC0415 - most steps only wait
    from segue.journeys.acts import Acting  # noqa: PLC0415
    from segue.profiles.receive import receive  # noqa: PLC0415

    wired = wiring()
    taking = receiving(wired, rules(), tell)
    return Acting(
        receive=lambda event: receive([event], taking, event.timestamp),
        signals=wired.signals,
        journeys=wired.workspace.journeys_by_name,
        brand=wired.workspace.brand.model_dump(),
        tell=tell,
        read=rules().read,
    )


def do(asked: ActTask, run: Run, profile: Profile, at: datetime) -> str:
    from segue.journeys.acts import act  # noqa: PLC0415 - most steps only wait

    return act(asked, run, profile, at, acting())


@cache
def rules() -> Rules:
    """Only read where a step has a condition, or does something."""
    return wiring().rules(tell)


def tell(trouble: Trouble) -> None:
    logger.warning("condition without an answer", condition=trouble.condition, why=trouble.why)
    count(Metric.CONDITION_TROUBLE)


def perform_one(body: str) -> None:
    asked = task(body)
    what = perform(asked, ports(), wiring().clock.now())
    logger.info("task", action=asked.action, run_id=asked.run_id, answer=what)
    if what == ENDED:
        count(Metric.RUNS_ENDED)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:  # noqa: ARG001 - Lambda passes it
    return work_off(event, perform_one, logger)
