"""What a policy says of what people want: purposes, topics, pauses, and whose events are kept."""

import re
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from segue.decisions.definition import Definition
from segue.duration import Duration
from segue.profiles.countries import ELSEWHERE, country, region
from segue.profiles.us_states import state


class SoftOptIn(Definition):
    """Existing customers may be written to without having been asked, where the law has this exception."""

    event: str = "Order Completed"
    within: Duration = timedelta(days=365)


Default = Literal["granted", "denied"]
_REGION = r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$"


def _region(written: str) -> str:
    if re.fullmatch(_REGION, written):
        return written
    land, _, part = written.partition("-")
    meant = region(land, part) if country(land) != ELSEWHERE else f"US-{code}" if (code := state(written)) else None
    remedy = f"did you mean {meant!r}?" if meant else "write a country, such as GB, or a part of one, as US-NV"
    raise ValueError(f"{written!r} is no place: {remedy}")


Region = Annotated[str, AfterValidator(_region), WithJsonSchema({"type": "string", "pattern": _REGION})]


class Purpose(Definition):
    """What holds for a person who never said anything about this purpose.

    `by_region` is as `segue.decisions.regimes` says; `regions` goes before it, by country or part of one (`US-CA`).
    `categories` are what consent managers call it. `gpc`: Global Privacy Control opts out of it.
    """

    default: Literal["granted", "denied", "by_region"] = "denied"
    regions: dict[Region, Default] = Field(default_factory=dict)
    categories: tuple[str, ...] = ()
    gpc: bool = False
    soft_opt_in: SoftOptIn | None = None


class Topic(Definition):
    """What messages are about. `default`: of a person who never said anything; `unsubscribed` must be subscribed to."""

    description: str = ""
    default: Literal["subscribed", "unsubscribed"] = "subscribed"


class Pause(Definition):
    """An event after which a person is left in peace: for so long, until another event, or whichever comes first."""

    event: str = Field(min_length=1)
    for_: Duration | None = Field(default=None, alias="for")
    until_event: str | None = None
    categories: tuple[str, ...] = ("marketing",)

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.for_ is None and self.until_event is None:
            raise ValueError("a pause has an end: give it `for`, `until_event`, or both")
        return self


class Collection(Definition):
    """Events are kept only of people who consent to the purpose. `exempt_events` are kept of everybody.

    Without being named, what silences a person is kept: consent, subscriptions, do-not-disturb, pauses, bounces.
    """

    purpose: str = "analytics"
    exempt_events: tuple[str, ...] = ("Order Completed", "Order Updated", "Order Refunded", "Order Cancelled")
