"""The time zones there are: those of the locked `tzdata`, since the machine's own may be older, and has more names."""

import re
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

_NAME = r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*"
_NOT_PLACES = frozenset({"localtime", "posixrules", "Factory"})
_LONGEST_NAME = 64


def zone_named(name: str) -> ZoneInfo | None:
    """The zone of an IANA name, or `None`. Clients also send abbreviations, offsets and nonsense."""
    return None if len(name) > _LONGEST_NAME else _zone(name)


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    if name in _NOT_PLACES or re.fullmatch(_NAME, name) is None:
        return None
    try:
        with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
            return ZoneInfo.from_file(file, key=name)
    except (OSError, ValueError):
        return None
