"""What an event raises for journeys: enter, resume or exit. Idempotent by `run_id`: a retry may raise it again."""

from dataclasses import dataclass
from datetime import datetime

from segue.events.event import Event
from segue.profiles.runs import Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Enter:
    """Begin a run. `run_id` is derived from the journey, the run key and the entry event's message id."""

    profile_id: str
    journey: str
    version: str
    run_id: str
    event: Event
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Wake a run that waits at `step`, with `outcome`."""

    profile_id: str
    run_id: str
    step: str
    outcome: str
    at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """End a run now."""

    profile_id: str
    run_id: str
    why: Ended
    at: datetime


#: Told apart by their required fields.
Signal = Enter | Resume | Exit
