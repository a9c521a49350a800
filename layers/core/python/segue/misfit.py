"""What is wrong with what somebody said, in plain words and by its place.

Nothing of it is quoted but the names of fields: it may name a person, and answers are logged by those who get them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from segue.meant import MOST, meant, near

#: What pydantic calls the kinds of values, but for those that hold others by name.
KINDS: Mapping[str, str] = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    **dict.fromkeys(("list", "tuple", "set", "frozen_set"), "a list"),
}
#: And those, which are an object to a program and a mapping to who writes YAML.
BY_NAME = ("dict", "mapping", "model", "model_attributes")
_TYPES: Mapping[str, str] = {**KINDS, **dict.fromkeys(BY_NAME, "an object")}

#: How a bound is told, and where pydantic says which it is.
BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "greater_than": ("more than", "gt"),
    "less_than": ("less than", "lt"),
}
_MOMENT = "is no moment with a time zone: write one such as 2026-03-10T13:00:00+01:00"


def in_words(error: ValidationError, kind: type[BaseModel], said: Any) -> str:
    """Branches of a union speak together, of one place; those that do not fit at all are silent before others."""
    found: dict[str, dict[str, None]] = {}
    for each in error.errors(include_url=False):
        place = _place(each, said)
        found.setdefault(".".join(place), {})[_flaw(each, kind, place)] = None
    deepest = {
        place: flaws for place, flaws in found.items() if not any(each.startswith(f"{place}.") for each in found)
    }
    return "; ".join(_told(place, list(flaws)) for place, flaws in deepest.items())


def _told(place: str, flaws: list[str]) -> str:
    either = [flaw.removeprefix("must be ") for flaw in flaws if flaw.startswith("must be ")]
    told = "must be " + " or ".join(either) if len(either) == len(flaws) else " or ".join(flaws)
    return f"{place}: {told}" if place else told


def _place(found: ErrorDetails, said: Any) -> tuple[str, ...]:
    """Without the names of the branches of unions, which pydantic adds to the way."""
    way, place = found["loc"], list[str]()
    for number, step in enumerate(way):
        here = (isinstance(said, dict) and step in said) or (isinstance(said, list) and isinstance(step, int))
        if here:
            said = said[step]
        if here or (found["type"] == "missing" and number == len(way) - 1):
            place.append(str(step))
    return tuple(place)


def _flaw(found: ErrorDetails, kind: type[BaseModel], place: tuple[str, ...]) -> str:
    match found["type"]:
        case "extra_forbidden":
            return "is not a word here" + (_known(place[0], kind) if len(place) == 1 else "")
        case "value_error":
            return found["msg"].removeprefix("Value error, ")
        case "enum" | "literal_error":
            return _not_one_of(found)
        case of:
            return next(_simply(of, found.get("ctx", {})), found["msg"][:1].lower() + found["msg"][1:])


def _simply(of: str, context: Mapping[str, Any]) -> Iterator[str]:
    """What the type of the error tells alone."""
    if wanted := _TYPES.get(of.removesuffix("_type").removesuffix("_parsing")):
        yield f"must be {wanted}"
    elif of.startswith(("datetime", "timezone")):
        yield _MOMENT
    elif of == "missing":
        yield "is missing"
    else:
        yield from _bounds(of, context)


def _bounds(of: str, context: Mapping[str, Any]) -> Iterator[str]:
    unit = "characters" if of.startswith("string") else "entries"
    match of:
        case "string_too_short" | "too_short":
            least = context["min_length"]
            yield "must not be empty" if least == 1 else f"must have at least {least} {unit}"
        case "string_too_long" | "too_long":
            yield f"must have at most {context['max_length']} {unit}"
        case _ if of in BOUNDS:
            words, key = BOUNDS[of]
            yield f"must be {words} {context[key]}"


def _not_one_of(found: ErrorDetails) -> str:
    known = re.findall(r"'([^']*)'", str(found.get("ctx", {}).get("expected", "")))
    return f"there is none of this name; {meant(str(found['input']), known)}"


def _known(name: str, kind: type[BaseModel]) -> str:
    known = sorted(kind.model_fields)
    hint = meant(name, known) if len(known) <= MOST else near(name, known)
    return hint and f"; {hint}"
