"""A message that may be sent goes out. Wakes on: SQS. Failures: per record, then the dead-letter queue."""

import json
import os
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from segue.aws.batch import Failures, work_off
from segue.aws.queues import GRACE, MOST_DELAY
from segue.aws.telemetry import Metric, count, count_decision
from segue.aws.wiring import Wiring, wire
from segue.decisions.decision import SendState
from segue.events.conditions import Trouble
from segue.messages.compose import Mail
from segue.messages.deliver import Post, deliver
from segue.profiles.rules import Rules

logger = Logger()

#: A call that is older than this was cut off: the function's own timeout is 30 seconds. Real time.
PATIENCE = timedelta(seconds=60)

#: After so long in the queue a message that may be sent is held against the caps again. Real time.
HELD_UP = timedelta(minutes=5)


@cache
def wiring() -> Wiring:
    return wire(os.environ)


@cache
def rules() -> Rules:
    return wiring().rules(tell)


def tell(trouble: Trouble) -> None:
    logger.warning("a value without an answer", condition=trouble.condition, why=trouble.why)


def post() -> Post:
    """Made anew each time, since signing keys are rotated; what is costly in it is kept by the wiring."""
    port = wiring()
    brand = port.workspace.brand
    mail = Mail(
        brand=brand.model_dump(),
        from_address=port.settings.from_address or brand.from_address,
        public_url=port.settings.public_url,
        keys=port.signing_keys.keys(),
        read=rules().read,
    )
    return Post(
        policy=port.workspace.policy,
        profiles=port.profiles,
        sends=port.sends,
        templates=port.templates,
        mailer=port.mailer,
        inbox=port.inbox,
        outcomes=port.machines,
        announcements=port.bus,
        mail=mail,
        patience=port.clock.virtual(PATIENCE),
        held_up=port.clock.virtual(HELD_UP),
        late=port.clock.virtual(MOST_DELAY + GRACE),
        paused=port.registry.paused,
    )


def deliver_one(body: str) -> None:
    where = json.loads(body)
    ended = deliver(where["profile_id"], where["key"], post=post(), now=wiring().clock.now())
    if ended is None:
        logger.info("delivered before", key=where["key"])
        return
    count_decision(ended)
    if ended.state is SendState.DEFERRED:
        logger.info("put back", send_id=ended.request.send_id, attempt=ended.attempt)
        return
    said = {"state": ended.state.value, "reason": ended.reason, "detail": ended.detail}
    logger.info("delivered", send_id=ended.request.send_id, channel=ended.message.channel, extra=said)
    count(Metric.MESSAGES, channel=ended.message.channel)
    count(Metric.MESSAGES, state=ended.state.value)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Failures:  # noqa: ARG001 - Lambda passes it
    return work_off(event, deliver_one, logger)
