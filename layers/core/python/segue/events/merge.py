"""A plan over another one: what the upper one says wins, word by word; what it does not say is the lower one's."""

from collections.abc import Mapping
from functools import reduce
from typing import Any

from segue.events.plan import PlannedEvent, TrackingPlan
from segue.events.properties import Property

#: What only makes sense for a property of the type for which it was said.
_OF_THE_TYPE = frozenset({"enum", "format", "unit", "properties", "items"})


def over(lower: TrackingPlan, upper: TrackingPlan) -> TrackingPlan:
    """Both plans as one; the order of events is theirs, those of `upper` that are new at the end."""
    own = {event.name: event for event in reversed(upper.events)}
    claimed = {alias for event in upper.events for alias in event.aliases} | own.keys()
    events: dict[str, PlannedEvent] = {}
    for event in lower.events:
        if event.name in own:
            events[event.name] = _event(event, own[event.name], claimed)
        elif event.name not in claimed:
            events[event.name] = _without_aliases(event, claimed)
    said = {word: getattr(plan, word) for plan in (lower, upper) for word in plan.model_fields_set - {"extends"}}
    both = {**own, **events}
    said["events"] = tuple(both[name] for name in dict.fromkeys((*events, *(event.name for event in upper.events))))
    said["traits"] = _properties(lower.traits, upper.traits)
    return TrackingPlan(**said)


def all_over(plans: list[TrackingPlan]) -> TrackingPlan:
    """The last one is the uppermost."""
    return reduce(over, plans, TrackingPlan())


def _event(lower: PlannedEvent, upper: PlannedEvent, claimed: set[str]) -> PlannedEvent:
    said = {word: getattr(upper, word) for word in upper.model_fields_set - {"aliases", "properties"}}
    kept = [alias for alias in lower.aliases if alias not in claimed or alias in upper.aliases]
    aliases = tuple(dict.fromkeys((*upper.aliases, *kept)))
    properties = _properties(lower.properties, upper.properties)
    return lower.model_copy(update={**said, "aliases": aliases, "properties": properties})


def _without_aliases(event: PlannedEvent, claimed: set[str]) -> PlannedEvent:
    kept = tuple(alias for alias in event.aliases if alias not in claimed)
    return event if kept == event.aliases else event.model_copy(update={"aliases": kept})


def _properties(lower: Mapping[str, Property], upper: Mapping[str, Property]) -> dict[str, Property]:
    claimed = {alias for each in upper.values() for alias in each.aliases} | upper.keys()
    merged: dict[str, Property] = {}
    for name, planned in lower.items():
        if name in upper:
            merged[name] = _property(planned, upper[name], claimed)
        elif name not in claimed:
            kept = tuple(alias for alias in planned.aliases if alias not in claimed)
            merged[name] = planned if kept == planned.aliases else planned.model_copy(update={"aliases": kept})
    return merged | {name: planned for name, planned in upper.items() if name not in lower}


def _property(lower: Property, upper: Property, claimed: set[str]) -> Property:
    own = upper.model_fields_set
    said: dict[str, Any] = {word: getattr(upper, word) for word in own - {"aliases", "properties", "items"}}
    kept = [alias for alias in lower.aliases if alias not in claimed or alias in upper.aliases]
    said["aliases"] = tuple(dict.fromkeys((*upper.aliases, *kept)))
    if "type" in own and upper.type != lower.type:
        blank = {word: Property.model_fields[word].get_default(call_default_factory=True) for word in _OF_THE_TYPE}
        return lower.model_copy(update={**blank, **said, "properties": upper.properties, "items": upper.items})
    said["properties"] = _properties(lower.properties, upper.properties)
    if upper.items:
        said["items"] = _property(lower.items, upper.items, set()) if lower.items else upper.items
    return lower.model_copy(update=said)
