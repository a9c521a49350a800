"""Where an event stands in the timeline, so that a repetition lands on the same row, and that it is found by its time.

The key has the time that the client wrote, since that is the same in every retry; the corrected time is not.
"""

from collections.abc import Iterable
from datetime import MAXYEAR, UTC, datetime, timedelta

from segue.events.event import Event
from segue.profiles.identity import home

#: An event further from the time that its client wrote stands in the timeline a second time, at the corrected time.
MOST_SKEW = timedelta(days=1)

_BEGIN, _END = "EVENT#", "EVENT$"


def row_keys(event: Event) -> tuple[str, ...]:
    """The sort keys of the event's rows, one or two. The first is that of the event.

    Where the client wrote no time, a retry would miss it: the second is then of the message id alone.
    """
    time = event.client_time
    if time is None:
        return (_key(event, event.timestamp), f"SEEN#{event.message_id}")
    if abs(time - event.timestamp) > MOST_SKEW:
        return (_key(event, time), _key(event, event.timestamp))
    return (_key(event, time),)


def fingerprint(event: Event) -> str:
    """Equal for an event and its repetition."""
    time = event.client_time
    return f"{home(event)}/{_key(event, time) if time else event.message_id}"


def span(since: datetime, until: datetime | None) -> tuple[str, str]:
    """The sort keys between which all events of the span stand, among others."""
    low = _moment(since - MOST_SKEW) if since.year > 1 else _BEGIN
    return low, _moment(until + MOST_SKEW) if until and until.year < MAXYEAR else _END


def within(events: Iterable[Event], since: datetime, until: datetime | None) -> list[Event]:
    """Those of the span itself, each once, by time."""
    found = {
        fingerprint(event): event
        for event in events
        if since <= event.timestamp and (until is None or event.timestamp < until)
    }
    return sorted(found.values(), key=lambda event: event.order)


def _key(event: Event, at: datetime) -> str:
    return f"{_moment(at)}#{event.message_id}"


def _moment(at: datetime) -> str:
    return f"EVENT#{at.astimezone(UTC).isoformat(timespec='milliseconds')}"
