"""What is wrong with connectors and audiences, and with the steps that name them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from segue.decisions.policy import Policy
from segue.events.names import Place, unknown
from segue.events.plan import TrackingPlan
from segue.journeys.connectors import MEMBERSHIP, Connector, Connectors
from segue.journeys.definition import Journey
from segue.journeys.doing import AudienceStep, ConnectorStep, NotifyStep
from segue.messages.check import of_text
from segue.problem import Kind, Problem


def problems(connectors: Connectors, plan: TrackingPlan, policy: Policy | None) -> Iterator[Problem]:
    for name, connector in connectors.connectors.items():
        yield from _texts(("connectors", name), connector, plan)
    for name, audience in connectors.audiences.items():
        place = ("audiences", name)
        for number, to in enumerate(audience.to):
            yield from _called((*place, "to", number), to, MEMBERSHIP, connectors)
        if policy and audience.purpose not in policy.purposes:
            hint = f"policy.yaml knows: {', '.join(policy.purposes)}"
            yield unknown(
                (*place, "purpose"), Kind.NOT_IN_POLICY, "purpose", audience.purpose, policy.purposes, hint=hint
            )


def of_journey(journey: Journey, connectors: Connectors) -> Iterator[Problem]:
    for placed in journey.placed:
        match placed.step:
            case ConnectorStep(connector=name, with_=said):
                yield from _called((*placed.place, "connector"), name, said, connectors)
            case NotifyStep(notify=notice):
                yield from _called((*placed.place, "notify", "to"), notice.to, ("text",), connectors)
            case AudienceStep(audience=membership) if membership.audience not in connectors.audiences:
                place = (*placed.place, "audience", "add" if membership.add else "remove")
                hint = "write it under `audiences` in connectors.yaml"
                name, known = membership.audience, connectors.audiences
                yield unknown(place, Kind.UNKNOWN_CONNECTOR, "audience", name, known, hint=hint)


def _called(place: Place, name: str, said: Iterable[str], connectors: Connectors) -> Iterator[Problem]:
    """Whether there is such a connector, and it takes what it is said."""
    connector = connectors.connectors.get(name)
    if connector is None:
        hint = "write it under `connectors` in connectors.yaml"
        yield unknown(place, Kind.UNKNOWN_CONNECTOR, "connector", name, connectors.connectors, hint=hint)
        return
    takes = ", ".join(connector.takes) or "nothing"
    for word in said:
        if word not in connector.may_take:
            message = f"{name!r} takes no {word!r}"
            yield Problem(place=place, message=message, hint=f"it takes: {takes}", kind=Kind.NOT_TAKEN, about=word)
    for word in connector.must_take:
        if word not in said:
            message = f"{name!r} is not said its {word!r}"
            yield Problem(place=place, message=message, hint=f"it takes: {takes}", kind=Kind.NOT_TAKEN, about=word)


def _texts(place: Place, connector: Connector, plan: TrackingPlan) -> Iterator[Problem]:
    known = frozenset({*(("said", word) for word in connector.may_take), *([("secret",)] if connector.secret else [])})
    said: Mapping[str, Any] = {
        "url": connector.url,
        "method": connector.method,
        "headers": dict(connector.headers),
        "body": connector.body,
    }
    for where, text in _within((), said):
        for flaw in of_text(text, plan, more=known):
            yield replace(flaw, place=(*place, *where))


def _within(place: Place, said: Any) -> Iterator[tuple[Place, str]]:
    """Every text, however deep it stands."""
    match said:
        case str():
            yield place, said
        case dict():
            for name, value in said.items():
                yield from _within((*place, name), value)
        case list() | tuple():
            for number, value in enumerate(said):
                yield from _within((*place, number), value)
