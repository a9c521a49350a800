"""Durations as people write them in a workspace: `30m`, `24h`, `7d`."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PATTERN = r"(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?"


def parse(text: str) -> timedelta:
    """`30m`, `24h`, `7d`, `2w`, also combined with the largest first: `1d12h`."""
    found = re.fullmatch(_PATTERN, text.strip())
    if not text.strip() or found is None:
        message = f"{text!r} is not a duration: write a whole number and a unit, such as 30m, 24h or 7d"
        raise ValueError(message)
    seconds = sum(int(part[:-1]) * _UNITS[part[-1]] for part in found.groups() if part)
    if seconds == 0:
        message = f"{text!r} is no time at all: write 30m, 24h or 7d, or leave it out"
        raise ValueError(message)
    return timedelta(seconds=seconds)


def write(duration: timedelta) -> str:
    """The shortest text that `parse` reads back; whole seconds."""
    rest, parts = round(duration.total_seconds()), []
    for unit in ("d", "h", "m", "s"):
        count, rest = divmod(rest, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def spoken(duration: timedelta) -> str:
    """For people: `7 days`, `24 hours`, `90 minutes`. One day is 24 hours, since it is none of the calendar's."""
    seconds = round(duration.total_seconds())
    for unit, word in (("d", "day"), ("h", "hour"), ("m", "minute"), ("s", "second")):
        count, rest = divmod(seconds, _UNITS[unit])
        if not rest and count > (unit == "d"):
            return f"{count} {word}{'' if count == 1 else 's'}"
    return write(duration)


def _read(given: Any) -> Any:
    if isinstance(given, timedelta):
        return given
    if not isinstance(given, str):
        message = f"{given!r} is not a duration: write a whole number and a unit, such as 30m, 24h or 7d"
        raise ValueError(message)  # noqa: TRY004 - pydantic gathers ValueErrors
    return parse(given)


#: A field of a definition: text in YAML and JSON, `timedelta` inside.
Duration = Annotated[
    timedelta,
    BeforeValidator(_read),
    PlainSerializer(write, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^(?=.){_PATTERN}$", "examples": ["30m", "24h", "7d"]}),
]
