"""When an event really happened: the client's clock corrected, and bounded where it is absurd."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

#: Clocks that were never set begin in 1970 or 1980; no customer's event is older than this.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)

#: Two sane clocks may differ by this much.
TOLERANCE = timedelta(minutes=5)

#: A client's clock that is further off is worth a note.
NOTABLE_SKEW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` on the server's clock, in UTC; `notes` say what had to be changed, in words for the person who debugs."""

    at: datetime
    notes: tuple[str, ...] = ()


def parse_time(written: object) -> datetime | None:
    """ISO 8601; without a zone it is UTC. `None` and an empty text are no time. Raise `ValueError` for the rest."""
    if written is None or written == "":
        return None
    try:
        at = datetime.fromisoformat(written)  # type: ignore[arg-type]  # a TypeError says the same as a ValueError
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        message = "must be an ISO 8601 time, such as 2026-03-10T13:00:00Z"
        raise ValueError(message) from None


def happened(original: datetime | None, sent: datetime | None, received: datetime) -> Moment:
    """`received - (sent - original)`, as the Segment spec has it; without `sent` the client's clock is taken as right.

    A result before `EARLIEST`, or after the receipt by more than two sane clocks differ, is bounded to the receipt.
    """
    if original is None:
        return Moment(received)
    try:
        at = original if sent is None else received - (sent - original)
    except OverflowError:
        return _bounded(original, received)
    if at < EARLIEST or at > received + TOLERANCE:
        return _bounded(original, received)
    skew = abs(received - sent) if sent else timedelta()
    if skew > NOTABLE_SKEW:
        return Moment(at, (f"the client's clock was off by {skew.days} days: corrected",))
    return Moment(at)


def _bounded(original: datetime, received: datetime) -> Moment:
    return Moment(received, (f"the client's time {original.isoformat()} is absurd: bounded to the receipt",))
