"""Lots that a person always draws the same, without anybody keeping them."""

import hashlib
from collections.abc import Iterable

_BITS = 53


def lot(person: str, of: str) -> float:
    """In [0, 100), evenly over people, and for each `of` independently of every other."""
    digest = hashlib.sha256(f"{of}\0{person}".encode()).digest()
    return 100 * float(int.from_bytes(digest[:8]) >> (64 - _BITS)) / (1 << _BITS)


def drawn(weights: Iterable[tuple[str, float]], at: float) -> str:
    """Of the names the one in whose share of 100 the lot lies; rounding goes to the last."""
    name, upto = "", 0.0
    for name, weight in weights:
        upto += weight
        if at < upto:
            return name
    return name
