"""One call in the Segment spec becomes an event, or a rejected event with everything that is wrong with it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, get_args

from segue.events.bounds import MOST_TRAIT_BYTES, cut, is_trait
from segue.events.carried import ByPlan
from segue.events.enrichment.addresses import IpAddresses, governed
from segue.events.enrichment.enrich import enriched
from segue.events.enrichment.visitor import NOBODY, Visitor
from segue.events.event import MOST_ID_CHARACTERS, NAMES, OWN_NAMES, Event, EventType
from segue.events.identity import Identity
from segue.events.plan import MOST_NOTES, Fitted, TrackingPlan, Violation, limited
from segue.events.recognise import Recognised, recognise
from segue.events.rejected import Rejected
from segue.events.request import MOST_EVENT_BYTES
from segue.events.times import happened, parse_time
from segue.events.vouching import Trust, with_verdict
from segue.events.weight import Weight, is_unicode, weigh

TOO_LARGE = f"the event is larger than {MOST_EVENT_BYTES // 1024} KB"
#: A rejected call that is larger is kept as an excerpt, since a row of the table has its limit.
_MOST_KEPT_BYTES = 128 * 1024
_EXCERPT_CHARACTERS = 32 * 1024

_TYPES = frozenset(get_args(EventType))
_IDENTITY = Identity()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """How calls reached us, and what those of one batch share: `context`, `sent_at`, and the `digest` of the request.

    `new_id` makes an id that nothing else has; `barred` says why an event of that name may not come this way; `trust`
    how far it is believed when it says who somebody is.
    `opted_out`: the person's own browser said so (Global Privacy Control), whatever the call says of it.
    `visitor` is what the call itself tells of the person; `ip_addresses`, what becomes of one in a context.
    """

    source: str
    received_at: datetime
    plan: TrackingPlan
    digest: str
    new_id: Callable[[], str]
    context: Mapping[str, Any] = field(default_factory=dict)
    sent_at: Any = None
    barred: Callable[[str], str | None] = lambda _name: None
    identity: Identity = _IDENTITY
    trust: Trust = field(default_factory=Trust)
    opted_out: bool = False
    visitor: Visitor = NOBODY
    ip_addresses: IpAddresses = "drop"


def read(call: Any, position: int, by: Reception) -> Event | Rejected:
    """`position` is the call's in its batch."""
    reading = _Reading(_merged(call, by) if isinstance(call, dict) else {})
    came = reading.call if isinstance(call, dict) else call
    weight = _weighed(came, reading)
    said = _event(reading, position, by) if isinstance(call, dict) else None
    fitted = by.plan.fit(said.name, said.properties, _own_traits(said)) if said and not weight.flaw else None
    recognised = _recognised(said, fitted, reading, by) if said else None
    event = recognised.event if recognised else None
    if event and (why := _barred(event.name, by)):
        reading.violations.append(Violation("event", why, "key"))
    if event and fitted:
        if not (reading.violations or fitted.violations):
            return _as_planned(event, fitted)
        reading.violations.extend(fitted.violations)
    known = event.message_id if event else reading.text("messageId", of_at_most=MOST_ID_CHARACTERS)
    return Rejected(
        id=known or _made_id(by, position),
        source=by.source,
        received_at=by.received_at,
        violations=limited(reading.violations),
        payload=_kept(came, weight, recognised, by),
    )


def _barred(name: str, by: Reception) -> str | None:
    """What Segue concludes, nobody else may tell: journeys act on it, and could not know which is true."""
    if name in OWN_NAMES:
        return f"{name!r} is told by Segue alone, when it is so: give an event of your own another name"
    return by.barred(name)


def _kept(call: Any, weight: Weight, recognised: Recognised | None, by: Reception) -> Any:
    """Of a browser's call nothing is kept, not even an excerpt, before its hashes are taken off."""
    if not by.trust.public:
        return kept(call, weight)
    judged = with_verdict(call, recognised.vouched if recognised else ())
    return kept(judged, weigh(judged))


class _Reading:
    """Reads the fields of one call and collects what is wrong with them."""

    def __init__(self, call: Mapping[str, Any]) -> None:
        self.call = call
        self.violations: list[Violation] = []

    def wrong(self, field: str, message: str) -> None:
        self.violations.append(Violation(field, message))

    def text(self, field: str, *, required: bool = False, of_at_most: int = 1024) -> str | None:
        """Numbers are taken for texts, as the Segment API does."""
        value = self.call.get(field)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if value is None or (isinstance(value, str) and not value.strip()):
            if required:
                self.wrong(field, "is required")
            return None
        if not isinstance(value, str):
            self.wrong(field, "must be a string")
        elif len(value) > of_at_most:
            self.wrong(field, f"must have at most {of_at_most} characters")
        elif not is_unicode(value):
            self.wrong(field, "must be Unicode")
        else:
            return value
        return None

    def object(self, field: str) -> dict[str, Any]:
        value = self.call.get(field)
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        self.wrong(field, "must be an object")
        return {}

    def time(self, *fields: str) -> datetime | None:
        """Of the first of these fields that says one."""
        for name in fields:
            try:
                if at := parse_time(self.call.get(name)):
                    return at
            except ValueError as error:
                self.wrong(name, str(error))
        return None


def _recognised(event: Event, fitted: Fitted | None, reading: _Reading, by: Reception) -> Recognised:
    """By what it says under its own names and under the plan's, whatever the plan takes off."""
    by_plan = _by_plan(event, fitted) if fitted else None
    recognised = recognise(event, by.identity, by.trust, by_plan)
    if recognised.nobody and not _named(reading, "userId", "anonymousId"):
        reading.violations.insert(0, recognised.nobody)
    return recognised


def _by_plan(event: Event, fitted: Fitted) -> ByPlan | None:
    """Only where an alias was renamed: most events say all under the names of the plan."""
    properties, traits = fitted.said
    same = properties is event.properties and (traits is event.traits or not _own_traits(event))
    return None if same else (properties, traits)


def _event(reading: _Reading, position: int, by: Reception) -> Event | None:
    kind = reading.call.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        reading.wrong("type", f"must be one of {', '.join(sorted(_TYPES))}")
        return None
    type_: EventType = kind  # type: ignore[assignment]  # it is one of them: looked up above
    user_id, anonymous_id = reading.text("userId", required=type_ == "alias"), reading.text("anonymousId")
    original, sent = reading.time("originalTimestamp", "timestamp"), reading.time("sentAt")
    moment = happened(original, sent, by.received_at)
    message_id, notes = reading.text("messageId", of_at_most=MOST_ID_CHARACTERS), moment.notes
    if message_id is None:
        message_id = _made_id(by, position) if original or sent or reading.violations else by.new_id()
        notes = (*notes, "messageId was missing: made")
    name, properties = _name(reading, type_, by.plan), _properties(reading, type_)
    known = enriched(reading.object("context"), by.visitor, properties if type_ == "page" else None)
    return Event(
        message_id=message_id,
        type=type_,
        name=name,
        timestamp=moment.at,
        received_at=by.received_at,
        client_time=original,
        source=by.source,
        user_id=user_id,
        anonymous_id=anonymous_id,
        previous_id=reading.text("previousId", required=type_ == "alias") if type_ == "alias" else None,
        group_id=reading.text("groupId", required=True) if type_ == "group" else None,
        properties=properties,
        traits=reading.object("traits"),
        context=known.context,
        notes=(*notes, *known.notes),
    )


def _name(reading: _Reading, type_: EventType, plan: TrackingPlan) -> str:
    if type_ != "track":
        return NAMES[type_]
    return plan.canonical((reading.text("event", required=True) or "").strip())


def _properties(reading: _Reading, type_: EventType) -> dict[str, Any]:
    """A page's and a screen's name and category stand beside the properties in the call, but belong to them."""
    properties = reading.object("properties")
    if type_ in ("page", "screen"):
        said = {field: reading.text(field) for field in ("name", "category")}
        return {field: text for field, text in said.items() if text is not None} | properties
    return properties


def _as_planned(event: Event, fitted: Fitted) -> Event:
    traits = fitted.traits if event.type == "identify" else event.traits
    notes = (*fitted.notes, *_too_large(event, traits))
    if fitted.properties is event.properties and traits is event.traits and not notes:
        return event
    return replace(event, properties=fitted.properties, traits=traits, notes=(*event.notes, *notes))


def _too_large(event: Event, traits: Mapping[str, Any]) -> list[str]:
    """What stays in the timeline, and becomes no trait of the person."""
    carried = event.context.get("traits")
    said = [*(carried.items() if isinstance(carried, dict) else ()), *(traits.items() if event.traits else ())]
    large = [cut(name) for name, value in said if not is_trait(name, value)]
    return [f"the trait {name} is larger than {MOST_TRAIT_BYTES} bytes: not kept" for name in large[:MOST_NOTES]]


def _own_traits(event: Event) -> Mapping[str, Any]:
    return event.traits if event.type == "identify" else {}


def _named(reading: _Reading, *fields: str) -> bool:
    """Whether one of the fields has been found wrong already."""
    return any(violation.field in fields for violation in reading.violations)


def _made_id(by: Reception, position: int) -> str:
    """The same for a byte-by-byte retry of a request."""
    return f"made-{hashlib.sha256(f'{by.source}/{by.digest}/{position}'.encode()).hexdigest()[:32]}"


def _merged(call: dict[str, Any], by: Reception) -> dict[str, Any]:
    """What the call says itself wins over what its batch says."""
    merged = dict(call)
    if by.sent_at is not None and merged.get("sentAt") is None:
        merged["sentAt"] = by.sent_at
    context = merged.get("context")
    if by.context and (context is None or isinstance(context, dict)):
        merged["context"] = _joined(by.context, context or {})
    if by.opted_out and isinstance(merged.get("context") or {}, dict):
        merged["context"] = _opted_out(merged.get("context") or {})
    if isinstance(merged.get("context"), dict):
        merged["context"] = governed(merged["context"], by.ip_addresses)
    return merged


def _opted_out(context: Mapping[str, Any]) -> dict[str, Any]:
    privacy = context.get("privacy")
    return {**context, "privacy": {**(privacy if isinstance(privacy, dict) else {}), "gpc": True}}


def _joined(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    joined = {**below, **above}
    for name in below.keys() & above.keys():
        if isinstance(below[name], dict) and isinstance(above[name], dict):
            joined[name] = _joined(below[name], above[name])
    return joined


def _weighed(call: Any, reading: _Reading) -> Weight:
    """Finds what cannot travel."""
    if not isinstance(call, dict):
        reading.wrong("", "the event must be an object")
    weight = weigh(call)
    if weight.size > MOST_EVENT_BYTES:
        reading.wrong("", TOO_LARGE)
    if weight.flaw:
        reading.wrong("", f"the event {weight.flaw}")
    return weight


def kept(value: Any, weight: Weight) -> Any:
    """What is kept of something rejected: itself, or the beginning of its JSON when a row could not hold it."""
    if weight.flaw or weight.size > _MOST_KEPT_BYTES:
        return {"excerpt": weight.text[:_EXCERPT_CHARACTERS]}
    return value
