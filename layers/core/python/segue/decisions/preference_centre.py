"""What a person wishes: which channels and topics, when, by what; as it stands, and as it is to be.

It is kept as what it always was: subscriptions and do-not-disturb as events of their own, the rest as traits. So it is
changed by events too, like everything of a person.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool
from pydantic_core import to_jsonable_python

from segue.decisions.hours import Hours
from segue.decisions.policy import Policy
from segue.decisions.subscription import ALL, can_be_left, room_for_topic, subscribed, unsubscribed
from segue.events.event import OWN_SOURCE, Event, belonging_to
from segue.events.identifier import Identifier
from segue.events.zones import zone_named
from segue.moment import Moment
from segue.profiles.bounds import MOST_SUBSCRIPTIONS
from segue.profiles.fold import fold
from segue.profiles.profile import SUBSCRIBED, UNSUBSCRIBED, Part, subscription_key
from segue.profiles.quiet import CLEARED, PREFERENCES_UPDATED, SET


def _kept_in(policy: Policy) -> dict[str, str | None]:
    """The traits in which they are kept; none, where the policy asks for none."""
    names = policy.preferences
    return {
        "quiet_hours": names.quiet_hours,
        "send_time": names.send_time,
        "preferred_channel": names.channel,
        "time_zone": "timezone",
    }


def _hours(text: str) -> str:
    try:
        return str(Hours.parse(text))
    except ValueError:
        raise ValueError("are no hours: write them as 22:00-07:00") from None


def _zone(name: str) -> str:
    if zone_named(name) is None:
        raise ValueError("is no IANA time zone: write one such as Europe/Berlin; it cannot be taken away")
    return name


HoursText = Annotated[str, AfterValidator(_hours)]


class Undisturbed(BaseModel):
    """Until a moment."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    until: Moment


class Wanted(BaseModel):
    """What is not said stays as it is. A topic is for all channels (`true`), or channel by channel."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    channels: dict[str, StrictBool] = Field(default_factory=dict, max_length=20)
    topics: dict[str, StrictBool | dict[str, StrictBool]] = Field(default_factory=dict, max_length=50)
    quiet_hours: HoursText | None = None
    send_time: HoursText | None = None
    preferred_channel: str | None = None
    time_zone: Annotated[str, AfterValidator(_zone)] = ""
    do_not_disturb: StrictBool | Undisturbed | None = None


class NotWanted(ValueError):
    """It cannot be wished for; the text names the field."""


def preferences(part: Part, policy: Policy, now: datetime) -> dict[str, Any]:
    """As they hold, plain."""
    channels = _channels(policy)
    topics = sorted({*policy.topics, *(key.partition("/")[2] for key in part.subscriptions if "/" in key)})
    kept_in = _kept_in(policy)
    traits = {wish: part.traits[trait].value for wish, trait in kept_in.items() if trait and trait in part.traits}
    quiet = part.quiet if part.quiet and part.quiet.holds(now) else None
    return {
        "channels": {channel: unsubscribed(part, channel, None) is None for channel in channels},
        "topics": {
            topic: {channel: _subscribed(part, channel, topic, policy) for channel in channels} for topic in topics
        },
        "quiet_hours": traits.get("quiet_hours"),
        "send_time": traits.get("send_time"),
        "preferred_channel": traits.get("preferred_channel"),
        "time_zone": part.time_zone.value if part.time_zone else None,
        "do_not_disturb": {"until": to_jsonable_python(quiet.until)} if quiet else None,
    }


def _channels(policy: Policy) -> list[str]:
    """Those that can bother anybody."""
    return sorted(set(policy.channels) - policy.unexposed)


def changes(wanted: Wanted, identifier: Identifier, policy: Policy, now: datetime) -> tuple[Event, ...]:
    """The events by which the person of the identifier comes to be so. Their ids follow from what is said and when.

    What is wider is said a moment earlier, so that what is narrower lifts it. Raise `NotWanted`.
    """
    _check(wanted, policy, now)
    said = [*_subscriptions(wanted), *_quiet(wanted), *_traits(wanted, policy)]
    return tuple(_event(name, given, identifier, now + later) for name, given, later in said)


def as_they_will_be(part: Part, events: tuple[Event, ...]) -> Part:
    """Once the events have come. Raise `NotWanted` when there is no room for all the topics that were ever said."""
    after, said = part, set(part.subscriptions)
    for event in events:
        after = fold(after, event)
        if event.name in (SUBSCRIBED, UNSUBSCRIBED):
            said.add(subscription_key(event.properties["channel"], event.properties.get("topic")))
    if not said <= after.subscriptions.keys():
        raise NotWanted(f"topics: there is no room for so many; of a person {MOST_SUBSCRIPTIONS} are kept")
    return after


def _check(wanted: Wanted, policy: Policy, now: datetime) -> None:
    channels = _channels(policy)
    known = ", ".join(channels)
    said: list[tuple[str, str]] = [("channels", channel) for channel in wanted.channels]
    said += [("topics", each) for by in wanted.topics.values() if isinstance(by, dict) for each in by]
    said += [("preferred_channel", wanted.preferred_channel)] if wanted.preferred_channel else []
    for field, each in said:
        if each not in channels and (field == "preferred_channel" or each != ALL):
            raise NotWanted(f"{field}: there is no such channel; known are: {known}")
    unknown = [topic for topic in wanted.topics if policy.topics and topic not in policy.topics]
    if unknown:
        raise NotWanted(f"topics: there is no such topic; known are: {', '.join(sorted(policy.topics))}")
    asked_for_none = [wish for wish, trait in _kept_in(policy).items() if wish in wanted.model_fields_set and not trait]
    if asked_for_none:
        raise NotWanted(f"{asked_for_none[0]}: policy.yaml asks for none, under `preferences`")
    if any(not topic.strip() or "/" in topic for topic in wanted.topics):
        raise NotWanted("topics: a topic has a name, without a slash")
    if not all(can_be_left(topic, policy.channels) for topic in wanted.topics):
        raise NotWanted(f"topics: a name has at most {room_for_topic(policy.channels)} bytes")
    if isinstance(wanted.do_not_disturb, Undisturbed) and wanted.do_not_disturb.until <= now:
        raise NotWanted(f"do_not_disturb.until: is over; it is {now:%Y-%m-%dT%H:%M:%SZ} now")


#: The event, what it says, and how much later than others.
_Said = tuple[str, dict[str, Any], timedelta]


def _subscriptions(wanted: Wanted) -> Iterator[_Said]:
    keys: dict[tuple[str, str | None], bool] = {(channel, None): on for channel, on in wanted.channels.items()}
    for topic, on in wanted.topics.items():
        by_channel = on if isinstance(on, dict) else {ALL: on}
        keys.update({(channel, topic): each for channel, each in by_channel.items()})
    for (channel, about), on in keys.items():
        later = timedelta(milliseconds=2 * (about is not None) + (channel != ALL))
        said = {"channel": channel} | ({"topic": about} if about else {})
        yield SUBSCRIBED if on else UNSUBSCRIBED, {"properties": said}, later


def _quiet(wanted: Wanted) -> Iterator[_Said]:
    match wanted.do_not_disturb:
        case Undisturbed(until=until):
            yield SET, {"properties": {"until": until.isoformat()}}, timedelta()
        case True:
            yield SET, {}, timedelta()
        case False:
            yield CLEARED, {}, timedelta()
        case None if "do_not_disturb" in wanted.model_fields_set:
            yield CLEARED, {}, timedelta()


def _traits(wanted: Wanted, policy: Policy) -> Iterator[_Said]:
    wishes = {wish: trait for wish, trait in _kept_in(policy).items() if wish in wanted.model_fields_set}
    said = {trait: getattr(wanted, wish) for wish, trait in wishes.items() if trait}
    if said:
        yield PREFERENCES_UPDATED, {"context": {"traits": said}}, timedelta()


def _event(name: str, given: dict[str, Any], identifier: Identifier, at: datetime) -> Event:
    said = "|".join((str(identifier), name, repr(sorted(given.items())), at.isoformat()))
    event = Event(
        message_id=f"preferences-{hashlib.sha256(said.encode()).hexdigest()[:32]}",
        type="track",
        name=name,
        timestamp=at,
        received_at=at,
        source=OWN_SOURCE,
    )
    return belonging_to(identifier, replace(event, **given))


def _subscribed(part: Part, channel: str, topic: str, policy: Policy) -> bool:
    if unsubscribed(part, channel, topic):
        return False
    return not policy.opt_in(topic) or subscribed(part, channel, topic)
