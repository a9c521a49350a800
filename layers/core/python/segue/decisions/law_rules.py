"""What the law of where a person is allows: hours as rules of timing, and limits for whoever counts touches."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from segue.decisions.asker import Asker, OpenInAll
from segue.decisions.caps import moments, more_urgent, told, why_full
from segue.decisions.decision import Check, SendRequest
from segue.decisions.hours import ALL_DAY
from segue.decisions.law import NamedLaw, any_of
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.room import Room
from segue.decisions.rule import Next, Rule
from segue.decisions.windows import next_open
from segue.duration import spoken
from segue.profiles.head import Head
from segue.profiles.ledger import Claim, Touch
from segue.profiles.profile import Part


def law_rules(asker: Asker) -> Iterator[Rule | Check]:
    """A rule for each law that holds; one for all that may, where it is not known which does."""
    sure, maybe = _in_force(asker)
    sure, maybe = tuple([law for law in sure if law.hours]), tuple([law for law in maybe if law.hours])
    if not sure and not maybe:
        saw = f"no law on the hours of {asker.channel} is known; {asker.whose.saw}"
        yield Check(name="law", verdict="skip", saw=saw)
    today = asker.today
    for law in sure:
        begins = f" from {law.since} on" if law.since > today else ""
        saw = f"{asker.law_clocks}; allowed are {law.hours}{begins} ({law.law}); {asker.whose.saw}"
        yield Rule(f"law: {law.name}", Reason.JURISDICTION, saw, _opening(asker, (law,)))
    if maybe:
        name, allowed = any_of(maybe)
        saw = f"{asker.law_clocks}; {allowed}; {asker.whose.saw}"
        yield Rule(f"law: {name}", Reason.JURISDICTION, saw, _opening(asker, maybe))


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


def law_limits(request: SendRequest, head: Head, part: Part, policy: Policy, now: datetime) -> Iterator[Rule]:
    """A rule for each law that says how many, with what the ledger holds."""
    ledger = head.ledger.value
    for law in law_caps(request, part, policy, request.channel, now):
        touches = sorted([touch.at for touch in ledger.touches.values() if law.counts(touch)])
        claims = [claim for claim in more_urgent(ledger, request, now) if law.counts(claim)]
        seen = Room(law.limit, law.per, touches, moments(claims, now))
        saw = f"{told(seen, now, f'in {spoken(law.per)}')}; {law.saw}"
        yield Rule(f"{law.name}, how many", why_full(seen, now, law.reason), saw, partial(law.next, seen.next))


def law_caps(request: SendRequest, part: Part, policy: Policy, channel: str, now: datetime) -> list[LawCap]:
    """The limits of all laws that hold, or may hold. None for a category that is exempt from hours."""
    asker = Asker(part, policy, channel, request.category, now)
    if "windows" in asker.category.exempt or channel not in policy.law_book.channels:
        return []
    found = []
    sure, maybe = _in_force(asker)
    for law in [*sure, *maybe]:
        if law.limit is None or law.per is None:
            continue
        topic = request.topic if law.same_topic else None
        about = f" about {topic}" if topic else ""
        found.append(
            LawCap(
                name=f"law: {law.name}",
                reason=Reason.JURISDICTION,
                limit=law.limit,
                per=law.per,
                channels=law.channels,
                topic=topic,
                saw=f"the law ({law.law}) counts messages{about} on {' and '.join(law.channels)}; {asker.whose.saw}",
                since=min(_begins(law.since, zone) for zone in asker.law_zones),
                until=max(_begins(law.until, zone) for zone in asker.law_zones) if law.until else None,
                send_id=request.send_id,
                uncounted=policy.at_any_hour,
            )
        )
    return found


def _in_force(asker: Asker) -> tuple[tuple[NamedLaw, ...], tuple[NamedLaw, ...]]:
    """Those that hold, and those that may as well: now, or within what can be looked ahead."""
    whose = asker.whose
    return asker.policy.law_book.in_force(asker.channel, whose.regions, whose.known, asker.today)


def _opening(asker: Asker, laws: tuple[NamedLaw, ...]) -> OpenInAll:
    return OpenInAll(asker.policy.law_book.opening(laws, asker.whose.regions), asker.law_zones)


@lru_cache(maxsize=1024)
def _begins(day: date, zone: ZoneInfo) -> datetime:
    """The first moment that is of this day, or of a later one, there."""
    eve = datetime.combine(day - timedelta(days=2), time(22), tzinfo=UTC)
    return next_open(lambda each: ALL_DAY if each >= day else (), zone, eve) or eve
