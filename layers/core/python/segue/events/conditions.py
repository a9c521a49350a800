"""Conditions that people write in journeys and policies, in CEL, over `event`, `profile`, `run` and `now`.

A condition can be wrong about its data, never dangerous: it answers no, and says what was the trouble.
"""

import difflib
import importlib.util
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.machinery import PathFinder
from typing import Any, Self

from segue.written import Written

#: What a condition may speak of.
ROOTS = frozenset({"event", "profile", "run", "now"})

_FUNCTIONS = frozenset(
    {"bytes", "contains", "double", "duration", "endsWith", "int", "matches", "size", "startsWith"}
    | {"string", "timestamp", "uint", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear"}
    | {"getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds"}
)
_MACROS = frozenset({"has", "all", "exists", "exists_one", "map", "filter"})
_TOKEN = re.compile(
    r"""//[^\n]* | [rRbB]{0,2}(?P<string>'''.*?''' | \"\"\".*?\"\"\" | '(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*")
    | (?P<name>[A-Za-z_]\w*) | (?P<number>\d[\w.]*) | (?P<sign>\S)""",
    re.VERBOSE | re.DOTALL,
)
_LITERALS = frozenset({"true", "false", "null", "in"})
_HOURS = {"w": 168, "d": 24}
_DAYS = re.compile(r"""(duration\s*\(\s*(["']))((?:\d+[wd])+)((?:\d+[hms])*)\2""")

#: What an expression without an answer gives.
NOTHING: Any = object()


@dataclass(frozen=True, slots=True)
class Trouble:
    """A condition could not be answered. `why` never quotes data, since it goes to logs."""

    condition: str
    why: str


class Facts:
    """What a condition is asked about. Converting the values costs far more than asking, so make it once per event."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._context: Any = None

    @property
    def context(self) -> Any:
        if self._context is None:
            self._context = _cel().Context(dict(self._values))
        return self._context


def _ignore(_trouble: Trouble) -> None: ...


@dataclass(frozen=True, slots=True)
class Condition(Written):
    """A parsed CEL expression."""

    NOUN = "a condition"

    text: str
    _program: Any = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str, roots: Collection[str] = ROOTS) -> Self:
        """Raise `ValueError` with one clear line: a syntax error, an unknown function, an unknown variable."""
        try:
            program = _cel().compile(_in_hours(text))
        except ValueError as error:
            message = f"condition {text!r}: {_first_line(str(error))}"
            raise ValueError(message) from None
        condition = cls(text, program)
        called = {name for name in program.functions() if name[0].isalpha()}
        _refuse(text, "function", called - _FUNCTIONS - _MACROS, _FUNCTIONS | _MACROS)
        _refuse(text, "variable", {path.split(".")[0] for path in condition.references()} - set(roots), roots)
        return condition

    def holds(self, facts: Facts | Mapping[str, Any], trouble: Callable[[Trouble], None] = _ignore) -> bool:
        """A missing key is a plain no, wherever it stands. Anything else that has no answer is a no and is told."""
        answer = self.answer(facts, trouble)
        if isinstance(answer, bool):
            return answer
        if answer is not NOTHING:
            trouble(Trouble(self.text, f"the answer is a {type(answer).__name__}, not true or false"))
        return False

    def answer(self, facts: Facts | Mapping[str, Any], trouble: Callable[[Trouble], None] = _ignore) -> Any:
        """Whatever the expression gives; `NOTHING` where a key is missing, or it has no answer, which is told."""
        try:
            return self._program.execute((facts if isinstance(facts, Facts) else Facts(facts)).context)
        except KeyError:
            return NOTHING
        except Exception as error:  # noqa: BLE001 - the extension raises built-in errors of every kind
            trouble(Trouble(self.text, _why(error)))
            return NOTHING
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # the extension's own; it is not an Exception
                raise
            trouble(Trouble(self.text, "the expression engine failed"))
            return NOTHING

    def references(self) -> frozenset[str]:
        """The paths it reads, such as `event.properties.cart_id`; names bound by `exists(x, …)` are left out."""
        return frozenset(".".join(path) for path in self.paths())

    def paths(self) -> frozenset[tuple[str, ...]]:
        """As `references`, step by step: a name may have a dot in it."""
        return frozenset(_paths(_tokens(self.text)))

    def literals(self, function: str) -> frozenset[str]:
        """The texts that it hands to a function, such as `30m` of `duration("30m")`."""
        return frozenset(_literals(_tokens(self.text), function))

    def __str__(self) -> str:
        return self.text


@cache
def _cel() -> Any:
    """The compiled extension alone: importing its package would run a command line: 0.3 s of a cold start."""
    if loaded := sys.modules.get("cel.cel"):
        return loaded
    package = importlib.util.find_spec("cel")
    spec = PathFinder.find_spec("cel.cel", package.submodule_search_locations if package else [])
    if spec is None or spec.loader is None:
        message = "the package common-expression-language is not installed"
        raise ModuleNotFoundError(message)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules["cel.cel"] = module  # it may be initialised only once in a process
    return module


def _refuse(text: str, kind: str, unknown: Collection[str], known: Collection[str]) -> None:
    for name in sorted(unknown):
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(sorted(known))}"
        message = f"condition {text!r}: unknown {kind} {name!r}{hint}"
        raise ValueError(message)


def _first_line(message: str) -> str:
    found = re.search(r"ERROR: <input>:(\d+):(\d+): (.*)", message)
    if found is None:
        return "it cannot be read"
    return f"column {found[2]}: {found[3].split(' expecting ')[0]}"


def _why(error: Exception) -> str:
    match error:
        case IndexError():
            return "a position beyond the end of a list"
        case TypeError():
            return "values of kinds that do not go together, such as a number and a text"
        case ArithmeticError():
            return "a division by zero, or a number too large"
        case _:
            return f"it cannot be evaluated ({type(error).__name__})"


def _tokens(text: str) -> list[re.Match[str]]:
    return [match for match in _TOKEN.finditer(text) if match.lastgroup]


def _literals(tokens: list[re.Match[str]], function: str) -> Iterator[str]:
    for at, token in enumerate(tokens):
        given = tokens[at + 2] if at + 2 < len(tokens) else None
        if token[0] == function and _text(tokens, at + 1) == "(" and given and given.lastgroup == "string":
            yield given[0].strip("'\"")


def _in_hours(text: str) -> str:
    """Days and weeks in `duration("90d")`, which people write and CEL does not know, as hours."""

    def hours(found: re.Match[str]) -> str:
        counted = sum(int(count) * _HOURS[unit] for count, unit in re.findall(r"(\d+)([wd])", found[3]))
        return f"{found[1]}{counted}h{found[4]}{found[2]}"

    return _DAYS.sub(hours, text)


def _paths(tokens: list[re.Match[str]]) -> Iterator[tuple[str, ...]]:
    bound = _LITERALS | {
        _text(tokens, at + 2)
        for at in range(len(tokens))
        if _text(tokens, at) in _MACROS and _text(tokens, at + 1) == "(" and _text(tokens, at + 3) == ","
    }
    at = 0
    while at < len(tokens):
        path, at = _path(tokens, at)
        if _text(tokens, at) == "(":
            path = path[:-1]
        if path and path[0] not in bound:
            yield tuple(path)


def _path(tokens: list[re.Match[str]], at: int) -> tuple[list[str], int]:
    """The path that begins at a token, if one does, and where it ends; a step after a call belongs to no path."""
    if tokens[at].lastgroup != "name" or _text(tokens, at - 1) == ".":
        return [], at + 1
    path, at = [_text(tokens, at)], at + 1
    while True:
        if _text(tokens, at) == "." and at + 1 < len(tokens) and tokens[at + 1].lastgroup == "name":
            path, at = [*path, _text(tokens, at + 1)], at + 2
        elif _text(tokens, at) == "[" and _text(tokens, at + 2) == "]" and tokens[at + 1].lastgroup == "string":
            path, at = [*path, _text(tokens, at + 1).strip("'\"")], at + 3
        else:
            return path, at


def _text(tokens: list[re.Match[str]], at: int) -> str:
    return tokens[at][0] if 0 <= at < len(tokens) else ""
