"""The only source of time in functions. Production runs on the system clock; elsewhere it may be accelerated."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


def _system() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """At real time `anchor` it is `start`; from then on `rate` virtual seconds pass in a real one.

    Without an anchor it is the system clock. Before the anchor it stands still at `start`.
    Written `system`, or `<start>@<anchor>*<rate>`, e.g. `1997-01-06T00:00:00Z@2026-11-22T14:00:00Z*1800`.
    """

    start: datetime | None = None
    anchor: datetime | None = None
    rate: float = 1.0
    wall: Callable[[], datetime] = field(default=_system, compare=False)

    @classmethod
    def parse(cls, text: str) -> "Clock":
        if text == "system":
            return cls()
        try:
            start, rest = text.split("@")
            anchor, rate = rest.split("*")
            clock = cls(datetime.fromisoformat(start), datetime.fromisoformat(anchor), float(rate))
        except ValueError:
            message = f"clock {text!r}: expected 'system' or '<start>@<anchor>*<rate>', both times with a zone"
            raise ValueError(message) from None
        if clock.rate <= 0:
            message = f"clock {text!r}: the rate must be above 0"
            raise ValueError(message)
        return clock

    def __str__(self) -> str:
        if self.start is None or self.anchor is None:
            return "system"
        return f"{self.start.isoformat()}@{self.anchor.isoformat()}*{self.rate:g}"

    def now(self) -> datetime:
        return self.at(self.wall())

    def at(self, real: datetime) -> datetime:
        """The moment on this clock at a real moment, such as the one at which Step Functions entered a state."""
        if self.start is None or self.anchor is None:
            return real
        return self.start + max(real - self.anchor, timedelta()) * self.rate

    def real(self, duration: timedelta) -> timedelta:
        """How long a duration of this clock takes in reality."""
        return duration / self.rate

    def virtual(self, real: timedelta) -> timedelta:
        """How much of this clock passes in a real duration."""
        return real * self.rate

    def wall_at(self, moment: datetime) -> datetime:
        """The real moment at which this clock shows `moment`: the inverse of `at`."""
        if self.start is None or self.anchor is None:
            return moment
        return self.anchor + (moment - self.start) / self.rate
