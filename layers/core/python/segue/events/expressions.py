"""Expressions that people write in the mappings of sources, in JMESPath, over an event as a bus delivers it.

What they say about the data may be wrong, so that an answer can fail; what is wrong with them themselves is found when
they are read: a broken expression, an unknown function, a wrong number of arguments.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import jmespath
from jmespath import exceptions
from jmespath.functions import Functions, signature

from segue.written import Written


class NoAnswer(Exception):
    """An expression could not be answered for this event. The text never quotes data, since it goes to logs."""


class _Functions(Functions):  # type: ignore[misc]  # jmespath is not typed
    """What JMESPath has not, and what events of other systems need."""

    @signature({"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_lower(self, text: str) -> str:
        return text.lower()

    @signature({"types": ["string"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_split(self, separator: str, text: str) -> list[str]:
        return text.split(separator) if separator else list(text)

    @signature({"types": ["number", "null"]})  # type: ignore[untyped-decorator]
    def _func_from_seconds(self, since_1970: float | None) -> str | None:
        """Unix time, as Stripe writes it, in ISO 8601."""
        return None if since_1970 is None else datetime.fromtimestamp(since_1970, UTC).isoformat()

    @signature({"types": ["number", "null"]})  # type: ignore[untyped-decorator]
    def _func_from_milliseconds(self, since_1970: float | None) -> str | None:
        """Unix time in milliseconds, as Salesforce writes it, in ISO 8601."""
        return None if since_1970 is None else datetime.fromtimestamp(since_1970 / 1000, UTC).isoformat()


_OPTIONS = jmespath.Options(custom_functions=_Functions())
FUNCTIONS: frozenset[str] = frozenset(_Functions.FUNCTION_TABLE)


@dataclass(frozen=True, slots=True)
class Expression(Written):
    """A parsed JMESPath expression."""

    NOUN = "an expression"

    text: str
    _parsed: Any = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise `ValueError` with one clear line that names the column."""
        try:
            parsed = jmespath.compile(text)
        except exceptions.JMESPathError as error:
            raise ValueError(f"expression {text!r}: {_told(error, text)}") from None
        for called in _calls(parsed.parsed):
            _check_call(text, called)
        return cls(text, parsed)

    def answer(self, facts: Mapping[str, Any]) -> Any:
        """What it finds; `None` where there is nothing. Raise `NoAnswer`."""
        try:
            return self._parsed.search(facts, options=_OPTIONS)
        except exceptions.JMESPathTypeError as error:
            expected = " or ".join(error.expected_types)
            message = f"{error.function_name}() takes a value of type {expected}, and was given {error.actual_type}"
            raise NoAnswer(message) from None
        except Exception as error:  # an expression is somebody else's program: whatever it runs into is told
            raise NoAnswer(f"the expression has no answer ({type(error).__name__})") from error

    @property
    def literal(self) -> Any:
        """The value that it always has; `None` when that depends on the event."""
        parsed = self._parsed.parsed
        return parsed["value"] if parsed["type"] == "literal" else None

    def __str__(self) -> str:
        return self.text


def _calls(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if node["type"] == "function_expression":
        yield node
    for child in node["children"]:
        yield from _calls(child)


def _check_call(text: str, called: Mapping[str, Any]) -> None:
    name, given = called["value"], len(called["children"])
    column = text.find(f"{name}(") + 1
    if name not in FUNCTIONS:
        near = difflib.get_close_matches(name, FUNCTIONS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(sorted(FUNCTIONS))}"
        raise ValueError(f"expression {text!r}: column {column}: unknown function {name!r}{hint}")
    expected = _Functions.FUNCTION_TABLE[name]["signature"]
    any_more = bool(expected) and bool(expected[-1].get("variadic"))
    if given < len(expected) or (given > len(expected) and not any_more):
        takes = f"{'at least ' if any_more else ''}{len(expected)}"
        raise ValueError(f"expression {text!r}: column {column}: {name}() takes {takes} arguments, and has {given}")


def _told(error: exceptions.JMESPathError, text: str) -> str:
    match error:
        case exceptions.EmptyExpressionError():
            return "it is empty"
        case exceptions.IncompleteExpressionError():
            return f"column {len(text) + 1}: it ends too early"
        case exceptions.LexerError():
            return f"column {error.lex_position + 1}: {error.message[0].lower()}{error.message[1:]}"
        case exceptions.ParseError():
            return f"column {error.lex_position + 1}: {error.token_value!r} cannot stand here"
        case _:
            return "it cannot be read"
