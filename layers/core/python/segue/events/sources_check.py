"""What is wrong with a source beyond its form: a pattern that cannot match, calls of nobody, events nobody knows."""

from collections.abc import Iterator

from segue.events.event import OWN_NAMES
from segue.events.keys import FEEDBACK, TAKEN
from segue.events.names import Place, unheard
from segue.events.patterns import problems as pattern_problems
from segue.events.plan import TrackingPlan
from segue.events.sources import IDENTIFIERS, CallMapping, Source
from segue.problem import Kind, Problem


def problems(source: Source, plan: TrackingPlan) -> Iterator[Problem]:
    """Everything at once."""
    if source.source in TAKEN:
        message = f"{source.source!r} is the source of other events already"
        yield Problem(place=("source",), message=message, hint="give this one another name", kind=Kind.UNKNOWN_SOURCE)
    yield from pattern_problems(source.pattern, ("pattern",))
    for number, mapping in enumerate(source.mapping):
        place: Place = ("mapping", number)
        yield from _nobody(place, mapping)
        yield from _required(place, mapping)
        yield from _misnamed(place, mapping, source, plan)


def _nobody(place: Place, mapping: CallMapping) -> Iterator[Problem]:
    """Traits, properties and the context may hold an address or a number by which somebody is known."""
    if not any(getattr(mapping, field) for field in (*IDENTIFIERS, "traits", "properties", "context")):
        message = "the mapping names nobody: it has no userId, anonymousId or profileId"
        hint = "say where in the event the customer's id stands"
        yield Problem(place=place, message=message, hint=hint, kind=Kind.NOBODY)


def _required(place: Place, mapping: CallMapping) -> Iterator[Problem]:
    needed = {"track": ("event",), "group": ("groupId",), "alias": ("previousId", "userId")}.get(mapping.type, ())
    for field in needed:
        if getattr(mapping, field) is None:
            yield Problem(
                place=(*place, "type"), message=f"a {mapping.type} call needs {field!r}", kind=Kind.MISSING_WORD
            )


def _misnamed(place: Place, mapping: CallMapping, source: Source, plan: TrackingPlan) -> Iterator[Problem]:
    """Of an event whose name is written out; one that is looked up is known only when it comes."""
    name = mapping.event.literal if mapping.event else None
    if mapping.type != "track" or not isinstance(name, str):
        return
    if not plan.knows(name):
        yield from unheard((*place, "event"), name, plan)
    elif plan.canonical(name) in OWN_NAMES:
        message, hint = f"{name!r} is told by Segue alone", "give the event of this source another name"
        yield Problem(place=(*place, "event"), message=message, hint=hint, kind=Kind.UNKNOWN_SOURCE)
    elif plan.canonical(name) in FEEDBACK and not source.feedback:
        message, hint = f"{name!r} is what only a channel's provider knows", "mark such a source with: feedback: true"
        yield Problem(place=(*place, "event"), message=message, hint=hint, kind=Kind.UNKNOWN_SOURCE)
