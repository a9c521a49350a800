"""A mistake in a workspace: where it stands, what is wrong, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`place` is the way into the document, as pydantic writes it: `("steps", 2, "send", "template")`.

    The workspace's loader turns it into a file and a line. `hint` says what would be right.
    """

    place: tuple[str | int, ...]
    message: str
    hint: str = ""
