"""What is wrong with a template before anybody is sent it: bad Liquid, variables and filters that do not exist."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from segue.decisions.policy import Policy
from segue.events.plan import TrackingPlan
from segue.messages.render import complaint, liquid, parsed
from segue.messages.template import Template
from segue.problem import Problem

#: What every template may name; `*` stands for any name.
KNOWN = frozenset(
    {
        ("now",),
        ("unsubscribe_url",),
        ("brand", "name"),
        ("brand", "url"),
        ("brand", "address"),
        ("brand", "from_address"),
        ("profile", "id"),
        ("profile", "user_id"),
        ("profile", "anonymous_ids"),
        ("profile", "time_zone"),
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
        yield Problem(place=(), message=f"template {template.name!r} says nothing", hint="add `email:` or `in_app:`")
    events = tuple(entry_events)
    for channel in template.channels:
        words = template.words(channel)
        for field, source, markup in words.texts() if words else ():
            for message, hint in _of(source, markup, plan, events):
                yield Problem(place=(channel, field), message=message, hint=hint)
    offers = (policy or Policy()).category(template.category).unsubscribe
    if template.email and offers and "unsubscribe_url" not in template.email.html:
        hint = 'add a link to "{{ unsubscribe_url }}", or make its category transactional'
        message = f"a {template.category} e-mail without a way to unsubscribe"
        yield Problem(place=("email", "html"), message=message, hint=hint)


def _of(source: str, markup: bool, plan: TrackingPlan, events: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    try:
        template = parsed(source, markup=markup)
        analysis = template.analyze()
    except LiquidError as error:
        yield f"not Liquid: {complaint(error)}", "see https://shopify.github.io/liquid"
        return
    known_filters = liquid(markup=markup).filters
    for name in analysis.filters:
        if name not in known_filters:
            yield f"there is no filter {name!r}", _nearest(name, known_filters)
    for path in sorted(set(_paths(template))):
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


def _unknown(path: tuple[str, ...], plan: TrackingPlan, events: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    name = ".".join(path)
    if not any(_leads(path, known) for known in KNOWN):
        written = sorted(".".join(known) for known in KNOWN)
        yield f"there is no variable {name!r}", _nearest(name, written)
        return
    if path[:2] == _TRAITS and len(path) > len(_TRAITS) and plan.traits and path[2] not in plan.traits:
        yield f"the tracking plan knows no trait {path[2]!r}", _nearest(path[2], plan.traits)
    if path[:3] == _PROPERTIES and len(path) > len(_PROPERTIES):
        for event in events:
            planned = plan.event(event)
            if planned and planned.properties and path[3] not in planned.properties:
                yield f"{event!r} has no property {path[3]!r}", _nearest(path[3], planned.properties)


def _leads(path: tuple[str, ...], known: tuple[str, ...]) -> bool:
    """Whether the path goes along the known one, perhaps stopping early or, below a `*`, going on."""
    along = all(said in (step, "*") or step == "*" for step, said in zip(path, known, strict=False))
    return along and (len(path) <= len(known) or known[-1] == "*")


def _nearest(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, list(names), n=1)
    return f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(sorted(names)[:12])}"
