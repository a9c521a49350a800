"""How near the limit a person was when a message for them was decided."""

from datetime import datetime

from segue.decisions.counting import Counting
from segue.decisions.decision import SendRequest
from segue.decisions.policy import Policy
from segue.decisions.zones import zones_of
from segue.profiles.head import Head


def pressure(request: SendRequest, head: Head, policy: Policy, now: datetime) -> float | None:
    """The share that was used of the fullest cap that the request is under; its own touch does not count.

    1 is full, and so is a cap of none; more than 1 is a cap that was lowered. `None`: it is under no cap.
    """
    zones = zones_of(head.profile.value.whole, policy.category(request.category), policy)
    seen = Counting(request, head, zones, now)
    shares = [
        seen.room(limit).used(now) / limit.cap.limit if limit.cap.limit else 1.0
        for limit, under in policy.limits_for(request.channel, request.category)
        if under and limit.cap.is_about(request.topic)
    ]
    return max(shares, default=None)
