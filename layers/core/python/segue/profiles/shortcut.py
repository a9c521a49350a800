"""The plainest conditions and formulas, answered without CEL.

They are comparisons of values, with what is written down or with each other, joined by `&&`; and one sum, difference,
product or quotient. Most of what people write is of this kind, and to hand the values over costs far more than to
compare them. Whatever is not exactly of this kind, or has a value of another type than is expected, is left to CEL.
"""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from segue.duration import parse
from segue.events.conditions import NOTHING

_PATH = r"""(?:profile|event)(?:\.[A-Za-z_]\w*|\["[^"\\]*"\])+"""
_COMPARES = re.compile(rf"""({_PATH})\s*(==|!=|>=|<=|>|<)\s*(?:(\d+(?:\.\d+)?|"[^"\\]*"|true|false)|({_PATH}))""")
_SINCE = re.compile(rf"""now\s*-\s*({_PATH})\s*(>=|<=|>|<)\s*duration\(["']([^"'\\]*)["']\)""")
_MEMBER = re.compile(r"""["']([^"'\\]*)["']\s+in\s+profile\.segments""")
_CALCULATES = re.compile(r"(computed|traits)\.(\w+)\s*([-+*/])\s*(computed|traits)\.(\w+)")
_STEP = re.compile(r"""\.(\w+)|\["([^"]*)"\]""")

#: Beyond it CEL's whole numbers and Python's may differ.
_MOST = 2**53

#: What a value is that only CEL knows what to make of.
UNCLEAR: Any = object()

_NUMBERS, _EQUALITY = (int, float), ("==", "!=")

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}

_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}

#: The answer of somebody (as a `Reader` sees them) or of an event, or `None`: CEL has to be asked.
Shortcut = Callable[[Any], bool | None]

#: What a path leads to: `NOTHING`, and so no to any question, if it leads nowhere; `UNCLEAR` if CEL should see to it.
Value = Callable[[Any], Any]


def shortcut(text: str, read_by: Callable[[tuple[str, ...]], Value]) -> Shortcut | None:
    """`None` for a condition that is not so plain. `read_by` makes of a path how to find what it leads to."""
    found = [_one(piece.strip(), read_by) for piece in text.split("&&")]
    pieces = [piece for piece in found if piece]
    if len(pieces) < len(found):
        return None
    if len(pieces) == 1:
        return pieces[0]

    def all_of(asked: Any) -> bool | None:
        for piece in pieces:
            if not (answer := piece(asked)):
                return answer
        return True

    return all_of


def arithmetic(text: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], float | None] | None:
    """`None` for a formula that is not so plain. Else what it gives of such values, or `None`: CEL has to be asked."""
    found = _CALCULATES.fullmatch(text.strip())
    if found is None:
        return None
    (one, first), sign, (other, second) = found.group(1, 2), found[3], found.group(4, 5)
    calculate = _ARITHMETIC[sign]

    def answer(computed: Mapping[str, Any], traits: Mapping[str, Any]) -> float | None:
        mine = (computed if one == "computed" else traits).get(first)
        theirs = (computed if other == "computed" else traits).get(second)
        if type(mine) is not float or type(theirs) is not float or (sign == "/" and not theirs):
            return None
        return calculate(mine, theirs)

    return answer


def _one(text: str, read_by: Callable[[tuple[str, ...]], Value]) -> Shortcut | None:
    if found := _COMPARES.fullmatch(text):
        first, sign, literal, second = found.groups()
        one = read_by(_steps(first))
        return _compares(one, sign, literal) if literal else _compares_two(one, sign, read_by(_steps(second)))
    if found := _SINCE.fullmatch(text):
        return _since(read_by(_steps(found[1])), found[2], found[3])
    if found := _MEMBER.fullmatch(text):
        name = found[1]
        return lambda reader: name in reader.segments
    return None


def _compares(value_of: Value, sign: str, literal: str) -> Shortcut | None:
    compare = _ORDER[sign]
    given: str | float | bool
    kinds: tuple[type, ...]
    if literal[0].isdigit():
        given, kinds = (float(literal) if "." in literal else int(literal)), _NUMBERS
    elif sign in _EQUALITY:
        given = literal[1:-1] if literal[0] == '"' else literal == "true"
        kinds = (type(given),)
    else:
        return None

    def answer(asked: Any) -> bool | None:
        value = value_of(asked)
        kind = type(value)
        if kind in kinds and (kind is not int or -_MOST <= value <= _MOST):
            return compare(value, given)
        if value is NOTHING:
            return False
        return compare(value, given) if value is None and sign in _EQUALITY else None

    return answer


def _compares_two(one: Value, sign: str, other: Value) -> Shortcut:
    compare = _ORDER[sign]
    kinds = (datetime, float, int, str, bool) if sign in _EQUALITY else (datetime, float, int)

    def answer(asked: Any) -> bool | None:
        mine, theirs = one(asked), other(asked)
        if mine is NOTHING or theirs is NOTHING:
            return False
        kind = type(mine)
        if type(theirs) is not kind or (kind is int and max(abs(mine), abs(theirs)) > _MOST):
            return None
        return compare(mine, theirs) if kind in kinds else None

    return answer


def _since(value_of: Value, sign: str, length: str) -> Shortcut | None:
    compare = _ORDER[sign]
    try:
        given = parse(length)
    except ValueError:
        return None

    def answer(reader: Any) -> bool | None:
        value = value_of(reader)
        if value is NOTHING:
            return False
        return compare(reader.now - value, given) if isinstance(value, datetime) else None

    return answer


def _steps(path: str) -> tuple[str, ...]:
    root = "profile" if path.startswith("profile") else "event"
    return (root, *(step[1] or step[2] for step in _STEP.finditer(path)))
