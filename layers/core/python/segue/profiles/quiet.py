"""Do-not-disturb: a person's own switch. No marketing at all, until a moment, or until they say otherwise."""

from dataclasses import dataclass
from datetime import UTC, datetime

from segue.events.event import Event
from segue.events.times import parse_time

SET, CLEARED = "Do Not Disturb Set", "Do Not Disturb Cleared"

#: What else a person wishes, in the traits that it carries.
PREFERENCES_UPDATED = "Preferences Updated"

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Quiet:
    """As last said, `at` that time. Without `until` it has no end. Of two at once the longer one holds."""

    on: bool
    at: datetime
    until: datetime | None = None

    def merge(self, other: "Quiet") -> "Quiet":
        return max(self, other, key=lambda quiet: (quiet.at, quiet.on, quiet.until or _NEVER))

    def holds(self, now: datetime) -> bool:
        return self.on and (self.until is None or now < self.until)


def quiet_said(event: Event) -> Quiet | None:
    """An `until` that is no time is none: when in doubt, no disturbance."""
    if event.type != "track" or event.name not in (SET, CLEARED):
        return None
    if event.name == CLEARED:
        return Quiet(False, event.timestamp)
    try:
        until = parse_time(event.properties.get("until"))
    except ValueError:
        until = None
    return Quiet(True, event.timestamp, until)
