"""What is wrong with the steps that do something else than send: names that are not there, texts not in Liquid."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from segue.events.names import Place, unknown
from segue.events.plan import TrackingPlan
from segue.journeys.acts import STAGE
from segue.journeys.definition import Journey
from segue.journeys.doing import EnterStep, SetStep, Value
from segue.messages.check import of_text
from segue.problem import Kind, Problem
from segue.profiles.computed import Traits


def problems(journey: Journey, plan: TrackingPlan) -> Iterator[Problem]:
    for placed in journey.placed:
        match placed.step:
            case SetStep(set=facts):
                place = (*placed.place, "set", "traits")
                for name in facts.traits:
                    if plan.traits and name not in plan.traits:
                        hint = "add it to `traits` in a file in events/"
                        yield unknown((*place, name), Kind.UNKNOWN_TRAIT, "trait", name, plan.traits, hint=hint)
                yield from _texts(place, facts.traits, journey, plan)
            case EnterStep(enter=entrance):
                yield from _texts((*placed.place, "enter", "with"), entrance.with_, journey, plan)


def stages(journey: Journey, traits: Traits) -> Iterator[Problem]:
    """A stage that is set is one of those that read what is set."""
    known = [
        each.stage for each in traits.lifecycle if each.when and f"profile.traits.{STAGE}" in each.when.references()
    ]
    for placed in journey.placed:
        if isinstance(placed.step, SetStep) and (stage := placed.step.set.stage) and stage not in known:
            hint = f"write in traits.yaml: {{stage: {stage}, when: profile.traits.{STAGE} == {stage!r}}}"
            place = (*placed.place, "set", "stage")
            yield unknown(place, Kind.UNREACHED, "stage that journeys can set", stage, known, hint=hint)


def others(journey: Journey, journeys: Iterable[Journey]) -> Iterator[Problem]:
    """The journeys that it lets people enter are there, and none of them leads back."""
    by_name = {each.name: each for each in journeys}
    for place, name in _entered(journey):
        if name not in by_name:
            hint = "write it as a file in journeys/"
            yield unknown(place, Kind.UNKNOWN_JOURNEY, "journey", name, by_name, hint=hint)
        elif way := _way_back(name, journey.name, by_name):
            yield Problem(
                place=place,
                message=f"people would go round in a circle: {' → '.join((journey.name, *way))}",
                hint="let one of them end otherwise",
                kind=Kind.CIRCLE,
            )


def _texts(place: Place, said: Mapping[str, Value], journey: Journey, plan: TrackingPlan) -> Iterator[Problem]:
    for name, value in said.items():
        if isinstance(value, str):
            for flaw in of_text(value, plan, (journey.entry.event,)):
                yield replace(flaw, place=(*place, name))


def _entered(journey: Journey) -> Iterator[tuple[Place, str]]:
    for placed in journey.placed:
        if isinstance(placed.step, EnterStep):
            yield (*placed.place, "enter"), placed.step.enter.journey


def _way_back(name: str, home: str, journeys: Mapping[str, Journey]) -> tuple[str, ...]:
    """From a journey to the one that is home; empty if none leads there."""
    ways: list[tuple[str, ...]] = [(name,)]
    seen = {name}
    while ways:
        way = ways.pop()
        if way[-1] == home:
            return way
        for _, onwards in _entered(journeys[way[-1]]) if way[-1] in journeys else ():
            if onwards not in seen:
                seen.add(onwards)
                ways.append((*way, onwards))
    return ()
