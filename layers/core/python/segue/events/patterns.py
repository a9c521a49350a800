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
_NUMERIC: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}
_TEXTS = ("prefix", "suffix", "equals-ignore-case", "wildcard")
_LOWER, _UPPER = (">", ">="), ("<", "<=")
_MISSING = object()


def problems(pattern: Mapping[str, Any], at: Place = ()) -> Iterator[Problem]:
    """Why EventBridge would refuse it, or why it can never match. `at` is where the pattern stands."""
    yield from _of_object(pattern, at, FIELDS)


def _of_object(pattern: Mapping[str, Any], at: Place, known: frozenset[str] | None) -> Iterator[Problem]:
    """`known` are the only names that there may be, at the top of an event."""
    if not pattern:
        yield _wrong(at, "the pattern asks for nothing", "name at least a source" if known else "")
    for name, wanted in pattern.items():
        place = (*at, name)
        if name == "$or":
            yield from _of_ways(place, wanted, known)
        elif known and name not in known:
            hint = f"what a system says stands under detail; known are {', '.join(sorted(known))}"
            yield _wrong(place, f"the pattern cannot match: no event has {name!r} at its top", hint)
        elif isinstance(wanted, Mapping):
            yield from _of_object(wanted, place, None)
        elif not isinstance(wanted, list):
            yield _wrong(place, f"{name!r} in a pattern takes a list of values", f"write [{wanted}]")
        elif not wanted:
            yield _wrong(place, f"the pattern cannot match: {name!r} allows no value")
        else:
            for number, value in enumerate(wanted):
                yield from _of_value((*place, number), value)


def _of_ways(place: Place, ways: Any, known: frozenset[str] | None) -> Iterator[Problem]:
    if not isinstance(ways, list) or len(ways) < 2:  # noqa: PLR2004 - one way is no choice
        yield _wrong(place, "$or takes a list of at least two patterns")
        return
    for number, way in enumerate(ways):
        if isinstance(way, Mapping):
            yield from _of_object(way, (*place, number), known)
        else:
            yield _wrong((*place, number), "$or takes patterns", "write what to ask for, such as {source: [aws.ses]}")


def _of_value(place: Place, value: Any) -> Iterator[Problem]:
    if isinstance(value, list):
        yield _wrong(place, "a list in a list matches nothing", "write the values themselves")
    if not isinstance(value, Mapping):
        return
    comparison, *more = value or ("nothing",)
    if more or comparison not in _TAKES:
        said, hint = ", ".join(map(str, value)) or "nothing", f"known are {', '.join(_TAKES)}, one at a time"
        yield _wrong(place, f"{said!r} is not a comparison of patterns", hint)
        return
    fits, takes = _TAKES[comparison]
    if not fits(value[comparison]):
        yield _wrong((*place, comparison), f"{comparison!r} takes {takes}")


def _wrong(place: Place, message: str, hint: str = "") -> Problem:
    return Problem(place=place, message=message, hint=hint, kind=Kind.PATTERN)


def _is_text(bound: Any) -> bool:
    return isinstance(bound, str)


def _is_part(bound: Any) -> bool:
    """Of a `prefix` or a `suffix`."""
    return _is_text(bound) or (isinstance(bound, Mapping) and [*bound] == [_FOLDED] and _is_text(bound[_FOLDED]))


def _is_wildcard(bound: Any) -> bool:
    return _is_text(bound) and "**" not in bound


def _is_numeric(bound: Any) -> bool:
    """One comparison, or a range that has a lower and then an upper end."""
    match bound:
        case [str() as sign, limit]:
            return sign in _NUMERIC and _number(limit)
        case [str() as lower, least, str() as upper, most]:
            ends = lower in _LOWER and upper in _UPPER and _number(least) and _number(most)
            return ends and bool(least < most)
        case _:
            return False


def _is_anything_but(bound: Any) -> bool:
    if isinstance(bound, Mapping):
        ((comparison, texts),) = bound.items() if len(bound) == 1 else (("", None),)
        texts = texts if isinstance(texts, list) else [texts]
        return comparison in _TEXTS and bool(texts) and all(isinstance(each, str) and each for each in texts)
    values = bound if isinstance(bound, list) else [bound]
    return bool(values) and (all(isinstance(each, str) for each in values) or all(map(_number, values)))


def _is_network(bound: Any) -> bool:
    try:
        return isinstance(bound, str) and bool(ipaddress.ip_network(bound, strict=False))
    except ValueError:
        return False


_FOLDED = "equals-ignore-case"

#: Of each comparison, whether it can compare with that, and what it takes in words.
_TAKES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "prefix": (_is_part, f"a text, or {{{_FOLDED}: one}}"),
    "suffix": (_is_part, f"a text, or {{{_FOLDED}: one}}"),
    _FOLDED: (_is_text, "a text"),
    "wildcard": (_is_wildcard, "a text, with no two * side by side"),
    "anything-but": (_is_anything_but, f"texts, or numbers, or one of {', '.join(_TEXTS)} with texts"),
    "numeric": (_is_numeric, "a sign and a number, such as ['>', 5], or a range, such as ['>=', 5, '<', 10]"),
    "exists": (lambda bound: isinstance(bound, bool), "true or false"),
    "cidr": (_is_network, "a range of IP addresses, such as 10.0.0.0/8"),
}


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
        return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)
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
