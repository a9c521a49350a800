"""What is wrong with `traits.yaml` and `segments.yaml` beyond their form: unknown names, circles, no moment."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from segue.events.conditions import Condition
from segue.events.event import OWN_NAMES
from segue.events.event import WORDS as EVENT_WORDS
from segue.events.names import Place, unheard, unknown
from segue.events.plan import TrackingPlan
from segue.problem import Kind, Problem
from segue.profiles.asking import LIFECYCLE, needs
from segue.profiles.computed import NUMERIC, Segments, Trait, Traits
from segue.profiles.computing import ordered, used
from segue.profiles.counting import MOST_COMPUTED_BYTES, most_bytes
from segue.profiles.moments import members, untimely
from segue.profiles.profile import WORDS
from segue.profiles.standing import ENGAGEMENT

#: Below these words of `profile` the names are fixed.
_FIXED = {
    "rfm": ("last", "frequency", "monetary"),
    "engagement": tuple(ENGAGEMENT),
    "session": ("active", "started", "last", "events", "landing_page", "channel"),
}
_NO_NUMBERS = frozenset({"string", "boolean", "datetime", "object", "array"})


@dataclass(frozen=True, slots=True)
class Known:
    """What the names of one file may be, from the others."""

    plan: TrackingPlan
    traits: Traits
    segments: Segments


def of_traits(known: Known) -> Iterator[Problem]:
    computed = known.traits.computed
    for name, trait in computed.items():
        place = ("computed", name)
        if trait.formula:
            yield from _formula((*place, "formula"), trait.formula, known)
        else:
            yield from _counted(place, trait, known.plan)
    yield from _heavy(computed)
    yield from _circle(("computed",), {name: used(each.formula) for name, each in computed.items() if each.formula})
    if "rfm" in known.traits.model_fields_set:
        said = [name for name in (known.traits.rfm.event, known.traits.rfm.refund) if name]
        yield from _events(("rfm",), said if "refund" in known.traits.rfm.model_fields_set else said[:1], known.plan)
        yield from _own(("rfm",), said)
    yield from _stages(known)


def of_segments(known: Known) -> Iterator[Problem]:
    for name, segment in known.segments.segments.items():
        yield from _asked(("segments", name), segment.when, known)
    yield from _circle(("segments",), needs(known.segments, known.traits))


def of_words(place: Place, condition: Condition, known: Known) -> Iterator[Problem]:
    """What a condition, wherever it stands, reads of a profile that this workspace never computes."""
    for path in sorted(condition.paths()):
        match path:
            case ("profile", "computed", name, *_) if name not in known.traits.computed:
                yield unknown(
                    place,
                    Kind.UNKNOWN_COMPUTED,
                    "computed trait",
                    name,
                    known.traits.computed,
                    hint="add it to traits.yaml",
                )
            case ("profile", "events", name, *_):
                yield from _own(place, (name,))
            case ("profile", ("rfm" | "engagement" | "session") as word, name, *_) if name not in _FIXED[word]:
                yield unknown(
                    place, Kind.NOWHERE, f"word of `profile.{word}`", name, _FIXED[word], hint="see docs/workspace.md"
                )
            case ("profile", "session", *_) if known.traits.sessions is None:
                yield Problem(
                    place=place,
                    message="there are no sessions",
                    hint="write `sessions: {}` in traits.yaml",
                    kind=Kind.NOWHERE,
                )
            case _:
                pass
    for name in sorted(members(condition) - set(known.segments.segments)):
        yield unknown(
            place, Kind.UNKNOWN_SEGMENT, "segment", name, known.segments.segments, hint="add it to segments.yaml"
        )
    if ("profile", "lifecycle") in condition.paths() and not known.traits.lifecycle:
        hint = "write `lifecycle` in traits.yaml"
        yield Problem(place=place, message="there are no stages of life", hint=hint, kind=Kind.NOWHERE)


def _counted(place: Place, trait: Trait, plan: TrackingPlan) -> Iterator[Problem]:
    events = trait.event or ()
    yield from _events((*place, "event"), events, plan)
    yield from _own((*place, "event"), events)
    for event in events:
        planned = plan.event(event)
        properties = planned.properties if planned else {}
        for path in trait.property or ():
            yield from _near((*place, "property"), event, path.split(".")[0], properties)
            kind = properties[path].type if path in properties else "any"
            if trait.kind in NUMERIC and kind in _NO_NUMBERS:
                message = f"{trait.kind!r} needs numbers, but {path!r} of {event!r} is of type {kind}"
                hint = "count it, or take its last, most_frequent or distinct"
                yield Problem(place=(*place, "kind"), message=message, hint=hint, kind=Kind.NOT_NUMBERS)
        for step in sorted(trait.where.paths() if trait.where else ()):
            if step[1:2] == ("properties",) and len(step) > 2:  # noqa: PLR2004 - event.properties.<name>
                yield from _near((*place, "where"), event, step[2], properties)
    for step in sorted(trait.where.paths() if trait.where else ()):
        if len(step) > 1 and step[1] not in EVENT_WORDS:
            yield unknown(
                (*place, "where"), Kind.NOWHERE, "word of `event`", step[1], EVENT_WORDS, hint="see docs/workspace.md"
            )


def _formula(place: Place, formula: Condition, known: Known) -> Iterator[Problem]:
    for name in sorted(used(formula) - set(known.traits.computed)):
        yield unknown(place, Kind.UNKNOWN_COMPUTED, "computed trait", name, known.traits.computed, hint="add it here")
    for path in sorted(formula.paths()):
        if path[0] == "traits" and len(path) > 1 and known.plan.traits and path[1] not in known.plan.traits:
            yield unknown(
                place,
                Kind.UNKNOWN_TRAIT,
                "trait",
                path[1],
                known.plan.traits,
                hint="add it to `traits` in a file in events/",
            )


def _stages(known: Known) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    always = None
    for number, stage in enumerate(known.traits.lifecycle):
        place, text = ("lifecycle", number), str(stage.when or "true")
        if always:
            message = f"the stage {stage.stage!r} is never reached"
            yield Problem(
                place=place, message=message, hint=f"{always!r} stands before it, and always holds", kind=Kind.UNREACHED
            )
        elif text in seen:
            message = f"the stage {stage.stage!r} is never reached"
            yield Problem(
                place=place,
                message=message,
                hint=f"{seen[text]!r} stands before it, with the same condition",
                kind=Kind.UNREACHED,
            )
        seen.setdefault(text, stage.stage)
        always = always or (stage.stage if text.strip() == "true" else None)
        if stage.when:
            yield from _asked((*place, "when"), stage.when, known)


def _asked(place: Place, when: Condition, known: Known) -> Iterator[Problem]:
    """A condition over a profile and the time alone."""
    roots = {path[0] for path in when.paths()}
    if others := sorted(roots - {"profile", "now"}):
        message = f"`{others[0]}` is not known here"
        yield Problem(
            place=place,
            message=message,
            hint="only `profile` and `now` are: it must hold at any time",
            kind=Kind.CONDITION,
        )
    if why := untimely(when):
        yield Problem(place=place, message="it cannot be known when the answer changes", hint=why, kind=Kind.UNTIMELY)
    for path in sorted(when.paths()):
        match path:
            case ("profile", word, *_) if word not in WORDS:
                yield unknown(place, Kind.NOWHERE, "word of `profile`", word, WORDS, hint="see docs/workspace.md")
            case ("profile", "traits", name, *_) if known.plan.traits and name not in known.plan.traits:
                yield unknown(
                    place,
                    Kind.UNKNOWN_TRAIT,
                    "trait",
                    name,
                    known.plan.traits,
                    hint="add it to `traits` in a file in events/",
                )
            case ("profile", "events", name, *_) if not known.plan.knows(name):
                yield unknown(
                    place, Kind.UNKNOWN_EVENT, "event", name, known.plan.names, hint="add it to a file in events/"
                )
            case ("profile", "segments", *_) if not members(when):
                hint = 'write it as "name" in profile.segments'
                yield Problem(
                    place=place, message="it asks for no segment by name", hint=hint, kind=Kind.UNKNOWN_SEGMENT
                )
            case _:
                pass
    yield from of_words(place, when, known)


def _events(place: Place, events: Iterable[str], plan: TrackingPlan) -> Iterator[Problem]:
    for event in events:
        yield from unheard(place, event, plan)


def _own(place: Place, events: Iterable[str]) -> Iterator[Problem]:
    for event in events:
        if event in OWN_NAMES:
            yield Problem(
                place=place,
                message=f"{event!r} is told by Segue itself and never counted: it would always be 0",
                hint="begin a journey, or wait, with it; or ask `profile.session`, `profile.segments`, "
                "`profile.lifecycle` how the person stands",
                kind=Kind.NEVER_COUNTED,
                about=event,
            )


def _heavy(computed: Mapping[str, Trait]) -> Iterator[Problem]:
    weights = {name: most_bytes(trait) for name, trait in computed.items()}
    total = sum(weights.values())
    if total > MOST_COMPUTED_BYTES:
        name = max(weights, key=lambda name: (weights[name], name))
        yield Problem(
            place=("computed", name),
            message=f"the computed traits could take {total // 1000} KB of a person's document; at most "
            f"{MOST_COMPUTED_BYTES // 1000} KB, please",
            hint=f"this one could take {weights[name] // 1000} KB: most_frequent and distinct weigh little without "
            "`over`, and all kinds with a window of fewer buckets",
            kind=Kind.TOO_MUCH,
        )


def _near(place: Place, event: str, name: str, known: Iterable[str]) -> Iterator[Problem]:
    """The plan lets unplanned properties through: only one that looks like a planned one is a mistake."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.8)
    if near and name not in known:
        message = f"the tracking plan knows no property {name!r} of {event!r}"
        yield Problem(place=place, message=message, hint=f"did you mean {near[0]!r}?", kind=Kind.UNKNOWN_PROPERTY)


def _circle(place: Place, needed: Mapping[str, set[str]]) -> Iterator[Problem]:
    try:
        ordered(needed)
    except ValueError as error:
        first = str(error).split(" ", maxsplit=1)[0]
        where = ("lifecycle",) if first == LIFECYCLE and place == ("segments",) else (*place, first)
        yield Problem(
            place=where,
            message=f"these ask for one another: {error}",
            hint="one of them must do without",
            kind=Kind.CIRCLE,
        )
