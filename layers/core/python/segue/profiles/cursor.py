"""Where a page ends, as its reader gives it back to get the next: a text that anybody may have written."""

import base64
import binascii
import json
from datetime import UTC, datetime

#: The moment of the page's last entry, and what tells it from others of that moment.
Position = tuple[datetime, str]

#: `since <= moment < until`.
Span = tuple[datetime, datetime]


class BadCursor(ValueError):
    """A cursor that no page gave."""

    def __init__(self) -> None:
        super().__init__("the cursor is none that a page gave: begin again without it")


def write(at: Position, span: Span | tuple[()] = ()) -> str:
    """With the span that all the pages are of, where the reader did not say it."""
    said = [at[0].isoformat(), at[1], *(each.isoformat() for each in span)]
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def read(cursor: str) -> Position:
    """Raise `BadCursor`."""
    at, rest, more = _opened(cursor)
    if more:
        raise BadCursor
    return at, rest


def read_with_span(cursor: str) -> tuple[Position, Span]:
    """Raise `BadCursor`."""
    at, rest, more = _opened(cursor)
    if len(more) != 2:  # noqa: PLR2004 - its beginning and its end
        raise BadCursor
    return (at, rest), (more[0], more[1])


def _opened(cursor: str) -> tuple[datetime, str, list[datetime]]:
    try:
        at, rest, *more = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        rest.encode()
        moments = [_utc(each) for each in (at, *more)]
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, binascii.Error):
        raise BadCursor from None
    return moments[0], rest, moments[1:]


def _utc(written: str) -> datetime:
    at = datetime.fromisoformat(written)
    if at.tzinfo is None:
        raise ValueError
    return at.astimezone(UTC)
