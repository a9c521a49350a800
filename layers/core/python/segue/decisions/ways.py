"""By which channel a message could go: each is asked for itself, and then one is chosen, or waited for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from segue.decisions import allowed
from segue.decisions.asker import together
from segue.decisions.caps import exposure
from segue.decisions.decision import Check, SendRequest
from segue.decisions.law_rules import law_limits
from segue.decisions.policy import Policy
from segue.decisions.quiet import Peace, disturbed, paused, peace
from segue.decisions.reasons import Reason
from segue.decisions.rule import Rule, next_moment
from segue.decisions.timing import timing
from segue.decisions.zones import zones_of
from segue.profiles.head import Head
from segue.profiles.profile import Part


@dataclass(slots=True)
class Way:
    """The request on one channel: `refused` for good, or `held` for now, until a moment each (`None`: for ever)."""

    request: SendRequest
    trace: tuple[Check, ...]
    refused: Reason | None = None
    rules: tuple[Rule, ...] = ()
    held: tuple[tuple[datetime | None, Reason], ...] = ()

    @property
    def channel(self) -> str:
        return self.request.channel

    @property
    def is_open(self) -> bool:
        return self.refused is None and not self.held

    def due(self, now: datetime, before: datetime) -> datetime | None:
        """The first permissible moment, if there is one in time."""
        return None if self.refused else next_moment(together([rule.next for rule in self.rules]), now, before)

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


@dataclass(frozen=True, slots=True)
class Asked:
    """What all channels are asked about."""

    request: SendRequest
    head: Head
    part: Part
    policy: Policy
    now: datetime

    def way(self, channel: str, template: str | None = None) -> Way:
        """A channel that is refused is asked for all else too: the trace tells everything that stands in the way."""
        request = self.request.by(channel)
        left = peace(request, self.part, self.policy, self.now)
        lines = list(allowed.permitted(request, self.head, self.part, self.policy, self.now, left=left))
        trace = tuple([check for check, _ in lines])
        refused = next((reason for _, reason in lines if reason), None)
        if channel not in self.policy.channels:
            return Way(request, trace, refused)
        way = self._held(request, left)
        way.trace, way.refused = trace + way.trace, refused or way.refused
        if template:
            way.request = request.by(channel, template)
        return way

    def prefers(self, way: Way) -> bool:
        """Whether the person likes its channel best."""
        said = self.part.traits.get(self.policy.preferences.channel or "")
        return said is not None and said.value == way.channel

    def friction(self, way: Way) -> int:
        return self.policy.channels[way.channel].friction

    def held(self, channel: str) -> Way:
        """By what time changes alone: pauses, hours, caps."""
        request = self.request.by(channel)
        left = peace(request, self.part, self.policy, self.now)
        way = self._held(request, left)
        lines = (disturbed(request, left, self.policy), paused(request, left, self.policy))
        way.trace = (*[line[0] for line in lines if line], *way.trace)
        return way

    def _held(self, request: SendRequest, left: tuple[Peace, ...]) -> Way:
        """Without the lines on why the person is left in peace."""
        channel, now = request.channel, self.now
        rules = [Rule(each.name, each.reason, each.saw, each.next) for each in left]
        waits: list[tuple[datetime | None, Reason]] = [(each.until, each.reason) for each in left]
        trace: list[Check] = []
        zones = zones_of(self.part, self.policy.category(request.category), self.policy)
        refused = None
        exposed = list(exposure(request, self.head, self.policy, zones=zones, now=now))
        if channel in self.policy.law_book.channels:
            exposed += law_limits(request, self.head, self.part, self.policy, now)
        others = (rule.next for rule in (*rules, *exposed) if isinstance(rule, Rule))
        for each in chain(timing(request, self.part, self.policy, channel, now, also=others), exposed):
            if isinstance(each, Rule):
                check = each.check(now)
                rules.append(each)
                if check.verdict == "wait":
                    waits.append((check.until, each.reason))
            else:
                check = each
                if check.verdict == "fail":
                    refused = Reason.UNKNOWN_TIME_ZONE
            trace.append(check)
        return Way(request, tuple(trace), refused, tuple(rules), tuple(waits))


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
                yield asked.way(channel, fallback.template)


def told_apart(ways: list[Way]) -> Sequence[Check]:
    """The lines of all of them, which of several channels each is about."""
    if len(ways) == 1:
        return ways[0].trace
    return [replace(check, channel=way.channel) for way in ways for check in way.trace]
