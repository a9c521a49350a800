"""What is wrong with a policy beyond its form: events, purposes and categories that nobody defines."""

import difflib
from collections.abc import Iterable, Iterator

from segue.decisions.policy import Policy
from segue.events.plan import TrackingPlan
from segue.problem import Problem

Place = tuple[str | int, ...]


def problems(policy: Policy, plan: TrackingPlan) -> Iterator[Problem]:
    for place, event in _events(policy):
        yield from _unheard(place, event, plan)
    for number, pause in enumerate(policy.pauses):
        for category in pause.categories:
            yield from _unknown(("pauses", number, "categories"), "category", category, policy.categories)
    for name, rules in policy.categories.items():
        yield from _unknown(("categories", name, "purpose"), "purpose", rules.purpose, policy.purposes)
    if policy.collection:
        yield from _unknown(("collection", "purpose"), "purpose", policy.collection.purpose, policy.purposes)


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


def _unheard(place: Place, event: str, plan: TrackingPlan) -> Iterator[Problem]:
    if not plan.knows(event):
        near = plan.nearest(event)
        hint = f"did you mean {near!r}?" if near else "add it to a file in events/"
        yield Problem(place=place, message=f"the tracking plan knows no event {event!r}", hint=hint)
    elif plan.canonical(event) != event:
        hint = f"write its canonical name, {plan.canonical(event)!r}"
        yield Problem(place=place, message=f"{event!r} is only an alias", hint=hint)


def _unknown(place: Place, kind: str, name: str, known: Iterable[str]) -> Iterator[Problem]:
    names = list(known)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"policy.yaml knows: {', '.join(names)}"
        yield Problem(place=place, message=f"there is no {kind} {name!r}", hint=hint)
