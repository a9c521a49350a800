"""What somebody meant who wrote a name of which there is none."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

#: More names than these are no help: they go to the docs.
MOST = 12


def near(name: str, known: Iterable[str]) -> str:
    """The one that looks like it, as a question; empty if none does."""
    found = get_close_matches(name, list(known), n=1)
    return f"did you mean {found[0]!r}?" if found else ""


def meant(name: str, known: Sequence[str]) -> str:
    """That one, or else those that there are, in their order."""
    return near(name, known) or f"known are: {', '.join(known[:MOST]) or 'none'}"
