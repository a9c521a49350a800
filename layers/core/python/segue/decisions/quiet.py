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

#: A line of the trace and, if it failed, why the message is dropped.
Line = tuple[Check, Reason | None]

_UNDISTURBED = Check("do not disturb", "pass", "not asked for")
_UNPAUSED = Check("profile pause", "pass", "nothing that pauses it")


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


def disturbed(request: SendRequest, found: tuple[Peace, ...], policy: Policy) -> Line | None:
    """The line of the person's own switch, where the category heeds it."""
    return _line(_UNDISTURBED, found) if policy.category(request.category).unsubscribe else None


def paused(request: SendRequest, found: tuple[Peace, ...], policy: Policy) -> Line | None:
    """The line of the pauses, where there are any for the category."""
    return _line(_UNPAUSED, found) if policy.pauses and any(_pauses(request, policy)) else None


def _line(fine: Check, found: tuple[Peace, ...]) -> Line:
    """What has no end fails."""
    held = next((each for each in found if each.name == fine.name), None) if found else None
    if held is None:
        return fine, None
    if held.until is None:
        return Check(held.name, "fail", held.saw), held.reason
    return Check(held.name, "wait", held.saw, held.until), None


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
