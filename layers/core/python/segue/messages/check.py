"""What is wrong with a template before anybody is sent it: bad Liquid, variables and filters that do not exist."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace

from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from segue.decisions.check import too_long_a_topic
from segue.decisions.policy import Policy
from segue.events.plan import TrackingPlan
from segue.events.properties import Properties
from segue.meant import meant
from segue.messages.render import complaint, liquid, parsed
from segue.messages.template import Template
from segue.problem import Kind, Problem

#: What every template may name; `*` stands for any name.
KNOWN = frozenset(
    {
        ("now",),
        ("unsubscribe_url",),
        ("brand", "name"),
        ("brand", "url"),
        ("brand", "address"),
        ("brand", "from_address"),
        ("message", "properties", "*"),
        ("profile", "id"),
        ("profile", "user_id"),
        ("profile", "anonymous_ids"),
        ("profile", "time_zone"),
        ("profile", "first_source", "*"),
        ("profile", "last_source", "*"),
        ("profile", "traits", "*"),
        ("profile", "events", "*"),
        ("profile", "computed", "*"),
        ("profile", "rfm", "*"),
        ("profile", "engagement", "*"),
        ("profile", "segments"),
        ("profile", "lifecycle"),
        ("profile", "session", "*"),
        ("run", "id"),
        ("run", "journey"),
        ("run", "entry", "name"),
        ("run", "entry", "timestamp"),
        ("run", "entry", "properties", "*"),
    }
)
_TRAITS, _PROPERTIES = ("profile", "traits"), ("run", "entry", "properties")


def problems(
    template: Template, plan: TrackingPlan, entry_events: Iterable[str] = (), policy: Policy | None = None
) -> Iterator[Problem]:
    """`entry_events` begin the journeys that send it: what they carry is what `run.entry.properties` may name."""
    if not template.channels:
        message, hint = f"template {template.name!r} says nothing", "add `email:`, `in_app:` or `inbox:`"
        yield Problem(place=(), message=message, hint=hint, kind=Kind.SAYS_NOTHING)
    events = tuple(dict.fromkeys(plan.canonical(event) for event in entry_events))
    for channel in template.channels:
        words = template.words(channel)
        for field, source, markup in words.texts() if words else ():
            for flaw in of_text(source, plan, events, markup=markup):
                yield replace(flaw, place=(channel, field))
    topics = policy.topics if policy else {}
    if topics and template.topic and template.topic not in topics:
        message = f"there is no topic {template.topic!r}"
        yield Problem(
            place=("topic",), message=message, hint=f"policy.yaml knows: {', '.join(topics)}", kind=Kind.UNKNOWN_TOPIC
        )
    if not topics:
        yield from too_long_a_topic(("topic",), template.topic, policy or Policy())
    offers = (policy or Policy()).category(template.category).unsubscribe
    if template.email and offers and "unsubscribe_url" not in template.email.html:
        hint = 'add a link to "{{ unsubscribe_url }}", or make its category transactional'
        message = f"a {template.category} e-mail without a way to unsubscribe"
        yield Problem(place=("email", "html"), message=message, hint=hint, kind=Kind.NO_UNSUBSCRIBE)


def of_text(
    source: str,
    plan: TrackingPlan,
    events: tuple[str, ...] = (),
    *,
    markup: bool = False,
    more: AbstractSet[tuple[str, ...]] = frozenset(),
) -> Iterator[Problem]:
    """What is wrong with one text; where the text stands is for the caller to say. `more`: what it may name besides."""
    try:
        template = parsed(source, markup=markup)
        analysis = template.analyze()
    except LiquidError as error:
        hint = "see https://shopify.github.io/liquid"
        yield Problem(place=(), message=f"not Liquid: {complaint(error)}", hint=hint, kind=Kind.NOT_LIQUID)
        return
    known_filters = liquid(markup=markup).filters
    for name in analysis.filters:
        if name not in known_filters:
            yield _flaw(f"there is no filter {name!r}", name, known_filters, Kind.UNKNOWN_FILTER)
    for path in sorted(set(_paths(template))):
        if not any(_leads(path, known) for known in more):
            yield from _unknown(path, plan, events)


def _paths(template: BoundTemplate) -> Iterator[tuple[str, ...]]:
    """The variables that are not made in the template, as far as their way is written out."""
    for variables in template.analyze().globals.values():
        for variable in variables:
            path: list[str] = []
            for segment in variable.segments:
                if not isinstance(segment, str):
                    break
                path.append(segment)
            yield tuple(path)


def _unknown(path: tuple[str, ...], plan: TrackingPlan, events: tuple[str, ...]) -> Iterator[Problem]:
    name = ".".join(path)
    if not any(_leads(path, known) for known in KNOWN):
        written = sorted(".".join(known) for known in KNOWN)
        yield _flaw(f"there is no variable {name!r}", name, written, Kind.UNKNOWN_VARIABLE)
        return
    if path[:2] == _TRAITS and len(path) > len(_TRAITS) and plan.traits and path[2] not in plan.traits:
        yield _flaw(f"the tracking plan knows no trait {path[2]!r}", path[2], plan.traits, Kind.UNKNOWN_TRAIT)
    if path[:3] == _PROPERTIES and len(path) > len(_PROPERTIES):
        for event in events:
            planned = plan.event(event)
            if planned and planned.properties and path[3] not in planned.properties:
                yield _property(path[3], event, planned.properties)


def _property(name: str, event: str, planned: Properties) -> Problem:
    if canonical := next((known for known, each in planned.items() if name in each.aliases), None):
        message, hint = f"{name!r} is only an alias of a property of {event!r}", f"write {canonical!r}"
        return Problem(place=(), message=message, hint=hint, kind=Kind.PROPERTY_ALIAS, about=name)
    return _flaw(f"{event!r} has no property {name!r}", name, planned, Kind.UNKNOWN_PROPERTY)


def _leads(path: tuple[str, ...], known: tuple[str, ...]) -> bool:
    """Whether the path goes along the known one, perhaps stopping early or, below a `*`, going on."""
    along = all(said in (step, "*") or step == "*" for step, said in zip(path, known, strict=False))
    return along and (len(path) <= len(known) or known[-1] == "*")


def _flaw(message: str, name: str, names: Iterable[str], kind: Kind) -> Problem:
    return Problem(place=(), message=message, hint=meant(name, sorted(names)), kind=kind, about=name)
