"""What is wrong with a policy beyond its form: names that nobody defines, and hours that the law leaves nothing of."""

from collections.abc import Collection, Iterator

from segue.decisions.at_odds import hours_at_odds
from segue.decisions.policy import Policy
from segue.events.names import Place, unheard, unknown
from segue.events.plan import TrackingPlan
from segue.problem import Kind, Problem


def problems(policy: Policy, plan: TrackingPlan) -> Iterator[Problem]:
    for place, event in _events(policy):
        yield from unheard(place, event, plan)
    for number, pause in enumerate(policy.pauses):
        for category in pause.categories:
            yield from _unknown(("pauses", number, "categories"), "category", category, policy.categories)
    for name, rules in policy.categories.items():
        yield from _unknown(("categories", name, "purpose"), "purpose", rules.purpose, policy.purposes)
    yield from _of_closed_days(policy)
    yield from hours_at_odds(policy)
    if policy.collection:
        yield from _unknown(("collection", "purpose"), "purpose", policy.collection.purpose, policy.purposes)


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


def _unknown(place: Place, word: str, name: str, known: Collection[str]) -> Iterator[Problem]:
    if name not in known:
        yield unknown(place, Kind.NOT_IN_POLICY, word, name, known, hint=f"policy.yaml knows: {', '.join(known)}")
