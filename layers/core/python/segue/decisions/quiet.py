"""A person is left in peace for a while: by their own switch, or because something has happened to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from segue.decisions.decision import Check, SendRequest
from segue.decisions.people import Pause
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.duration import write
from segue.profiles.profile import Part
from segue.profiles.quiet import Quiet

_UNDISTURBED = Check(name="do not disturb", verdict="pass", saw="not asked for")
_UNPAUSED = Check(name="profile pause", verdict="pass", saw="nothing that pauses it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peace:
    """It holds now. `until` is the first moment after it; `None`: no end is known."""

    name: str
    reason: Reason
    saw: str
    until: datetime | None = None

    def next(self, at: datetime) -> datetime | None:
        """The first moment at or after one that it does not hold, if there is any."""
        return max(at, self.until) if self.until else None


def peace(request: SendRequest, part: Part, policy: Policy, now: datetime) -> tuple[Peace, ...]:
    """What holds now: the person's own switch, and of the pauses the longest."""
    found: tuple[Peace, ...] = ()
    if part.quiet and part.quiet.holds(now) and policy.category(request.category).unsubscribe:
        found = (_do_not_disturb(part.quiet),)
    if policy.pauses:
        paused = [each for pause in _pauses(request, policy) if (each := _paused(pause, part, now))]
        found += tuple(sorted(paused, key=lambda each: (each.until is None, each.until or now))[-1:])
    return found


def unheld(request: SendRequest, found: tuple[Peace, ...], policy: Policy) -> Iterator[Check]:
    """A line for what could hold and does not."""
    names = [each.name for each in found]
    if _UNDISTURBED.name not in names and policy.category(request.category).unsubscribe:
        yield _UNDISTURBED
    if policy.pauses and _UNPAUSED.name not in names and any(_pauses(request, policy)):
        yield _UNPAUSED


def _pauses(request: SendRequest, policy: Policy) -> Iterator[Pause]:
    return (pause for pause in policy.pauses if request.category in pause.categories)


def _do_not_disturb(said: Quiet) -> Peace:
    end = f"until {said.until:%Y-%m-%d %H:%M} UTC" if said.until else "until they say otherwise"
    saw = f"asked for on {said.at:%Y-%m-%d}, {end}"
    return Peace(name=_UNDISTURBED.name, reason=Reason.DO_NOT_DISTURB, saw=saw, until=said.until)


def _paused(pause: Pause, part: Part, now: datetime) -> Peace | None:
    """From the last beginning on, until its time is over or the last end came; of both at once the pause holds."""
    begun, over = part.events.get(pause.event), part.events.get(pause.until_event or "")
    until = begun.last + pause.for_ if begun and pause.for_ else None
    if begun is None or (over and over.last > begun.last) or (until and until <= now):
        return None
    ends = [f"for {write(pause.for_)}" if pause.for_ else "", f"until {pause.until_event}" if pause.until_event else ""]
    saw = f"{pause.event} on {begun.last:%Y-%m-%d %H:%M} UTC: {' or '.join(end for end in ends if end)}"
    return Peace(name=_UNPAUSED.name, reason=Reason.PROFILE_PAUSED, saw=saw, until=until)
