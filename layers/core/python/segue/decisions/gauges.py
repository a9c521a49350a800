"""How full a person's caps are: what counts in each now, and from when one more message fits."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from segue.decisions.counting import Counting
from segue.decisions.decision import SendRequest
from segue.decisions.limits import Limit, written
from segue.decisions.policy import Policy
from segue.decisions.room import Room
from segue.decisions.zones import zones_of
from segue.profiles.head import Head

#: Nobody asks: every touch counts, and nobody's claim is put behind another.
_NOBODY = SendRequest(
    send_id="",
    profile_id="",
    template="",
    channel="",
    category="",
    requested_at=datetime.max.replace(tzinfo=UTC),
    priority=9,
)


def gauges(head: Head, policy: Policy, now: datetime) -> list[dict[str, Any]]:
    """One for each cap, plain; `channel` is none for those over several."""
    zones = zones_of(head.profile.value.whole, policy.category(""), policy)
    seen = Counting(_NOBODY, head, zones, now)
    return [_gauge(channel, limit, seen.room(limit), now) for channel, limit in _limits(policy)]


def _limits(policy: Policy) -> Iterator[tuple[str | None, Limit]]:
    found: dict[str, tuple[str | None, Limit]] = {}
    for channel in sorted(policy.channels):
        for limit in policy.limits(channel):
            if not limit.cap.each_topic:
                found.setdefault(limit.name, (channel if limit.channels == frozenset({channel}) else None, limit))
    yield from sorted(found.values(), key=lambda each: each[0] or "")


def _gauge(channel: str | None, limit: Limit, seen: Room, now: datetime) -> dict[str, Any]:
    free = seen.next(now)
    return {
        "name": limit.name,
        "channel": channel,
        "used": seen.used(now),
        "limit": limit.cap.limit,
        "per": written(limit.cap.per),
        "free_from": free.isoformat() if free else None,
    }
