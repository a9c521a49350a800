"""How many count in a cap, and the first moment from which one more fits."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from segue.decisions.calendar import Unit, first_day, next_unit
from segue.decisions.limits import Unit as AnyUnit
from segue.decisions.rule import Next, next_moment
from segue.profiles.standing import Session

#: Longer than any two touches within one unit lie apart.
_FAR = timedelta(days=400)


@dataclass(slots=True)
class Room:
    """What counts in a cap of `limit` per span or unit, sorted: touches, and the moments that more urgent ones claim.

    A touch counts in the span after its moment, the end excluded; one of the future counts already. A claim counts as a
    touch at its moment: before it, as far as both would lie in one span. `zones` are where units are.
    """

    limit: int
    per: timedelta | AnyUnit
    touches: Sequence[datetime]
    claims: Sequence[datetime] = ()
    zones: tuple[ZoneInfo, ...] = ()
    session: Session | None = None

    def used(self, at: datetime) -> int:
        """The most that count against one more message at a moment, in any of the spans or zones that it lies in."""
        return self.fullest(at)[0]

    def fullest(self, at: datetime) -> tuple[int, int]:
        """The same, and how many of them are claims."""
        per = self.per
        if isinstance(per, timedelta):
            if not self.claims:
                return len(self.touches) - bisect_right(self.touches, at - per), 0
            return max([self._span(per, end) for end in (at, *self.claims) if at <= end < at + per])
        if per == "visit":
            return self._visit(at)
        return max([self._unit(per, zone, at) for zone in self.zones])

    def touched(self, at: datetime) -> int:
        """The most of touches alone."""
        return replace(self, claims=()).used(at) if self.claims else self.used(at)

    def next(self, at: datetime) -> datetime | None:
        """The first moment at or after `at` when fewer than `limit` count; `None`: never."""
        return None if self.limit == 0 else self.fewer_than(self.limit, at)

    def rule(self) -> Next:
        """As `next`, for whoever asks it again and again."""
        if not isinstance(self.per, timedelta) or self.claims or self.limit == 0:
            return self.next
        if len(self.touches) < self.limit:
            return _at_any_time
        return partial(max, self.touches[-self.limit] + self.per)

    def at_once(self, at: datetime) -> datetime | None:
        """The moment itself or never."""
        return at if self.used(at) < self.limit else None

    def slowed(self, few: int, wait: timedelta, at: datetime) -> datetime | None:
        """The first moment when fewer than `few` count, or the last touch is long enough ago.

        A claim is none before its moment, and a touch from then on.
        """
        for passed in range(bisect_right(self.claims, at), len(self.claims)):
            found, claim = self._behind(passed).rested(few, wait, at), self.claims[passed]
            if found is not None and found < claim:
                return found
            at = claim
        return self._behind(len(self.claims)).rested(few, wait, at)

    def fewer_than(self, count: int, at: datetime) -> datetime | None:
        per = self.per
        if isinstance(per, timedelta):
            if not self.claims:
                return room_from(count, per, self.touches, at)
            ends = sorted(end for each in (*self.touches, *self.claims) if (end := each + per) > at)
            return next(moment for moment in (at, *ends) if self.used(moment) < count)
        if per == "visit":
            return at if self.used(at) < count else None
        rules: list[Next] = [partial(self._in_unit, per, zone, count) for zone in self.zones]
        return next_moment(rules, at, at + _FAR)

    def rested(self, few: int, wait: timedelta, at: datetime) -> datetime | None:
        """As `slowed`, of touches alone."""
        if not self.touches or self.touches[-1] + wait <= at:
            return at
        rested, found = self.touches[-1] + wait, self.fewer_than(few, at)
        return min(found, rested) if found else rested

    def _behind(self, passed: int) -> "Room":
        """With so many claims as touches, and no others."""
        return replace(self, touches=sorted([*self.touches, *self.claims[:passed]]), claims=()) if self.claims else self

    def _span(self, per: timedelta, end: datetime) -> tuple[int, int]:
        """What lies in the span that ends with a moment."""
        begin = end - per
        claimed = bisect_right(self.claims, end) - bisect_right(self.claims, begin)
        return len(self.touches) - bisect_right(self.touches, begin) + claimed, claimed

    def _visit(self, at: datetime) -> tuple[int, int]:
        """What lies in the visit, while it lasts."""
        session = self.session
        if session is None or not session.lasts(at):
            return 0, 0
        claimed = sum(session.lasts(claim) for claim in self.claims)
        return sum(touch >= session.started for touch in self.touches) + claimed, claimed

    def _unit(self, per: Unit, zone: ZoneInfo, at: datetime) -> tuple[int, int]:
        day = first_day(per, zone, at)
        claimed = sum(first_day(per, zone, claim) == day for claim in self.claims)
        return sum(first_day(per, zone, touch) == day for touch in self.touches) + claimed, claimed

    def _in_unit(self, per: Unit, zone: ZoneInfo, count: int, at: datetime) -> datetime:
        """The first moment at or after `at` in a unit in which fewer than `count` lie."""
        while self._unit(per, zone, at)[0] >= count:
            at = next_unit(per, zone, at)
        return at


def room_from(count: int, per: timedelta, touches: Sequence[datetime], at: datetime) -> datetime:
    """The first moment at or after `at` with fewer than `count` (one or more) touches in the span before it."""
    if len(touches) < count:
        return at
    return max(at, touches[len(touches) - count] + per)


def _at_any_time(at: datetime) -> datetime:
    return at
