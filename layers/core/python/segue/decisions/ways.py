"""By which channel a message could go: each is asked for itself, and then one is chosen, or waited for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from segue.decisions import allowed
from segue.decisions.asker import Asker
from segue.decisions.caps import exposure
from segue.decisions.counting import Counting
from segue.decisions.decision import Check, SendRequest
from segue.decisions.in_zones import together
from segue.decisions.law_rules import law_limits
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.rule import Rule, next_moment
from segue.decisions.timing import hours_on
from segue.profiles.head import Head


@dataclass(slots=True)
class Way:
    """The request on one channel: `refused` for good, or `held` for now, until a moment each (`None`: for ever).

    `template`: the words that go, where they are not the request's own. `apart`: its lines say which channel it is.
    """

    channel: str
    trace: list[Check]
    refused: Reason | None = None
    rules: list[Rule] = field(default_factory=list)
    held: list[tuple[datetime | None, Reason]] = field(default_factory=list)
    template: str | None = None
    apart: bool = False

    @property
    def is_open(self) -> bool:
        return self.refused is None and not self.held

    def due(self, now: datetime, before: datetime) -> datetime | None:
        """The first permissible moment, if there is one in time. None is before what holds it now lets it go."""
        untils = [until for until, _ in self.held if until]
        if self.refused or len(untils) < len(self.held):
            return None
        let_go = max(untils, default=now)
        if let_go >= before:
            return None
        if all(rule.next(let_go) == let_go for rule in self.rules):
            return let_go
        return next_moment(together([rule.next for rule in self.rules], before), now, before)

    @property
    def why_never(self) -> Reason | None:
        """Why no waiting will help, if so."""
        return self.refused or next((reason for until, reason in self.held if until is None), None)

    @property
    def passed(self) -> int:
        """How many checks it passed, or need not pass, before it was refused."""
        return next((n for n, check in enumerate(self.trace) if check.verdict == "fail"), len(self.trace))

    @property
    def held_by(self) -> Reason:
        """What holds it longest."""
        return max([(until, reason) for until, reason in self.held if until], key=lambda held: held[0])[1]


class Asked:
    """What all channels are asked about, and what does not depend on which of them it is."""

    __slots__ = ("_asker", "_counting", "_rules", "known", "now", "policy", "request")

    def __init__(self, request: SendRequest, head: Head, policy: Policy, now: datetime) -> None:
        self.request, self.policy, self.now = request, policy, now
        self.known = allowed.known(request, head, policy, now)
        self._asker = Asker(self.known.part, policy, request.category, now)
        self._counting = Counting(request, head, self._asker.cap_zones, now)
        self._rules = [Rule(each.name, each.reason, each.saw, each.next) for each in self.known.left]

    def ways(self) -> list[Way]:
        channels = self.request.ways
        return [self.way(channel, apart=len(channels) > 1) for channel in channels]

    def way(self, channel: str, template: str | None = None, *, apart: bool) -> Way:
        """A channel that is refused is asked for all else too: the trace tells everything that stands in the way."""
        on = channel if apart else None
        lines = allowed.permitted(self.known, channel, on)
        trace = [check for check, _ in lines]
        refused = next((reason for _, reason in lines if reason), None)
        way = Way(channel, trace, refused, template=template, apart=apart)
        return self._held(way) if channel in self.policy.channels else way

    def prefers(self, way: Way) -> bool:
        """Whether the person likes its channel best."""
        said = self.known.part.traits.get(self.policy.preferences.channel or "")
        return said is not None and said.value == way.channel

    def friction(self, way: Way) -> int:
        return self.policy.channels[way.channel].friction

    def held(self, channel: str) -> Way:
        """By what time changes alone: pauses, hours, caps."""
        lines = (self.known.disturbed, self.known.paused)
        return self._held(Way(channel, [line[0] for line in lines if line]))

    def _held(self, way: Way) -> Way:
        """With the rules, and a line for each but why the person is left in peace: that is there already."""
        now, on, trace, waits, rules = self.now, way.channel if way.apart else None, way.trace, way.held, way.rules
        rules += self._rules
        waits += [(each.until, each.reason) for each in self.known.left]
        exposed = self._exposure(way.channel)
        for line in (*hours_on(way.channel, self.request, self._asker, self._rules, exposed), *exposed):
            if isinstance(line, Rule):
                check = line.check(now, on)
                rules.append(line)
                if check.verdict == "wait":
                    waits.append((check.until, line.reason))
            else:
                check = line.on(on)
                if check.verdict == "fail":
                    way.refused = way.refused or Reason.UNKNOWN_TIME_ZONE
            trace.append(check)
        return way

    def _exposure(self, channel: str) -> list[Rule | Check]:
        """The limits of the policy, and those of the laws."""
        found = exposure(self.request, channel, self._counting, self.policy)
        if channel in self.policy.law_book.channels:
            found += law_limits(self.request, self._counting, self._asker, channel)
        return found


def best(ways: list[Way], asked: Asked) -> Way | None:
    """Of those that are open now the one that the person prefers, else that with the least friction."""
    open_ = [way for way in ways if way.is_open]
    if len(open_) < 2:  # noqa: PLR2004 - there is nothing to choose
        return open_[0] if open_ else None
    return min(open_, key=lambda way: (not asked.prefers(way), asked.friction(way)))


def why_best(way: Way, others: list[Way], asked: Asked) -> str:
    """Why this one of several that are open."""
    if asked.prefers(way):
        return "the person prefers it"
    if all(asked.friction(other) == asked.friction(way) for other in others):
        return f"named first, with the same friction ({asked.friction(way)})"
    theirs = ", ".join(f"{other.channel} {asked.friction(other)}" for other in others)
    return f"less friction ({asked.friction(way)}; {theirs})"


def fallbacks(ways: list[Way], asked: Asked) -> Iterator[Way]:
    """What the policy falls back to, as far as there are words for it; the nearest first, and from there on."""
    channels, tried = asked.policy.channels, {way.channel for way in ways}
    for way in ways:
        channel = way.channel
        while channel in channels and (fallback := channels[channel].fallback) and fallback.to not in tried:
            tried.add(channel := fallback.to)
            if channel in channels and (fallback.template or channel in asked.request.fallbacks):
                yield asked.way(channel, fallback.template, apart=True)


def told_apart(ways: list[Way]) -> list[Check]:
    """The lines of all of them, which of several channels each is about."""
    if len(ways) == 1:
        return ways[0].trace
    return [line for way in ways for line in (way.trace if way.apart else [line.on(way.channel) for line in way.trace])]
