"""A sliding window as buckets of time: how wide they are, and when one runs out.

A bucket counts until all of it is outside of the window, so that an event counts for the window's length and at most
one bucket more.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Self

#: Widths that divide a day or are whole days, in seconds; no step is over fourfold, so a window has 24 to 100 buckets.
_WIDTHS = (1, 2, 5, 10, 30, 60, 120, 300, 900, 1800, 3600, 7200, 21600, 43200)
_DAYS = (1, 2, 7, 28, 91, 364)
_MOST = 100


@dataclass(frozen=True, slots=True)
class Buckets:
    """`width` and `window` in seconds; at most `span` buckets before the newest may still count."""

    width: int
    window: int
    span: int

    @classmethod
    def of(cls, window: timedelta) -> Self:
        """The narrowest with which the window has at most 100 buckets."""
        seconds = ceil(window.total_seconds())
        widths = (*_WIDTHS, *(days * 86_400 for days in _DAYS))
        width = next((wide for wide in widths if seconds <= wide * _MOST), widths[-1])
        return cls(width, seconds, ceil(seconds / width))

    def number(self, at: datetime) -> int:
        """Of the bucket in which a moment lies, counted from 1970."""
        return int(at.timestamp() // self.width)

    def oldest(self, now: datetime) -> int:
        """The first bucket that still counts."""
        return int((now.timestamp() - self.window) // self.width)

    def runs_out(self, number: int) -> datetime:
        """The first moment at which a bucket does not count any more."""
        return datetime.fromtimestamp((number + 1) * self.width + self.window, UTC)

    def next_out(self, numbers: Collection[int], after: datetime) -> datetime | None:
        """When the first of those that still count then runs out."""
        oldest = self.oldest(after)
        first = min(numbers, default=None)
        if first is not None and first < oldest:
            first = min((number for number in numbers if number >= oldest), default=None)
        return None if first is None else self.runs_out(first)
