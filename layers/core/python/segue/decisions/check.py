"""What is wrong with a policy beyond its form: names that nobody defines, and hours that the law leaves nothing of."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from segue.decisions.at_odds import hours_at_odds
from segue.decisions.limits import Cap
from segue.decisions.narrow import leaving_little, outlasting
from segue.decisions.places import no_place
from segue.decisions.policy import CHANNELS, Channel, Policy
from segue.decisions.subscription import can_be_left, room_for_topic
from segue.events.names import Place, unheard, unknown
from segue.events.plan import TrackingPlan
from segue.problem import Kind, Problem

_OF_ZERO = "write 1 or more; to write to nobody by a channel, take it out of the journeys"


def problems(
    policy: Policy,
    plan: TrackingPlan,
    templates: Collection[str] | None = None,
    *,
    visits: bool = True,
    senders: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[Problem]:
    """`templates` are all that there are, if that is known; `visits`, whether anybody tells when a person is there.

    `senders` are the journeys that send by each channel.
    """
    for place, event in _events(policy):
        yield from unheard(place, event, plan)
    for number, pause in enumerate(policy.pauses):
        for category in pause.categories:
            yield from _unknown(("pauses", number, "categories"), "category", category, policy.categories)
    for number, region in enumerate(policy.possible_regions):
        yield from no_place(("possible_regions", number), region)
    for name, purpose in policy.purposes.items():
        for region in purpose.regions:
            yield from no_place(("purposes", name, "regions", region), region)
    for name, rules in policy.categories.items():
        yield from _unknown(("categories", name, "purpose"), "purpose", rules.purpose, policy.purposes)
    yield from _of_topics(policy)
    yield from _of_closed_days(policy)
    yield from hours_at_odds(policy, senders or {})
    yield from leaving_little(policy)
    yield from _limits(policy)
    yield from outlasting(_caps(policy), policy)
    for name, channel in policy.channels.items():
        yield from no_channel(("channels", name), name)
        yield from _channel(name, channel, policy, templates, visits=visits)
    if policy.collection:
        yield from _unknown(("collection", "purpose"), "purpose", policy.collection.purpose, policy.purposes)


def no_channel(place: Place, name: str) -> Iterator[Problem]:
    """Of a name that no message can have words for: most likely it is another one, misspelt."""
    if name not in CHANNELS:
        hint = f"the channels are: {', '.join(CHANNELS)}"
        yield unknown(place, Kind.UNKNOWN_WORD, "channel", name, CHANNELS, hint=hint)


def too_long_a_topic(place: Place, topic: str | None, policy: Policy) -> Iterator[Problem]:
    """One that nobody could leave, since no profile keeps so long a name."""
    if topic and not can_be_left(topic, policy.channels):
        hint = f"its name has at most {room_for_topic(policy.channels)} bytes"
        yield Problem(place=place, message="nobody could unsubscribe from a topic of so long a name", hint=hint)


def _of_topics(policy: Policy) -> Iterator[Problem]:
    for topic in policy.topics:
        yield from too_long_a_topic(("topics", topic), topic, policy)


def _of_closed_days(policy: Policy) -> Iterator[Problem]:
    for number, closed in enumerate(policy.closed):
        for category in closed.categories:
            yield from _unknown(("closed", number, "categories"), "category", category, policy.categories)
        for channel in closed.channels or ():
            yield from _unknown(("closed", number, "channels"), "channel", channel, policy.channels)


def _events(policy: Policy) -> Iterator[tuple[Place, str]]:
    for number, pause in enumerate(policy.pauses):
        yield ("pauses", number, "event"), pause.event
        if pause.until_event:
            yield ("pauses", number, "until_event"), pause.until_event
    for name, purpose in policy.purposes.items():
        if purpose.soft_opt_in:
            yield ("purposes", name, "soft_opt_in", "event"), purpose.soft_opt_in.event
    if policy.collection and "exempt_events" in policy.collection.model_fields_set:
        for number, event in enumerate(policy.collection.exempt_events):
            yield ("collection", "exempt_events", number), event


def _limits(policy: Policy) -> Iterator[Problem]:
    for place, cap in _caps(policy):
        for category in cap.categories or ():
            yield from _unknown((*place, "categories"), "category", category, policy.categories)
        for channel in cap.channels or ():
            yield from _unknown((*place, "channels"), "channel", channel, policy.channels)
        for topic in cap.topics or ():
            if policy.topics:
                yield from _unknown((*place, "topics"), "topic", topic, policy.topics)
        if cap.limit == 0:
            message = "a cap of 0 lets nothing through, for ever"
            yield Problem(place=(*place, "limit"), message=message, hint=_OF_ZERO, kind=Kind.NEVER)


def _caps(policy: Policy) -> Iterator[tuple[Place, Cap]]:
    for name, channel in policy.channels.items():
        if channel.cap:
            yield ("channels", name, "cap"), channel.cap
    for number, cap in enumerate(policy.caps):
        yield ("caps", number), cap
    if policy.total:
        yield ("total",), policy.total


def _channel(
    name: str, channel: Channel, policy: Policy, templates: Collection[str] | None, *, visits: bool
) -> Iterator[Problem]:
    here: Place = ("channels", name)
    if fallback := channel.fallback:
        yield from _unknown((*here, "fallback"), "channel", fallback.to, policy.channels)
        if fallback.template and templates is not None and fallback.template not in templates:
            hint = "write it as a file in templates/"
            place = (*here, "fallback", "template")
            yield unknown(place, Kind.UNKNOWN_TEMPLATE, "template", fallback.template, templates, hint=hint)
        if name in _led_to(name, policy):
            message = f"what falls back from {name} comes back to {name}"
            yield Problem(place=(*here, "fallback"), message=message, hint="let one of them end it", kind=Kind.CIRCLE)
    per_visit = channel.cap is not None and channel.cap.per == "visit"
    if (channel.visit or per_visit) and not visits:
        message = f"{name} is for people who are there, and nobody tells when they are"
        yield Problem(place=here, message=message, hint="add `sessions:` to traits.yaml", kind=Kind.NEVER)


def _led_to(channel: str, policy: Policy) -> Iterator[str]:
    seen: set[str] = set()
    while channel in policy.channels and (fallback := policy.channels[channel].fallback) and fallback.to not in seen:
        seen.add(channel := fallback.to)
        yield channel


def _unknown(place: Place, word: str, name: str, known: Collection[str]) -> Iterator[Problem]:
    if name not in known:
        yield unknown(place, Kind.NOT_IN_POLICY, word, name, known, hint=f"policy.yaml knows: {', '.join(known)}")
