"""When the answer of a condition can change without an event: at the moments that its times and durations make.

A condition compares times (of the profile, or written down) with `now`, less or plus durations that are written down.
So each change lies at a time that it reads, plus or minus some of its durations.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from segue.duration import parse
from segue.events.conditions import Condition

#: `now - last > 90d` does not hold at the moment itself, but just after it.
JUST_AFTER = timedelta(milliseconds=1)

#: Of each duration the moment lies so often before or after: with more of them there would be too many moments.
MOST_DURATIONS = 4

_MEMBER = re.compile(r"""(["'])([^"']*)\1\s+in\s+profile\s*\.\s*segments\b""")
_UNWRITTEN = re.compile(r"""\bduration\s*\(\s*[^"'\s]""")
_CALLED_ON_NOW = re.compile(r"\bnow\s*\.\s*\w+|\b(?:int|string|double|uint)\s*\(\s*now\b")


@dataclass(frozen=True, slots=True)
class Timing:
    """What there is to know of a condition before any profile is seen.

    `offsets`, ascending, are how far from a time that it reads its answer may change; none where time is no matter.
    """

    offsets: tuple[timedelta, ...]
    times: tuple[datetime, ...]

    @classmethod
    def of(cls, condition: Condition) -> "Timing":
        if ("now",) not in condition.paths():
            return cls((), ())
        lengths = durations(condition)
        signs = product((-1, 0, 1), repeat=len(lengths))
        sums = {sum((sign * length for sign, length in zip(each, lengths, strict=True)), timedelta()) for each in signs}
        written = (_time(text) for text in condition.literals("timestamp"))
        return cls(tuple(each + JUST_AFTER for each in sorted(sums)), tuple(at for at in written if at))

    def next(self, seen: Iterable[Any], after: datetime) -> datetime | None:
        """The first moment after that one. `seen`: what the condition reads of the profile."""
        first: datetime | None = None
        times = [*self.times]
        for each in seen:
            if type(each) is datetime:
                times.append(each)
            elif each is not None:
                times += _times(each)
        for at in times:
            place = bisect_right(self.offsets, after - at)
            if place < len(self.offsets):
                try:
                    moment = at + self.offsets[place]
                except OverflowError:
                    continue
                if first is None or moment < first:
                    first = moment
        return first


def durations(condition: Condition) -> list[timedelta]:
    """Those that are written down, each once; what is no duration is none."""
    return sorted({parse(text) for text in condition.literals("duration") if _readable(text)})


def members(condition: Condition) -> frozenset[str]:
    """The segments it asks for, written `"vip" in profile.segments`."""
    return frozenset(found[2] for found in _MEMBER.finditer(str(condition)))


def untimely(condition: Condition) -> str | None:
    """Why it cannot be known when the answer changes, if it cannot."""
    text, lengths = str(condition), durations(condition)
    if ("now",) not in condition.paths():
        return None
    if _CALLED_ON_NOW.search(text):
        return "`now` may only be compared with times, and times with durations"
    if not lengths or _UNWRITTEN.search(text) or not all(map(_readable, condition.literals("duration"))):
        return 'it uses `now`, and no duration that is written down, such as duration("90d")'
    if len(lengths) > MOST_DURATIONS:
        return f"it has more than {MOST_DURATIONS} durations: make two segments of it"
    return None


def _readable(text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _times(seen: Any) -> Iterator[datetime]:
    match seen:
        case datetime():
            yield seen
        case str():
            if at := _time(seen):
                yield at
        case Mapping():
            for value in seen.values():
                yield from _times(value)
        case list():
            for value in seen:
                yield from _times(value)


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
