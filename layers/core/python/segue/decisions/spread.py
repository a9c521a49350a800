"""Many wait for one moment, such as the opening of a window: they are woken one after the other.

What is due stays exact; only the waking is spread.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import blake2b

from segue.decisions.decide import held
from segue.decisions.decision import Action, Decision, SendRequest
from segue.decisions.policy import Policy
from segue.decisions.reasons import SHARED
from segue.decisions.rule import Rule
from segue.decisions.timing import timing
from segue.profiles.head import Head
from segue.profiles.profile import Profile

#: How often the spread is halved to fit into what is open, before all go at once.
_HALVINGS = 8
_URGENT = 9


def share(request: SendRequest) -> float:
    """Which part of a spread the request waits, `0 <= share < 1`: by priority, and among equals by its id.

    The lowest priority has the second half, the next the second half of what is before that, and so on: the lower it
    is, the more there are of it. 9 has what is left, and is as good as at once.
    """
    urgency = min(max(request.priority, 0), _URGENT)
    end = 0.5**urgency
    begin = 0 if urgency == _URGENT else end / 2
    hashed = int.from_bytes(blake2b(request.send_id.encode(), digest_size=6).digest(), "big") / 2**48
    return begin + (end - begin) * hashed


def within_expiry(spread: timedelta, request: SendRequest, since: datetime) -> timedelta:
    """At most half of the time that is left, since the message has yet to be decided and delivered."""
    return min(spread, max(request.expires_at - since, timedelta()) / 2) if request.expires_at else spread


def woken(request: SendRequest, head: Head, decision: Decision, policy: Policy) -> datetime | None:
    """When a request that was deferred is to be woken, where that is not when it is due.

    The spread is cut to what is open after the moment: who is woken past the closing waits for the next opening, and
    would do so for ever.
    """
    channel, request = policy.channels.get(decision.channel), request.by(decision.channel)
    if decision.due is None or channel is None or channel.spread is None or decision.reason not in SHARED:
        return None
    spread = within_expiry(channel.spread, request, decision.due)

    def goes(at: datetime) -> bool:
        return held(request, head, policy, at).action is Action.SEND

    return _while_open(goes, decision.due, spread, share(request))


def catches_up(request: SendRequest, policy: Policy) -> bool:
    """Whether it is spread when it has been due already; a channel with a rate does without."""
    channel = policy.channels.get(request.channel)
    return channel is not None and channel.spread is not None and channel.rate is None


def overdue(request: SendRequest, profile: Profile, policy: Policy, now: datetime, most: timedelta) -> datetime:
    """When what has been due already is woken: after an outage that are many at once, whatever they waited for.

    Cut to what is open, as above; what may not go now is before no closing.
    """
    channel = policy.channels.get(request.channel)
    if channel is None or channel.spread is None:
        return now
    spread, part = within_expiry(min(channel.spread, most), request, now), profile.whole

    def is_open(at: datetime) -> bool:
        lines = timing(request, part, policy, request.channel, at)
        return all(line.next(at) == at for line in lines if isinstance(line, Rule))

    if not is_open(now):
        return now + spread * share(request)
    return _while_open(is_open, now, spread, share(request)) or now


def _while_open(
    is_open: Callable[[datetime], bool], since: datetime, spread: timedelta, part: float
) -> datetime | None:
    for _ in range(_HALVINGS):
        moment = since + spread * part
        if is_open(since + spread) and is_open(moment):
            return moment
        spread /= 2
    return None
