"""A person is left in peace for a while: by their own switch, or because something has happened to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from segue.decisions.decision import SendRequest
from segue.decisions.policy import Pause, Policy
from segue.decisions.reasons import Reason
from segue.duration import write
from segue.profiles.profile import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Peace:
    """`holds` tells whether it is now. `until` is the first moment after it; `None`: no end is known."""

    name: str
    reason: Reason
    saw: str
    holds: bool
    until: datetime | None = None

    def next(self, at: datetime) -> datetime | None:
        """The first moment at or after one that it does not hold, if there is any."""
        return at if not self.holds else max(at, self.until) if self.until else None


def peace(request: SendRequest, part: Part, policy: Policy, now: datetime) -> Iterator[Peace]:
    """One for the person's own switch, one for the pause that holds longest; whether they hold now or not."""
    if policy.category(request.category).unsubscribe:
        yield _do_not_disturb(part, now)
    found = [_paused(pause, part, now) for pause in policy.pauses if request.category in pause.categories]
    if found:
        yield max(found, key=lambda each: (each.holds, each.until is None, each.until or now))


def endless(request: SendRequest, part: Part, policy: Policy, now: datetime) -> Peace | None:
    """What holds now and has no end that is known."""
    return next((each for each in peace(request, part, policy, now) if each.holds and each.until is None), None)


def _do_not_disturb(part: Part, now: datetime) -> Peace:
    said = part.quiet
    if said is None or not said.holds(now):
        return Peace(name="do not disturb", reason=Reason.DO_NOT_DISTURB, saw="not asked for", holds=False)
    end = f"until {said.until:%Y-%m-%d %H:%M} UTC" if said.until else "until they say otherwise"
    saw = f"asked for on {said.at:%Y-%m-%d}, {end}"
    return Peace(name="do not disturb", reason=Reason.DO_NOT_DISTURB, saw=saw, holds=True, until=said.until)


def _paused(pause: Pause, part: Part, now: datetime) -> Peace:
    """From the last beginning on, until its time is over or the last end came; of both at once the pause holds."""
    begun, over = part.events.get(pause.event), part.events.get(pause.until_event or "")
    until = begun.last + pause.for_ if begun and pause.for_ else None
    if begun is None or (over and over.last > begun.last) or (until and until <= now):
        return Peace(name="profile pause", reason=Reason.PROFILE_PAUSED, saw="nothing that pauses it", holds=False)
    ends = [f"for {write(pause.for_)}" if pause.for_ else "", f"until {pause.until_event}" if pause.until_event else ""]
    saw = f"{pause.event} on {begun.last:%Y-%m-%d %H:%M} UTC: {' or '.join(end for end in ends if end)}"
    return Peace(name="profile pause", reason=Reason.PROFILE_PAUSED, saw=saw, holds=True, until=until)
