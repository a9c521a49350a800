"""What is wrong with a journey beyond its form: names that nobody defines, steps that lead nowhere."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from segue.decisions.check import too_long_a_topic
from segue.decisions.policy import Policy
from segue.duration import write
from segue.events.event import OWN_NAMES
from segue.events.names import Place, unheard, unknown
from segue.events.plan import TrackingPlan
from segue.events.properties import Properties
from segue.journeys import check_doing, shape
from segue.journeys.compile import LONGEST_SEND
from segue.journeys.definition import Journey
from segue.journeys.facts import WORDS
from segue.journeys.sending import OPENED, EscalateStep, Send
from segue.journeys.step import Listener
from segue.messages.template import Template
from segue.problem import Kind, Problem
from segue.profiles.check import Known, of_words


def problems(
    journey: Journey,
    plan: TrackingPlan,
    templates: Mapping[str, Template],
    policy: Policy | None = None,
    broken: AbstractSet[str] = frozenset(),
) -> tuple[Problem, ...]:
    """Everything at once. `broken` names templates that are there, but cannot be read."""
    return (
        *(problem for place, listener in journey.listeners for problem in _unheard(place, listener, plan)),
        *_eventless(journey, plan),
        *_unanswerable(journey, plan),
        *_misspelt_entry(journey, plan),
        *_misspelt_key(journey, plan),
        *(problem for place, send in journey.sends for problem in _unsendable(place, send, templates, policy, broken)),
        *check_doing.problems(journey, plan),
        *shape.problems(journey),
    )


def unknown_words(journey: Journey, known: Known) -> Iterator[Problem]:
    """What its conditions read of people that this workspace never computes, and events that it never tells."""
    for place, condition in journey.conditions:
        yield from of_words(place, condition, known)
    for place, listener in journey.listeners:
        if listener.event.startswith("Session ") and listener.event in OWN_NAMES and known.traits.sessions is None:
            hint = "write `sessions: {}` in traits.yaml"
            yield Problem(place=(*place, "event"), message="there are no sessions", hint=hint)
    yield from check_doing.stages(journey, known.traits)


def _eventless(journey: Journey, plan: TrackingPlan) -> Iterator[Problem]:
    """Where ways part no event is at hand."""
    for place, condition in journey.conditions:
        if place[-3:-2] != ("branch",):
            continue
        yield from _nowhere(place, condition.references(), plan)
        for path in sorted(condition.references()):
            if path.split(".")[0] == "event":
                hint = "read run.entry.properties, or profile.events"
                message = "no event is at hand where ways part"
                yield Problem(place=place, message=message, hint=hint, kind=Kind.NOWHERE, about=path)


def _unheard(place: Place, listener: Listener, plan: TrackingPlan) -> Iterator[Problem]:
    event = listener.event
    yield from unheard((*place, "event"), event, plan)
    for word in ("when", "unless"):
        condition = getattr(listener, word, None)
        if condition:
            yield from _misspelt((*place, word), event, condition.references(), plan)
            yield from _nowhere((*place, word), condition.references(), plan)


def _unanswerable(journey: Journey, plan: TrackingPlan) -> Iterator[Problem]:
    """A message of which nobody ever tells that it was opened would go on to the next channel each time."""
    for placed in journey.placed:
        if not isinstance(placed.step, EscalateStep) or placed.step.escalate.until != "opened":
            continue
        for number, channel in enumerate(placed.step.escalate.over):
            telling = OPENED.get(channel, ())
            if not any(plan.event(event) for event in telling):
                named = " or ".join(map(repr, telling))
                yield Problem(
                    place=(*placed.place, "escalate", "over", number),
                    message=f"no event tells that a message by {channel!r} was opened",
                    hint=f"{f'add {named} to a file in events/, or say' if named else 'say'} `until: {{event: …}}`",
                    kind=Kind.UNKNOWN_EVENT,
                )


def _misspelt_entry(journey: Journey, plan: TrackingPlan) -> Iterator[Problem]:
    """What conditions read of the event with which the run began."""
    for place, condition in journey.conditions:
        read = (path.removeprefix("run.entry.") for path in condition.references() if path.startswith("run.entry."))
        yield from _misspelt(place, journey.entry.event, [f"event.{path}" for path in read], plan)


def _misspelt_key(journey: Journey, plan: TrackingPlan) -> Iterator[Problem]:
    if journey.entry.key:
        yield from _misspelt(("entry", "key"), journey.entry.event, [journey.entry.key], plan)


def _misspelt(place: Place, event: str, paths: Iterable[str], plan: TrackingPlan) -> Iterator[Problem]:
    """The plan lets unplanned properties through: only one that looks like a planned one is a mistake."""
    planned = plan.event(event)
    properties: Properties = planned.properties if planned else {}
    for path in sorted(paths):
        if path.startswith("event.properties."):
            yield from _property(place, event, path.removeprefix("event.properties.").split("."), properties)


def _property(place: Place, event: str, way: list[str], planned: Properties) -> Iterator[Problem]:
    name, *rest = way
    if name in planned:
        if rest:
            yield from _property(place, event, rest, planned[name].properties)
        return
    canonical = next((known for known, each in planned.items() if name in each.aliases), None)
    near = difflib.get_close_matches(name, planned, n=1, cutoff=0.8)
    if canonical:
        yield Problem(
            place=place,
            message=f"{name!r} is only an alias of a property of {event!r}",
            hint=f"write its canonical name, {canonical!r}",
            kind=Kind.PROPERTY_ALIAS,
            about=name,
        )
    elif near:
        yield Problem(
            place=place,
            message=f"the tracking plan knows no property {name!r} of {event!r}",
            hint=f"did you mean {near[0]!r}?",
            kind=Kind.UNKNOWN_PROPERTY,
            about=name,
        )


def _nowhere(place: Place, paths: Iterable[str], plan: TrackingPlan) -> Iterator[Problem]:
    """A condition over something that is never there never holds, and nobody would notice."""
    for path in sorted(paths):
        root, *rest = path.split(".")
        if root in WORDS and rest and rest[0] not in WORDS[root]:
            near = difflib.get_close_matches(rest[0], WORDS[root], n=1)
            yield Problem(
                place=place,
                message=f"`{root}` has no {rest[0]!r}",
                hint=f"did you mean {near[0]!r}?" if near else f"it has: {', '.join(sorted(WORDS[root]))}",
                kind=Kind.NOWHERE,
                about=rest[0],
            )
        elif path.startswith("profile.traits.") and plan.traits and rest[1] not in plan.traits:
            hint = "add it to `traits` in a file in events/"
            yield unknown(place, Kind.UNKNOWN_TRAIT, "trait", rest[1], plan.traits, hint=hint)
        elif path.startswith("profile.events."):
            name = path.removeprefix("profile.events.")
            if not any(name == known or name.startswith(f"{known}.") for known in plan.names):
                hint = "add it to a file in events/"
                yield unknown(place, Kind.UNKNOWN_EVENT, "event", rest[1], plan.names, hint=hint)


def _unspoken(place: Place, send: Send, template: Template | None, policy: Policy | None) -> Iterator[Problem]:
    for channel in send.ways:
        known = policy is None or channel in policy.channels
        if template and known and template.words(channel) is None:
            said = send.model_fields_set & {"channel", "channels"}
            yield Problem(
                place=(*place, next(iter(said), "template")),
                message=f"the template {send.template!r} has no words for {channel!r}",
                hint=f"it has them for: {', '.join(template.channels) or 'no channel'}",
                kind=Kind.NO_WORDS,
            )


def _unsendable(
    place: Place, send: Send, templates: Mapping[str, Template], policy: Policy | None, broken: AbstractSet[str]
) -> Iterator[Problem]:
    template = templates.get(send.template)
    if template is None and send.template not in broken:
        here, hint = (*place, "template"), "write it as a file in templates/"
        yield unknown(here, Kind.UNKNOWN_TEMPLATE, "template", send.template, templates, hint=hint)
    yield from _unspoken(place, send, template, policy)
    if policy is None:
        return
    named: tuple[tuple[str, str | None, Iterable[str]], ...] = (
        *(("channels" if send.channels else "channel", channel, policy.channels) for channel in send.ways),
        ("category", send.category, policy.categories),
        ("purpose", send.purpose, policy.purposes),
        ("topic", send.topic if policy.topics else None, policy.topics),
    )
    for word, name, known in named:
        if name is not None and name not in known:
            hint = f"policy.yaml knows: {', '.join(known)}"
            yield unknown((*place, word), Kind.NOT_IN_POLICY, word, name, known, hint=hint)
    if not policy.topics:
        yield from too_long_a_topic((*place, "topic"), send.topic, policy)
    if template and _unlike(send, template, policy):
        yield Problem(
            place=(*place, "category") if "category" in send.model_fields_set else (*place, "template"),
            message=f"sent as {send.category!r}, but its template {send.template!r} is {template.category!r}",
            hint=f"only one of them offers to unsubscribe: give both the same, here or in {send.template}.yaml",
            kind=Kind.UNLIKE,
        )
    yield from _given_up(place, send, policy)


def _given_up(place: Place, send: Send, policy: Policy) -> Iterator[Problem]:
    """A step is compiled without the policy, which may change while a run of it is under way."""
    lives = policy.category(send.category).expires_after
    if send.expires_after is None and lives > LONGEST_SEND:
        most = write(LONGEST_SEND)
        yield Problem(
            place=(*place, "category"),
            message=f"{send.category} messages live for {write(lives)} by policy.yaml, and a step that says nothing "
            f"itself is given up after {most}",
            hint=f"say `expires_after: {write(lives)}` in the step, or at most {most} in policy.yaml",
            kind=Kind.TOO_LONG,
        )


def _unlike(send: Send, template: Template, policy: Policy) -> bool:
    """Whether the words and the send disagree on the link to unsubscribe: it would be missing, or lead nowhere."""
    if not {send.category, template.category} <= policy.categories.keys():
        return False
    return policy.category(send.category).unsubscribe != policy.category(template.category).unsubscribe
