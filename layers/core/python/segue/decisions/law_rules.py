"""What the law of where a person is allows: hours as rules of timing, and limits for whoever counts touches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from segue.decisions.asker import Asker
from segue.decisions.counting import Counting, E, moments, told, why_full
from segue.decisions.decision import Check, SendRequest
from segue.decisions.hours import ALL_DAY
from segue.decisions.in_zones import open_in_all
from segue.decisions.law import InForce, NamedLaw
from segue.decisions.reasons import Reason
from segue.decisions.room import Room
from segue.decisions.rule import Next, Rule
from segue.decisions.windows import next_open
from segue.duration import spoken


def law_rules(asker: Asker, channel: str) -> Iterator[Rule | Check]:
    """A rule for each law that holds; one for all that may, where it is not known which does."""
    whose, zones = asker.whose(channel), asker.law_zones(channel)
    hours = _in_force(asker, channel).hours
    if not hours:
        yield Check("law", "skip", f"no law on the hours of {channel} is known; {whose.saw}")
    clocks = asker.law_clocks(channel)
    for name, allowed, of in hours:
        yield Rule(name, Reason.JURISDICTION, f"{clocks}; {allowed}; {whose.saw}", open_in_all(of, zones))


@dataclass(frozen=True, slots=True, kw_only=True)
class LawCap:
    """A law's limit, while it is in force: `limit` in any span of `per` over the touches that it counts.

    `room` of `next` is the first moment at or after one with room, as in any other cap.
    """

    law: NamedLaw
    name: str
    reason: Reason
    limit: int
    per: timedelta
    span: str
    topic: str | None
    saw: str
    since: datetime
    until: datetime | None
    uncounted: frozenset[str]

    def counting(self, entries: Iterable[E]) -> list[E]:
        """Those that the law counts, of this topic, or of one that is unknown."""
        counts, uncounted, topics = self.law.counts, self.uncounted, (None, self.topic)
        return [
            each
            for each in entries
            if counts(each.channel, each.category, uncounted) and (self.topic is None or each.topic in topics)
        ]

    def next(self, room: Next, at: datetime) -> datetime | None:
        if at < self.since or (self.until and at >= self.until):
            return at
        found = room(at)
        if self.until is None:
            return found
        return self.until if found is None else min(found, self.until)


def law_limits(request: SendRequest, counting: Counting, asker: Asker, channel: str) -> list[Rule]:
    """A rule for each law that says how many, with what the ledger holds."""
    return [_limit(law, counting, asker.whose(channel).saw) for law in law_caps(request, asker, channel)]


def _limit(law: LawCap, counting: Counting, where: str) -> Rule:
    now = counting.now
    touches = [touch.at for touch in law.counting(counting.within(law.per))]
    seen = Room(law.limit, law.per, touches, moments(law.counting(counting.claims), now))
    saw = f"{told(seen, now, law.span)}; {law.saw}; {where}"
    return Rule(f"{law.name}, how many", why_full(seen, now, law.reason), saw, partial(law.next, seen.rule()))


def law_caps(request: SendRequest, asker: Asker, channel: str) -> list[LawCap]:
    """The limits of all laws that hold, or may hold. None for a category that is exempt from hours."""
    policy = asker.policy
    if not asker.timed or channel not in policy.law_book.channels:
        return []
    zones, topic, uncounted = asker.law_zones(channel), request.topic, policy.at_any_hour
    return [
        _law_cap(law, topic if law.same_topic else None, zones, uncounted) for law in _in_force(asker, channel).limits
    ]


@lru_cache(maxsize=1024)
def _law_cap(law: NamedLaw, topic: str | None, zones: tuple[ZoneInfo, ...], uncounted: frozenset[str]) -> LawCap:
    if law.limit is None or law.per is None:
        raise ValueError(f"the law {law.name!r} has no limit")
    about = f" about {topic}" if topic else ""
    return LawCap(
        law=law,
        name=f"law: {law.name}",
        reason=Reason.JURISDICTION,
        limit=law.limit,
        per=law.per,
        span=f"in {spoken(law.per)}",
        topic=topic,
        saw=f"the law ({law.law}) counts messages{about} on {' and '.join(law.channels)}",
        since=min([_begins(law.since, zone) for zone in zones]),
        until=max([_begins(law.until, zone) for zone in zones]) if law.until else None,
        uncounted=uncounted,
    )


def _in_force(asker: Asker, channel: str) -> InForce:
    """Now, or within what can be looked ahead."""
    whose = asker.whose(channel)
    return asker.policy.law_book.in_force(channel, whose.regions, whose.known, asker.today(channel))


@lru_cache(maxsize=1024)
def _begins(day: date, zone: ZoneInfo) -> datetime:
    """The first moment that is of this day, or of a later one, there."""
    eve = datetime.combine(day - timedelta(days=2), time(22), tzinfo=UTC)
    return next_open(lambda each: ALL_DAY if each >= day else (), zone, eve) or eve
