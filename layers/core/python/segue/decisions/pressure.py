"""How near the limit a person was when a message for them was decided."""

from datetime import datetime

from segue.decisions.decision import SendRequest
from segue.decisions.gauges import gauges
from segue.decisions.policy import Policy
from segue.profiles.ledger import Ledger


def pressure(request: SendRequest, ledger: Ledger, policy: Policy, now: datetime) -> float | None:
    """The share that was used of the fullest cap that the request is under, its own touch not among it.

    1 is full, and so is a cap of none; more than 1 is a cap that was lowered. `None`: it is under no cap.
    """
    if "caps" in policy.category(request.category).exempt:
        return None
    channel = policy.channels.get(request.channel)
    caps = {None: policy.total, request.channel: channel.cap if channel else None}
    under = {channel for channel, cap in caps.items() if cap and policy.under(cap, request.category)}
    found = gauges(ledger.release(request.send_id), policy, now)
    shares = [gauge["used"] / gauge["limit"] if gauge["limit"] else 1.0 for gauge in found if gauge["channel"] in under]
    return max(shares, default=None)
