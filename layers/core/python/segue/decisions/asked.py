"""A send request as it travels: as a journey's state machine asks, as the API does, as it is woken after a deferral.

What the API asks for is kept before it travels, as what was deferred is: so its form is that of a woken one.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, TypeAdapter

from segue.decisions.decision import RunRef, SendRequest
from segue.decisions.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`attempt` counts the decisions that were taken already: 0 for a new request."""

    request: SendRequest
    attempt: int = 0


class _Wish(BaseModel):
    """As a send step writes it. `entered_at` is real time; what is `None` is as the policy says for the category.

    What machines of earlier versions do not say is as it was for them.
    """

    model_config = ConfigDict(extra="forbid")

    profile_id: str
    run: RunRef
    template: str
    channel: str
    channels: tuple[str, ...] = ()
    fallback: bool = False
    category: str
    purpose: str | None = None
    topic: str | None = None
    priority: int | None = None
    expires_after_seconds: float | None = None
    entered_at: datetime
    token: str
    caused_at: datetime | None = None
    touches: int = 0
    max_touches: int | None = None


_WOKEN = TypeAdapter(Asked)


#: The channels for which a template has words, as a run knows it; none for one that there is not.
Words = Callable[[str, RunRef | None], tuple[str, ...]]


def read(body: str, *, policy: Policy, words: Words, at: Callable[[datetime], datetime]) -> Asked:
    """`at` turns a real moment into one of our clock. Raise `ValueError` when the body is neither form."""
    said = json.loads(body)
    if isinstance(said, dict) and "request" in said:
        return _WOKEN.validate_python(said)
    wish = _Wish.model_validate(said)
    category = policy.category(wish.category)
    requested_at = at(wish.entered_at.astimezone(UTC))
    expires_after = (
        category.expires_after if wish.expires_after_seconds is None else timedelta(seconds=wish.expires_after_seconds)
    )
    return Asked(
        request=SendRequest(
            send_id=f"{wish.run.run_id}.{wish.run.step}",
            profile_id=wish.profile_id,
            template=wish.template,
            channel=wish.channel,
            channels=wish.channels,
            fallbacks=_others(wish, words(wish.template, wish.run)) if wish.fallback else (),
            category=wish.category,
            requested_at=requested_at,
            purpose=wish.purpose or category.purpose,
            topic=wish.topic,
            priority=category.priority if wish.priority is None else wish.priority,
            expires_at=requested_at + expires_after,
            run=wish.run,
            token=wish.token,
            caused_at=wish.caused_at,
            touches=wish.touches,
            max_touches=wish.max_touches,
        )
    )


def _others(wish: _Wish, words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(channel for channel in words if channel not in (wish.channel, *wish.channels))


def write(asked: Asked) -> str:
    """The woken form, without the properties: those are read with the record."""
    return _WOKEN.dump_json(asked, exclude_none=True, exclude={"request": {"properties"}}).decode()
