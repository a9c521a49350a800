"""Whether a document has the form that its kind asks for; and if not, what a person should write instead."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from segue import misfit
from segue.journeys.steps import KINDS, place
from segue.meant import MOST, meant, near
from segue.problem import Kind, Problem
from segue.workspace.source import Document

_TYPES = {**misfit.KINDS, **dict.fromkeys(misfit.BY_NAME, "a mapping of words to values")}
#: Of a regular expression what it asks for, where that can be said in words.
_FORMS = {
    r"^https?://": "begin it with https://",
    r"^https?://\S+$": "write its address, which begins with https://",
    r"^[^@\s]+@[^@\s]+$": "write an address, such as hello@shop.example.com",
    "^[A-Z]{2}$": "write the two letters of a country, such as US",
    r"^[a-z][a-z0-9-]{0,39}$": "write lower-case letters, digits and hyphens, a letter first, 40 at most",
    r"^[a-z][a-z0-9_]{0,39}$": "write lower-case letters, digits and underscores, a letter first, 40 at most",
}


def problems(error: ValidationError, kind: type[BaseModel], document: Document) -> Iterator[Problem]:
    """Pydantic's errors in our words. Of the branches of a union, which all complain, the first one speaks."""
    complained: set[tuple[str | int, ...]] = set()
    for found in error.errors(include_url=False):
        problem = _problem(found, kind)
        if problem.kind in (Kind.UNKNOWN_WORD, Kind.MISSING_WORD):
            yield problem
            continue
        there = _there(problem.place, document)
        if there not in complained:
            complained.add(there)
            yield problem


def _problem(found: ErrorDetails, kind: type[BaseModel]) -> Problem:
    where = place(found["loc"])
    match found["type"]:
        case "extra_forbidden" | "missing":
            return _word(found, where, kind)
        case "literal_error" | "enum":
            return _not_one_of(found, where)
        case "step_kind":
            return Problem(place=where, message=found["msg"], hint=_which_step(found["input"]))
        case "value_error":
            return _said(found["msg"].removeprefix("Value error, "), where)
        case type_:
            wanted = _TYPES.get(type_.rpartition("_")[0].removesuffix("_from"))
            if wanted is None:
                message, hint = _plain(found, where)
                return Problem(place=where, message=message, hint=hint or described(kind, found["loc"]))
            message = f"{_named(where)} must be {wanted}, and this is {_what(found['input'])}"
            return Problem(place=where, message=message, hint=described(kind, found["loc"]), kind=Kind.WRONG_TYPE)


def _word(found: ErrorDetails, where: tuple[str | int, ...], kind: type[BaseModel]) -> Problem:
    name = str(where[-1])
    if found["type"] == "missing":
        hint = described(kind, found["loc"])
        return Problem(place=where, message=f"{name!r} is missing", hint=hint, kind=Kind.MISSING_WORD)
    hint = _known(name, kind, found["loc"])
    return Problem(place=where, message=f"{name!r} is not a word here", hint=hint, kind=Kind.UNKNOWN_WORD)


def _said(text: str, where: tuple[str | int, ...]) -> Problem:
    """What a validator of ours says: the value, what is wrong with it, and after a colon what would be right."""
    if expression := re.fullmatch(r"expression '.*': (column .*)", text, re.DOTALL):
        message, _, hint = expression[1].partition("; ")
        return Problem(place=where, message=f"the expression: {message}", hint=hint, kind=Kind.EXPRESSION)
    if condition := re.fullmatch(
        r"condition .*?: ((?:unknown (?:function|variable) '(\w+)'|column |it cannot).*)", text, re.DOTALL
    ):
        message, _, hint = condition[1].partition("; ")
        return Problem(
            place=where, message=f"the condition: {message}", hint=hint, kind=Kind.CONDITION, about=condition[2] or ""
        )
    message, _, hint = text.partition(": ")
    alone = re.fullmatch(r"'[^']*'", message)
    return Problem(place=where, message=f"{message} can't stand here" if alone else message, hint=hint)


def _which_step(given: Any) -> str:
    said = [str(word) for word in given] if isinstance(given, dict | list) else [str(given)]
    known = [word for word in said if word in KINDS]
    if len(known) > 1:
        return f"make {' and '.join(known)} steps of their own"
    return next((hint for name in said if (hint := near(name, KINDS))), "")


def _not_one_of(found: ErrorDetails, where: tuple[str | int, ...]) -> Problem:
    expected = re.findall(r"'([^']*)'", str(found.get("ctx", {}).get("expected", "")))
    said = str(found["input"])
    return Problem(
        place=where,
        message=f"{_named(where)} can't be {said!r}",
        hint=near(said, expected) or f"it is one of: {', '.join(expected)}",
        kind=Kind.NOT_ONE_OF,
    )


def _plain(found: ErrorDetails, where: tuple[str | int, ...]) -> tuple[str, str]:
    """What is wrong, and a hint."""
    context: Mapping[str, Any] = found.get("ctx", {})
    match found["type"]:
        case "string_too_short" | "too_short":
            return f"{_named(where)} must not be empty", ""
        case "string_pattern_mismatch":
            cannot = "can't stand here" if found["loc"][-1] == "[key]" else f"can't be {found['input']!r}"
            name = repr(found["input"]) if found["loc"][-1] == "[key]" else _named(where)
            return f"{name} {cannot}", _FORMS.get(context["pattern"], f"it has the form {context['pattern']}")
        case kind if kind in misfit.BOUNDS:
            words, key = misfit.BOUNDS[kind]
            return f"{_named(where)} must be {words} {context[key]:g}", ""
        case kind if kind.startswith("date_"):
            return f"{_named(where)} can't be {found['input']!r}", "write a day, such as 2026-03-01"
        case _:
            return f"{_named(where)}: {found['msg'][:1].lower()}{found['msg'][1:]}", ""


def _named(where: tuple[str | int, ...]) -> str:
    """The last word of the way, with the position in its list: `aliases[2]`."""
    words = [str(step) for step in where if isinstance(step, str)]
    at = f"[{where[-1]}]" if where and isinstance(where[-1], int) else ""
    return f"{words[-1]}{at}" if words else "the file"


def _what(given: Any) -> str:
    match given:
        case None:
            return "empty"
        case bool() | int() | float():
            return json.dumps(given)
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "a mapping"


def _there(where: tuple[str | int, ...], document: Document) -> tuple[str | int, ...]:
    """As much of the way as the file has: unions add the names of their branches."""
    while where and not document.has(where):
        where = where[:-1]
    return where


def _known(name: str, kind: type[BaseModel], location: tuple[str | int, ...]) -> str:
    known = sorted({word for schema in _schemas(kind, location[:-1]) for word in schema.get("properties", {})})
    return meant(name, known) if 0 < len(known) <= MOST else near(name, known)


def described(kind: type[BaseModel], location: tuple[str | int, ...]) -> str:
    """What the schema says of the value at this place."""
    if not location:
        return ""
    *above, name = location
    for schema in _schemas(kind, tuple(above)):
        if text := schema.get("properties", {}).get(name, {}).get("description"):
            return str(text)
    return ""


@cache
def _schema(kind: type[BaseModel]) -> dict[str, Any]:
    return kind.model_json_schema()


def _schemas(kind: type[BaseModel], location: tuple[str | int, ...]) -> list[dict[str, Any]]:
    """What may stand at a place: the branches of unions, or the one that a tag such as `<send>` names."""
    root = _schema(kind)
    found = _branches(root, root)
    for step in location:
        if isinstance(step, str) and step.startswith("<"):
            tag = step.strip("<>")
            found = [schema for schema in found if tag in schema.get("properties", {})]
            continue
        inner = [_step(schema, step) for schema in found]
        found = [branch for schema in inner if schema for branch in _branches(schema, root)] or found
    return found


def _step(schema: dict[str, Any], step: str | int) -> Any:
    if isinstance(step, int):
        return schema.get("items")
    return schema.get("properties", {}).get(step, schema.get("additionalProperties"))


def _branches(schema: Any, root: dict[str, Any]) -> list[dict[str, Any]]:
    if not isinstance(schema, dict):
        return []
    if ref := schema.get("$ref"):
        return _branches(root["$defs"][ref.rpartition("/")[2]], root)
    unions = [each for word in ("anyOf", "oneOf", "allOf") for each in schema.get(word, [])]
    return [branch for each in unions for branch in _branches(each, root)] if unions else [schema]
