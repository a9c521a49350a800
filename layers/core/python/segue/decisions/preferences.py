"""The hours that people set for themselves: when they want peace, and when they would rather be written to."""

from functools import lru_cache

from segue.decisions.definition import Definition
from segue.decisions.hours import Hours


class Preferences(Definition):
    """By which traits people say it; `null` asks for none. Hours are written as in a window: `22:00-07:00`."""

    quiet_hours: str | None = "quiet_hours"
    send_time: str | None = "send_time"
    channel: str | None = "preferred_channel"


def hours_said(value: object) -> Hours | None:
    """`None` if they are no hours."""
    if isinstance(value, str):
        return _parsed(value)
    try:
        return Hours.parse(value)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Hours | None:
    try:
        return Hours.parse(text)
    except ValueError:
        return None
