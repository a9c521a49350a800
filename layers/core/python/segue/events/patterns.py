"""Event patterns as EventBridge has them: what is wrong with one, and whether it matches an event.

The rules are those of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html. Matching is for
worked examples and tests; in AWS it is EventBridge that matches.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from segue.problem import Kind, Problem

Place = tuple[str | int, ...]

#: What an event has at its top; a pattern that asks for anything else never matches.
FIELDS = frozenset(
    {"account", "detail", "detail-type", "id", "region", "replay-name", "resources", "source", "time", "version"}
)
_COMPARISONS = ("prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "exists", "cidr")
_NUMERIC: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}
_MISSING = object()


def problems(pattern: Mapping[str, Any], at: Place = ()) -> Iterator[Problem]:
    """Why EventBridge would refuse it, or why it can never match."""
    if not pattern:
        yield Problem(
            place=at, message="the pattern asks for nothing", hint="name at least a source", kind=Kind.PATTERN
        )
    for name, wanted in pattern.items():
        place = (*at, name)
        if not at and name not in FIELDS and name != "$or":
            hint = f"what a system says stands under detail; known are {', '.join(sorted(FIELDS))}"
            yield Problem(
                place=place,
                message=f"the pattern cannot match: no event has {name!r} at its top",
                hint=hint,
                kind=Kind.PATTERN,
            )
        elif name == "$or":
            for way in wanted if isinstance(wanted, list) else []:
                yield from problems(way, at)
            if not isinstance(wanted, list) or len(wanted) < 2:  # noqa: PLR2004 - one way is no choice
                yield Problem(place=place, message="$or takes a list of at least two patterns", kind=Kind.PATTERN)
        elif isinstance(wanted, Mapping):
            yield from problems(wanted, place)
        elif not isinstance(wanted, list):
            hint = f"write [{wanted}]"
            yield Problem(
                place=place, message=f"{name!r} in a pattern takes a list of values", hint=hint, kind=Kind.PATTERN
            )
        elif not wanted:
            yield Problem(place=place, message=f"the pattern cannot match: {name!r} allows no value", kind=Kind.PATTERN)
        else:
            yield from _unknown(place, wanted)


def _unknown(place: Place, wanted: list[Any]) -> Iterator[Problem]:
    for number, way in enumerate(wanted):
        if isinstance(way, Mapping) and (len(way) != 1 or next(iter(way)) not in _COMPARISONS):
            said = ", ".join(map(str, way)) or "nothing"
            hint = f"known are {', '.join(_COMPARISONS)}, one at a time"
            yield Problem(
                place=(*place, number),
                message=f"{said!r} is not a comparison of patterns",
                hint=hint,
                kind=Kind.PATTERN,
            )


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """`event` is what stands where the pattern stands."""
    event = event if isinstance(event, Mapping) else {}
    for name, wanted in pattern.items():
        if name == "$or":
            if not any(matches(way, event) for way in wanted):
                return False
        elif isinstance(wanted, Mapping):
            below = event.get(name)
            if not any(matches(wanted, each) for each in (below if isinstance(below, list) else [below])):
                return False
        elif not _any_of(wanted, event.get(name, _MISSING)):
            return False
    return True


def _any_of(wanted: list[Any], value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(_is(way, each) for way in wanted for each in values)


def _is(way: Any, value: Any) -> bool:
    if not isinstance(way, Mapping):
        return bool(way == value) and (type(way) is type(value) or (_number(way) and _number(value)))
    ((comparison, bound),) = way.items()
    match comparison:
        case "exists":
            return (value is not _MISSING) is bool(bound)
        case "anything-but":
            return value is not _MISSING and not _any_of(_ways(bound), value)
        case "numeric":
            pairs = zip(bound[::2], bound[1::2], strict=True)
            return _number(value) and all(_NUMERIC[sign](value, limit) for sign, limit in pairs)
        case _:
            return isinstance(value, str) and _text(comparison, bound, value)


def _text(comparison: str, bound: Any, value: str) -> bool:
    match comparison:
        case "prefix" | "suffix" if isinstance(bound, Mapping):
            return _text(comparison, bound["equals-ignore-case"].lower(), value.lower())
        case "prefix":
            return value.startswith(bound)
        case "suffix":
            return value.endswith(bound)
        case "equals-ignore-case":
            return bool(value.lower() == bound.lower())
        case "wildcard":
            return bool(re.fullmatch(".*".join(re.escape(part) for part in bound.split("*")), value, re.DOTALL))
        case "cidr":
            return _within(bound, value)
        case _:
            raise ValueError(f"{comparison!r} is not a comparison of patterns")


def _within(network: str, value: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(network)
    except ValueError:
        return False


def _ways(bound: Any) -> list[Any]:
    """`anything-but` takes a value, a list of them, or a comparison of texts, which may itself take a list."""
    if isinstance(bound, Mapping):
        ((comparison, texts),) = bound.items()
        return [{comparison: text} for text in (texts if isinstance(texts, list) else [texts])]
    return bound if isinstance(bound, list) else [bound]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
