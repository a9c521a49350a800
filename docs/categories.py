"""Makes the table of categories in workspace.md."""  # noqa: INP001 - docs/ is no package

from collections.abc import Iterator
from pathlib import Path

from segue.decisions.policy import Category, Policy
from segue.duration import write

WORKSPACE = Path(__file__).parent / "workspace.md"
_BEGIN, _END = "<!-- categories -->\n", "<!-- /categories -->"


def categories(page: str) -> str:
    """The page with the table renewed."""
    before, rest = page.split(_BEGIN)
    return f"{before}{_BEGIN}{''.join(_rows())}{_END}{rest.split(_END)[1]}"


def _rows() -> Iterator[str]:
    any_, transactional = Category(), Policy().category("transactional")
    yield "| word | any category | `transactional` | what it says |\n|---|---|---|---|\n"
    for word, what in _SAY.items():
        yield f"| `{word}` | {_shown(any_, word)} | {_shown(transactional, word)} | {what} |\n"


_SAY = {
    "purpose": "what a person must have consented to",
    "expires_after": "for how long a message may wait; then it is dropped with `expired`",
    "priority": "0 to 9, 9 goes first",
    "exempt": "what it passes by: `windows` (hours and the laws; closed days that name it hold all the same), `caps`",
    "counts": "whether its messages fill the caps of others; if nothing is said, those do that are held back by caps",
    "unsubscribe": "whether one can unsubscribe from it, so that each e-mail must offer to",
    "repeat": "whether a message is sent again when it is not known if it went out: rather twice than never",
    "unknown_time_zone": "what holds for whom no time zone is known of (see above)",
}


def _shown(category: Category, word: str) -> str:
    value = getattr(category, word)
    match value:
        case None:
            return "-"
        case bool():
            return f"`{str(value).lower()}`"
        case frozenset():
            return ", ".join(f"`{each}`" for each in sorted(value, reverse=True)) or "none"
        case str() | int():
            return f"`{value}`"
        case _:
            return f"`{write(value)}`"
