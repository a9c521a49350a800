"""Whether a JSON value can travel: what cannot be written again must be found at the door; later it is a crash."""

import json
from dataclasses import dataclass
from typing import Any

MOST_DEPTH = 64


@dataclass(frozen=True, slots=True)
class Weight:
    """`flaw` says why the value cannot travel, as what follows its name. `text` is its JSON; a flawed one's is ASCII.

    `size` is in bytes of UTF-8, and 0 where nobody could tell.
    """

    text: str
    size: int
    flaw: str | None = None


def weigh(value: Any) -> Weight:
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        written = text.encode()
    except RecursionError:
        return _flawed(value, f"is nested deeper than {MOST_DEPTH}")
    except UnicodeEncodeError:
        return _flawed(value, "holds a text that is not Unicode (half of a surrogate pair)")
    except ValueError:
        return _flawed(value, "holds a number that is too large")
    if written.count(b"{") + written.count(b"[") > MOST_DEPTH and _depth(value) > MOST_DEPTH:
        return Weight(text, len(written), f"is nested deeper than {MOST_DEPTH}")
    return Weight(text, len(written))


def is_unicode(text: str) -> bool:
    """JSON may name half of a surrogate pair, which no encoding can write."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _flawed(value: Any, flaw: str) -> Weight:
    return Weight(json.dumps(_cut(value, MOST_DEPTH)), 0, flaw)


def _cut(value: Any, depth: int) -> Any:
    if not isinstance(value, dict | list):
        return value
    if not depth:
        return "…"
    if isinstance(value, dict):
        return {name: _cut(child, depth - 1) for name, child in value.items()}
    return [_cut(child, depth - 1) for child in value]


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [
        child
        for parent in level
        if isinstance(parent, dict | list)
        for child in (parent.values() if isinstance(parent, dict) else parent)
    ]:
        depth += 1
    return depth
