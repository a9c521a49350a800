"""What the law of where a person is allows: hours as rules of timing, and limits for whoever counts touches."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from segue.decisions.asker import Asker
from segue.decisions.counting import moments, more_urgent, told, why_full
from segue.decisions.decision import Check, SendRequest
from segue.decisions.hours import ALL_DAY
from segue.decisions.in_zones import open_in_all
from segue.decisions.law import InForce, NamedLaw
from segue.decisions.reasons import Reason
from segue.decisions.room import Room
from segue.decisions.rule import Next, Rule
from segue.decisions.windows import next_open
from segue.duration import write
from segue.profiles.ledger import Claim, Ledger, Touch


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
    """A law's limit for this request, while it is in force: `limit` in any span of `per` over the touches it counts.

    `room` of `next` is the first moment at or after one with room, as in any other cap.
    """

    name: str
    reason: Reason
    limit: int
    per: timedelta
    channels: tuple[str, ...]
    topic: str | None
    saw: str
    since: datetime
    until: datetime | None
    send_id: str
    uncounted: frozenset[str]

    def counts(self, touch: Touch | Claim) -> bool:
        """On these channels, of this topic, or of one that is unknown; not what is sent whatever the hour."""
        about = self.topic is None or touch.topic in (None, self.topic)
        others = touch.send_id != self.send_id and touch.category not in self.uncounted
        return touch.channel in self.channels and about and others

    def next(self, room: Next, at: datetime) -> datetime | None:
        if at < self.since or (self.until and at >= self.until):
            return at
        found = room(at)
        if self.until is None:
            return found
        return self.until if found is None else min(found, self.until)


def law_limits(request: SendRequest, ledger: Ledger, asker: Asker, channel: str) -> Iterator[Rule]:
    """A rule for each law that says how many, with what the ledger holds."""
    now = asker.now
    for law in law_caps(request, asker, channel):
        touches = sorted([touch.at for touch in ledger.touches.values() if law.counts(touch)])
        claims = [claim for claim in more_urgent(ledger, request, now) if law.counts(claim)]
        seen = Room(law.limit, law.per, touches, moments(claims, now))
        saw = f"{told(seen, now, f'in {write(law.per)}')}; {law.saw}"
        yield Rule(f"{law.name}, how many", why_full(seen, now, law.reason), saw, partial(law.next, seen.next))


def law_caps(request: SendRequest, asker: Asker, channel: str) -> list[LawCap]:
    """The limits of all laws that hold, or may hold. None for a category that is exempt from hours."""
    policy = asker.policy
    if "windows" in asker.category.exempt or channel not in policy.law_book.channels:
        return []
    return [_law_cap(law, request, asker, channel) for law in _in_force(asker, channel).limits]


def _law_cap(law: NamedLaw, request: SendRequest, asker: Asker, channel: str) -> LawCap:
    if law.limit is None or law.per is None:
        raise ValueError(f"the law {law.name!r} has no limit")
    topic = request.topic if law.same_topic else None
    about = f" about {topic}" if topic else ""
    said = f"the law ({law.law}) counts messages{about} on {' and '.join(law.channels)}"
    zones = asker.law_zones(channel)
    return LawCap(
        name=f"law: {law.name}",
        reason=Reason.JURISDICTION,
        limit=law.limit,
        per=law.per,
        channels=law.channels,
        topic=topic,
        saw=f"{said}; {asker.whose(channel).saw}",
        since=min([_begins(law.since, zone) for zone in zones]),
        until=max([_begins(law.until, zone) for zone in zones]) if law.until else None,
        send_id=request.send_id,
        uncounted=asker.policy.at_any_hour,
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
