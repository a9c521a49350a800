"""What is wrong with a tracking plan beyond its form: names that stand for two things, values that could never come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from segue.events.plan import SPEC_NAMES, PlannedEvent, TrackingPlan
from segue.events.properties import ADMITS, Properties, Property, PropertyType
from segue.problem import Kind, Problem

Place = tuple[str | int, ...]
_BELONGS: dict[str, PropertyType] = {"properties": "object", "items": "array", "format": "string"}
_FOR_ALL = ("on_violation", "unknown_events", "unknown_properties")


@dataclass(slots=True)
class _Seen:
    """What the files before have said, each with the file in which it stands."""

    events: dict[str, str] = field(default_factory=dict)
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    answers: dict[str, tuple[str, Any]] = field(default_factory=dict)
    personal: dict[str, tuple[str, bool]] = field(default_factory=dict)


def problems(
    plans: Sequence[tuple[str, TrackingPlan]], known: Sequence[str], base: TrackingPlan
) -> Iterator[tuple[int, Problem]]:
    """Of the files of `events/`, by their names, each with the position of its file.

    `known` are the plans that `extends` may name, `base` is what those that it names say together.
    """
    seen = _Seen(names={event.name: (file, event.name) for file, plan in plans for event in plan.events})
    for at, (file, plan) in enumerate(plans):
        for problem in (
            *_extends(plan, known),
            *_answers(plan, file, seen),
            *_events(plan, file, seen, base),
            *_inside(("traits",), plan.traits),
            *_personal(("traits",), plan.traits, file, seen),
        ):
            yield at, problem


def _extends(plan: TrackingPlan, known: Sequence[str]) -> Iterator[Problem]:
    for at, name in enumerate(plan.extends):
        if name not in known:
            near = get_close_matches(name, known, n=1)
            yield Problem(
                place=("extends", at),
                message=f"no plan {name!r} comes with Segue",
                hint=f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}",
                kind=Kind.UNKNOWN_PLAN,
            )


def _answers(plan: TrackingPlan, file: str, seen: _Seen) -> Iterator[Problem]:
    for word in _FOR_ALL:
        if word not in plan.model_fields_set:
            continue
        said = getattr(plan, word)
        elsewhere, other = seen.answers.setdefault(word, (file, said))
        if other != said:
            yield Problem(
                place=(word,),
                message=f"{word} is {said!r} here, but {other!r} in {elsewhere}",
                hint="it holds for the whole plan: say it in one file",
                kind=Kind.TWO_ANSWERS,
            )


def _events(plan: TrackingPlan, file: str, seen: _Seen, base: TrackingPlan) -> Iterator[Problem]:
    for number, event in enumerate(plan.events):
        place: Place = ("events", number)
        if event.name in seen.events:
            where = "above" if seen.events[event.name] == file else f"in {seen.events[event.name]}"
            yield Problem(
                place=(*place, "name"),
                message=f"the event {event.name!r} stands {where} already",
                hint="keep it in one place",
                kind=Kind.EVENT_TWICE,
            )
        seen.events.setdefault(event.name, file)
        yield from _aliases(place, event, file, seen, base)
        yield from _inside((*place, "properties"), event.properties)
        yield from _personal((*place, "properties"), event.properties, file, seen)


def _aliases(place: Place, event: PlannedEvent, file: str, seen: _Seen, base: TrackingPlan) -> Iterator[Problem]:
    for at, alias in enumerate(event.aliases):
        here = (*place, "aliases", at)
        other_file, other = seen.names.setdefault(alias, (file, event.name))
        if alias == event.name or alias in event.aliases[:at]:
            yield _idle(here, alias, event.name)
        elif alias in SPEC_NAMES:
            yield Problem(
                place=here,
                message=f"{alias!r} belongs to the Segment spec and can't be an alias of {event.name!r}",
                hint="take it out",
                kind=Kind.RESERVED_NAME,
            )
        elif other != event.name:
            where = "" if other_file == file else f" in {other_file}"
            own = alias == other
            message = (
                f"{alias!r} is an event of its own{where}" if own else f"{alias!r} stands for {other!r} already{where}"
            )
            yield Problem(
                place=here,
                message=f"{message}, and can't be an alias of {event.name!r}",
                hint="take out the alias, or that event" if own else "give it to one of the two",
                kind=Kind.NAME_TWICE,
            )
        elif base.canonical(alias) not in (alias, event.name):
            yield Problem(
                place=here,
                message=f"the plan that this one extends has {alias!r} for {base.canonical(alias)!r}",
                hint=f"{event.name!r} takes it over; if you mean {base.canonical(alias)!r}, take the alias out",
                kind=Kind.TAKEN_OVER,
            )


def _inside(place: Place, planned: Properties) -> Iterator[Problem]:
    """The properties of an event, the traits, or what an object holds."""
    owners: dict[str, str] = {}
    for name, each in planned.items():
        here = (*place, name)
        for at, alias in enumerate(each.aliases):
            yield from _property_alias((*here, "aliases", at), alias, name, planned, owners)
            if alias in each.aliases[:at] or alias == name:
                yield _idle((*here, "aliases", at), alias, name)
        yield from _sound(here, each)
        yield from _inside((*here, "properties"), each.properties)
        if each.items:
            yield from _sound((*here, "items"), each.items)
            yield from _inside((*here, "items", "properties"), each.items.properties)


def _property_alias(
    place: Place, alias: str, name: str, planned: Properties, owners: dict[str, str]
) -> Iterator[Problem]:
    if alias == name:
        return
    owner = owners.setdefault(alias, name)
    if alias in planned and planned[alias].required:
        message = f"{alias!r} is required, but as an alias of {name!r} it is renamed away: no event would fit"
        yield Problem(
            place=place, message=message, hint="take out the alias, or the property", kind=Kind.REQUIRED_ALIAS
        )
    elif alias in planned:
        message = f"{alias!r} is a property of its own, and can't be an alias of {name!r}"
        yield Problem(
            place=place, message=message, hint="take out the alias, or the property", kind=Kind.ALIAS_IS_PROPERTY
        )
    elif owner != name:
        message = f"{alias!r} stands for {owner!r} already"
        yield Problem(place=place, message=message, hint="give it to one of the two", kind=Kind.PROPERTY_ALIAS_TWICE)


def _idle(place: Place, alias: str, name: str) -> Problem:
    message = f"{alias!r} is the name itself" if alias == name else f"{alias!r} stands here twice"
    return Problem(place=place, message=message, hint="take it out", kind=Kind.IDLE_ALIAS)


def _sound(place: Place, planned: Property) -> Iterator[Problem]:
    for at, value in enumerate(planned.enum):
        if not ADMITS[planned.type](value):
            yield Problem(
                place=(*place, "enum", at),
                message=f"{value!r} is no {planned.type}",
                hint=_mended(planned, value),
                kind=Kind.ENUM_TYPE,
            )
    for word, type_ in _BELONGS.items():
        if getattr(planned, word) and planned.type != type_:
            yield Problem(
                place=(*place, word),
                message=f"{word!r} belongs to the type {type_}, and this is {planned.type}",
                hint=f"make it type: {type_}, or take {word!r} out",
                kind=Kind.INNER,
            )


def _mended(planned: Property, value: Any) -> str:
    if planned.type == "string":
        return f'put it in quotes: "{value}"'
    return f"write values of the type {planned.type}, or make it another type"


def _personal(place: Place, planned: Properties, file: str, seen: _Seen) -> Iterator[Problem]:
    for way, each in _all(place, planned):
        if each.personal is None:
            continue
        name = str(way[-1])
        elsewhere, other = seen.personal.setdefault(name, (file, each.personal))
        if other != each.personal:
            where = "elsewhere in this file" if elsewhere == file else f"in {elsewhere}"
            here, there = ("personal", "not personal") if each.personal else ("not personal", "personal")
            yield Problem(
                place=(*way, "personal"),
                message=f"{name!r} is {here} here, and {there} {where}",
                hint="mark it the same everywhere",
                kind=Kind.PERSONAL,
            )


def _all(place: Place, planned: Properties) -> Iterator[tuple[Place, Property]]:
    for name, each in planned.items():
        yield (*place, name), each
        yield from _all((*place, name, "properties"), each.properties)
        if each.items:
            yield from _all((*place, name, "items", "properties"), each.items.properties)
