"""What is wrong with a source beyond its form: a pattern that cannot match, calls of nobody, events nobody knows."""

from collections.abc import Iterator

from segue.events.keys import FEEDBACK
from segue.events.patterns import problems as pattern_problems
from segue.events.plan import TrackingPlan
from segue.events.sources import IDENTIFIERS, CallMapping, Source
from segue.problem import Problem

#: What events are from that come another way.
TAKEN = frozenset({"import", "segue"})

Place = tuple[str | int, ...]


def problems(source: Source, plan: TrackingPlan) -> Iterator[Problem]:
    """Everything at once."""
    if source.source in TAKEN:
        message = f"{source.source!r} is the source of other events already"
        yield Problem(place=("source",), message=message, hint="give this one another name")
    yield from pattern_problems(source.pattern, ("pattern",))
    for number, mapping in enumerate(source.mapping):
        place: Place = ("mapping", number)
        yield from _nobody(place, mapping)
        yield from _required(place, mapping)
        yield from _unheard(place, mapping, source, plan)


def _nobody(place: Place, mapping: CallMapping) -> Iterator[Problem]:
    if not any(getattr(mapping, field) for field in IDENTIFIERS):
        message = "the mapping names nobody: it has no userId, anonymousId or profileId"
        yield Problem(place=place, message=message, hint="say where in the event the customer's id stands")


def _required(place: Place, mapping: CallMapping) -> Iterator[Problem]:
    needed = {"track": ("event",), "group": ("groupId",), "alias": ("previousId", "userId")}.get(mapping.type, ())
    for field in needed:
        if getattr(mapping, field) is None:
            yield Problem(place=(*place, "type"), message=f"a {mapping.type} call needs {field!r}")


def _unheard(place: Place, mapping: CallMapping, source: Source, plan: TrackingPlan) -> Iterator[Problem]:
    """Of an event whose name is written out; one that is looked up is known only when it comes."""
    name = mapping.event.literal if mapping.event else None
    if mapping.type != "track" or not isinstance(name, str):
        return
    if not plan.knows(name):
        near = plan.nearest(name)
        hint = f"did you mean {near!r}?" if near else "add it to a file in events/"
        yield Problem(place=(*place, "event"), message=f"{name!r} is not in the tracking plan", hint=hint)
    elif plan.canonical(name) in FEEDBACK and not source.feedback:
        message = f"{name!r} is what only a channel's provider knows"
        yield Problem(place=(*place, "event"), message=message, hint="mark such a source with: feedback: true")
