"""How full a person's caps are: what counts in each now, and from when one more message fits."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from segue.decisions.caps import counted, room_from
from segue.decisions.policy import Cap, Policy
from segue.duration import write
from segue.profiles.ledger import Ledger


def gauges(ledger: Ledger, policy: Policy, now: datetime) -> list[dict[str, Any]]:
    """One for each cap, plain; `channel` is none for the cap over all of them."""
    return [_gauge(channel, cap, ledger, policy, now) for channel, cap in _caps(policy)]


def _caps(policy: Policy) -> Iterator[tuple[str | None, Cap]]:
    if policy.total:
        yield None, policy.total
    for name, channel in sorted(policy.channels.items()):
        if channel.cap:
            yield name, channel.cap


def _gauge(channel: str | None, cap: Cap, ledger: Ledger, policy: Policy, now: datetime) -> dict[str, Any]:
    touches = counted(cap, policy, ledger, "", channel)
    free = room_from(cap, touches, now)
    return {
        "channel": channel,
        "used": sum(at + cap.per > now for at in touches),
        "limit": cap.limit,
        "per": write(cap.per),
        "free_from": free.isoformat() if free else None,
    }
