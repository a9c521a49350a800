"""What a service asks: that a message be sent to a person. Checked here, and turned into a send request."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, model_validator

from segue.decisions.decision import ApiRef, SendRequest
from segue.decisions.policy import Category, Policy
from segue.decisions.subscription import can_be_left, room_for_topic
from segue.duration import parse
from segue.events.weight import weigh
from segue.meant import meant
from segue.messages.lacking import lacking
from segue.messages.template import Template
from segue.moment import Moment

#: Of the properties, as JSON. With the traces of its decisions, the record must fit into a row of 400 KB.
MOST_PROPERTY_BYTES = 8 * 1024

#: How far ahead a message may expire, and a preview look.
LONGEST = timedelta(days=366)

#: What a key is: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header.
_KEY = r"(?=.*[!-~])[ -~]{1,255}"


class Unfit(ValueError):
    """The wish cannot be taken; the text names the field and the remedy, and quotes nothing of what was said."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _duration(text: str) -> str:
    try:
        parse(text)
    except (ValueError, OverflowError):
        raise ValueError("is no duration: write 30m, 24h or 7d") from None
    return text


#: As in a workspace, such as `3d`; whatever else was said is not quoted.
DurationText = Annotated[str, AfterValidator(_duration)]


def fit_key(key: str) -> str:
    """As it is. Raise `ValueError`, with what follows the name of the field."""
    if not re.fullmatch(_KEY, key):
        raise ValueError("is 1 to 255 letters, digits and signs of ASCII, and not blank")
    return key


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Name(_Body):
    """An identifier, in any spelling that means the same."""

    namespace: str = Field(min_length=1, max_length=64)
    value: str = Field(min_length=1, max_length=1024)


class Wish(_Body):
    """What is not said is as the template and the policy have it."""

    template: str = Field(min_length=1, max_length=200)
    profile_id: str | None = Field(default=None, min_length=1, max_length=64)
    identifier: Name | None = None
    channel: str | None = None
    channels: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=10)
    fallback: StrictBool = True
    category: str | None = None
    purpose: str | None = None
    topic: str | None = Field(default=None, min_length=1, max_length=100)
    priority: int | None = Field(default=None, ge=0, le=9, strict=True)
    expires_at: Moment | None = None
    expires_after: DurationText | None = None
    properties: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _once(self) -> Self:
        if (self.profile_id is None) == (self.identifier is None):
            raise ValueError("say whom: profile_id or identifier, one of them")
        if self.channel is not None and self.channels is not None:
            raise ValueError("say channel or channels, not both")
        if self.expires_at is not None and self.expires_after is not None:
            raise ValueError("say expires_at or expires_after, not both")
        return self

    @property
    def digest(self) -> str:
        """The same for the same wish, however it is written: also where it says what holds anyway."""
        said = self.model_dump(mode="json", exclude_defaults=True, exclude={"idempotency_key", "at"})
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class KeyedWish(Wish):
    """One of many: each has a key of its own, if any."""

    idempotency_key: Annotated[str, AfterValidator(fit_key)] | None = None


class Preview(Wish):
    """`at` a moment, what would become of the message; now, if none is said."""

    at: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By what a wish is read: the deployed policy and templates."""

    policy: Policy
    templates: Mapping[str, Template]


def send_id(key: str, whose: str) -> str:
    """From the key of a wish; `whose` the key is, since others may have the same."""
    said = hashlib.sha256(f"{whose} {key}".encode()).digest()
    return f"m-{base64.b32encode(said).decode().lower()[:26]}"


def request_of(
    wish: Wish, *, send_id: str, profile_id: str, api: ApiRef | None, terms: Terms, now: datetime
) -> SendRequest:
    """Raise `Unfit`."""
    policy = terms.policy
    template = _one_of(wish.template, "template", terms.templates)
    category_name = wish.category or template.category
    category = _one_of(category_name, "category", policy.categories)
    purpose = wish.purpose or category.purpose
    _one_of(purpose, "purpose", policy.purposes)
    topic = wish.topic or template.topic
    if topic and policy.topics:
        _one_of(topic, "topic", policy.topics)
    if topic and not can_be_left(topic, policy.channels):
        room = room_for_topic(policy.channels)
        raise Unfit("bad_request", f"topic: its name has more than {room} bytes, so that nobody could leave it")
    _check_properties(wish.properties)
    channels = _channels(wish, template, policy)
    for channel in channels:
        if lack := lacking(template, channel, wish.properties, now):
            raise Unfit("bad_request", lack)
    return SendRequest(
        send_id=send_id,
        profile_id=profile_id,
        template=template.name,
        channel=channels[0],
        category=category_name,
        requested_at=now,
        purpose=purpose,
        topic=topic,
        priority=category.priority if wish.priority is None else wish.priority,
        expires_at=_expiry(wish, category, now),
        channels=channels if len(channels) > 1 else (),
        fallbacks=_fallbacks(wish, template, channels, now),
        properties=wish.properties,
        api=api,
    )


def check_written(body: Any) -> None:
    """Whether what was sent can be written again at all. Raise `Unfit`."""
    if flaw := weigh(body).flaw:
        raise Unfit("bad_request", f"the body {flaw}")


def _channels(wish: Wish, template: Template, policy: Policy) -> tuple[str, ...]:
    if wish.channel is None and wish.channels is None:
        known = tuple(channel for channel in template.channels if channel in policy.channels)
        if not known:
            raise Unfit("bad_request", "template: has no words for any channel of the policy")
        return known
    field = "channel" if wish.channel is not None else "channels"
    asked = (wish.channel,) if wish.channel is not None else wish.channels or ()
    for channel in asked:
        _one_of(channel, field, policy.channels)
        if template.words(channel) is None:
            has = ", ".join(template.channels)
            raise Unfit("bad_request", f"{field}: the template has no words for {channel}; it has some for {has}")
    return tuple(dict.fromkeys(asked))


def _fallbacks(wish: Wish, template: Template, channels: tuple[str, ...], now: datetime) -> tuple[str, ...]:
    """For which it has words that need no more than what is given."""
    others = (each for each in template.goes_by if each not in channels) if wish.fallback else ()
    return tuple(each for each in others if not lacking(template, each, wish.properties, now))


def _expiry(wish: Wish, category: Category, now: datetime) -> datetime:
    if wish.expires_at is None:
        after = parse(wish.expires_after) if wish.expires_after else category.expires_after
        if after > LONGEST:
            raise Unfit("bad_request", f"expires_after: is more than {LONGEST.days} days")
        return now + after
    if wish.expires_at <= now:
        raise Unfit("bad_request", f"expires_at: is over; it is {now:%Y-%m-%dT%H:%M:%SZ} now")
    if wish.expires_at > now + LONGEST:
        raise Unfit("bad_request", f"expires_at: is more than {LONGEST.days} days ahead")
    return wish.expires_at


def _check_properties(properties: Mapping[str, Any]) -> None:
    weight = weigh(dict(properties))
    if weight.flaw:
        raise Unfit("bad_request", f"properties: {weight.flaw}")
    if weight.size > MOST_PROPERTY_BYTES:
        raise Unfit("too_large", f"properties: are larger than {MOST_PROPERTY_BYTES // 1024} KB")


def _one_of(name: str, field: str, known: Mapping[str, Any]) -> Any:
    if name in known:
        return known[name]
    raise Unfit("bad_request", f"{field}: there is none of this name; {meant(name, sorted(known))}")
