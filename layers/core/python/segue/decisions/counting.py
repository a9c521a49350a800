"""What of a person's ledger counts against a request: read once, however many channels and caps look at it."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TypeVar
from zoneinfo import ZoneInfo

from segue.decisions.decision import SendRequest
from segue.decisions.limits import Limit
from segue.decisions.reasons import Reason
from segue.decisions.room import Room
from segue.decisions.rule import Rule
from segue.profiles.head import Head
from segue.profiles.ledger import Claim, Ledger, Touch

E = TypeVar("E", Touch, Claim)

_UTC = (ZoneInfo("UTC"),)
_BY_TIME = attrgetter("at")


class Counting:
    """For this request, whose own touch and claim do not stand in its way. `zones`: where the person may be.

    `rules` are those that were made of it, to be asked again for the next channel.
    """

    __slots__ = ("_session", "_times", "_topic", "_zones", "claims", "now", "rules", "touches")

    def __init__(self, request: SendRequest, head: Head, zones: tuple[ZoneInfo, ...], now: datetime) -> None:
        ledger, own = head.ledger.value, request.send_id
        others = ledger.release(own) if own in ledger.touches else ledger
        self.touches = sorted(others.touches.values(), key=_BY_TIME)
        self.claims = [claim for claim in more_urgent(ledger, request, now) if claim.send_id != own]
        self._times = [touch.at for touch in self.touches]
        self._session, self._topic, self._zones = head.profile.value.standing.session, request.topic, zones
        self.rules: dict[Limit, list[Rule]] = {}
        self.now = now

    def within(self, span: timedelta) -> list[Touch]:
        """The touches that may still count in it, now or later."""
        return self.touches[bisect_right(self._times, self.now - span) :]

    def room(self, limit: Limit) -> Room:
        lately = self.within(limit.forgets_after) if limit.forgets_after else self.touches
        touches = [touch.at for touch in _filling(limit, lately, self._topic)] if lately else ()
        claims = moments(_filling(limit, self.claims, self._topic), self.now) if self.claims else ()
        zones = _UTC if limit.cap.kind == "calendar(utc)" else self._zones
        return Room(limit.cap.limit, limit.cap.per, touches, claims, zones, self._session)


def _filling(limit: Limit, entries: Sequence[E], topic: str | None) -> list[E]:
    """Those that count in it: on its channels, of its categories and topics."""
    cap, channels, unexposed, uncounted = limit.cap, limit.channels, limit.unexposed, limit.uncounted
    categories, topics = cap.categories, (topic,) if cap.each_topic else cap.topics
    return [
        each
        for each in entries
        if (each.channel in channels if channels else each.channel not in unexposed)
        and (each.category in categories if categories is not None else each.category not in uncounted)
        and (topics is None or each.topic in topics)
    ]


def more_urgent(ledger: Ledger, request: SendRequest, now: datetime) -> Collection[Claim]:
    """The claims that count against this request."""
    if not ledger.claims:
        return ()
    return [claim for claim in ledger.claims.values() if claim.priority > request.priority and claim.until > now]


def moments(claims: Collection[Claim], now: datetime) -> list[datetime]:
    """When they want room: what is overdue, any moment now."""
    return sorted([max(claim.due, now) for claim in claims])


def told(seen: Room, now: datetime, span: str) -> str:
    used, claimed = seen.fullest(now)
    held = f", {claimed} of them held for a more urgent message" if claimed else ""
    return f"{used} of {seen.limit} {span}{held}"


def why_full(seen: Room, now: datetime, reason: Reason) -> Reason:
    """Whether it is full, or what is left is held for the more urgent."""
    return Reason.MORE_URGENT if seen.claims and seen.touched(now) < seen.limit else reason
