"""The plainest conditions, answered without CEL: comparisons with what is written down, joined by `&&`.

Most segments are of this kind, and to hand their values over costs far more than to compare them. Whatever is not
exactly of this kind, or has a value of another type than the condition expects, is left to CEL.
"""

import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from segue.duration import parse
from segue.profiles.reading import Path, Reader

_PATH = r"""profile(?:\.[A-Za-z_]\w*|\["[^"\\]*"\])+"""
_COMPARES = re.compile(rf"""({_PATH})\s*(==|!=|>=|<=|>|<)\s*(\d+(?:\.\d+)?|"[^"\\]*"|true|false)""")
_SINCE = re.compile(rf"""now\s*-\s*({_PATH})\s*(>=|<=|>|<)\s*duration\(["']([^"'\\]*)["']\)""")
_MEMBER = re.compile(r"""["']([^"'\\]*)["']\s+in\s+profile\.segments""")
_STEP = re.compile(r"""\.(\w+)|\["([^"]*)"\]""")

#: Beyond it CEL's whole numbers and Python's may differ.
_MOST = 2**53

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}

#: The answer, or `None`: CEL has to be asked.
Shortcut = Callable[[Reader], bool | None]


def shortcut(text: str) -> Shortcut | None:
    """`None` for a condition that is not so plain."""
    found = [_one(piece.strip()) for piece in text.split("&&")]
    pieces = [piece for piece in found if piece]
    if len(pieces) < len(found):
        return None
    if len(pieces) == 1:
        return pieces[0]

    def all_of(reader: Reader) -> bool | None:
        answers = [piece(reader) for piece in pieces]
        return None if None in answers else all(answers)

    return all_of


def _one(text: str) -> Shortcut | None:
    if found := _COMPARES.fullmatch(text):
        return _compares(_steps(found[1]), found[2], found[3])
    if found := _SINCE.fullmatch(text):
        return _since(_steps(found[1]), found[2], found[3])
    if found := _MEMBER.fullmatch(text):
        name = found[1]
        return lambda reader: name in reader.segments
    return None


def _steps(path: str) -> Path:
    return ("profile", *(step[1] or step[2] for step in _STEP.finditer(path)))


def _compares(path: Path, sign: str, literal: str) -> Shortcut | None:
    compare = _ORDER[sign]
    given: str | float | bool
    kinds: tuple[type, ...]
    if literal[0].isdigit():
        given, kinds = (float(literal) if "." in literal else int(literal)), (int, float)
    elif sign in ("==", "!="):
        given = literal[1:-1] if literal[0] == '"' else literal == "true"
        kinds = (type(given),)
    else:
        return None

    def answer(reader: Reader) -> bool | None:
        value = reader.value(path)
        if value is None:
            return False if len(path) > 2 else None  # noqa: PLR2004 - a word of `profile` itself is there, and null
        if type(value) not in kinds or (type(value) is int and abs(value) > _MOST):
            return None
        return compare(value, given)

    return answer


def _since(path: Path, sign: str, length: str) -> Shortcut | None:
    compare = _ORDER[sign]
    try:
        given = parse(length)
    except ValueError:
        return None

    def answer(reader: Reader) -> bool | None:
        value = reader.value(path)
        if value is None:
            return False if len(path) > 2 else None  # noqa: PLR2004 - as above
        return compare(reader.now - value, given) if isinstance(value, datetime) else None

    return answer
