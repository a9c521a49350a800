"""The heart: may this message be sent to this person now, on which channel, and if not, when, or why never. Pure."""

from datetime import datetime
from functools import lru_cache

from segue.decisions import allowed
from segue.decisions.decision import CHOICE, FALLBACK, NEXT_MOMENT, Action, Check, Decision, SendRequest
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.rule import FORESIGHT, latest, minute
from segue.decisions.ways import Asked, Way, best, fallbacks, told_apart, why_best
from segue.decisions.words import against
from segue.profiles.head import Head


def decide(request: SendRequest, head: Head, policy: Policy, now: datetime, *, paused: bool = False) -> Decision:
    """Every check leaves a line in the trace. What fails on all channels drops, what only holds for a while defers.

    Of the channels that are open now one is chosen; if none is, what the policy falls back to, if that is open; else
    the message waits for the one that opens first. `paused`: the journey that asked is.
    """
    lines = list(allowed.wanted(request, head, now, paused=paused))
    trace = [check for check, _ in lines]
    unwanted = next((reason for _, reason in lines if reason), None)
    if not head.profile.value.known:
        return _drop(unwanted or Reason.UNKNOWN_PROFILE, request, now, trace)
    asked = Asked(request, head, policy, now)
    ways = asked.ways()
    if unwanted:
        return _drop(unwanted, request, now, [*trace, *told_apart(ways)])
    return _choose(ways, asked, trace)


def held(request: SendRequest, head: Head, policy: Policy, now: datetime) -> Decision:
    """By what time changes alone, on its channel. A touch that the request has already does not count."""
    asked = Asked(request, head, policy, now)
    way = asked.held(request.channel)
    return _send(way, asked, way.trace) if way.is_open else _wait([way], asked, way.trace)


def _choose(ways: list[Way], asked: Asked, trace: list[Check]) -> Decision:
    if way := best(ways, asked):
        return _send(way, asked, [*trace, *told_apart(ways), _chosen(way, ways, asked)])
    tried = []
    for fallback in fallbacks(ways, asked):
        tried.append(fallback)
        if fallback.is_open:
            saw = f"{fallback.channel}, since it cannot go now by {', nor by '.join(_closed(way) for way in ways)}"
            trace += told_apart([*ways, *tried])
            return _send(fallback, asked, [*trace, Check(FALLBACK, "pass", saw)])
    trace += [*told_apart([*ways, *tried]), *[_passed_over(way) for way in tried]]
    return _wait(ways, asked, trace, choosing=True)


def _closed(way: Way) -> str:
    """What refuses it, or else what holds it first."""
    closing = [check for verdict in ("fail", "wait") for check in way.trace if check.verdict == verdict]
    return f"{way.channel}: {against(closing[0])}" if closing else way.channel


def _passed_over(way: Way) -> Check:
    saw = "it cannot go now either, and a fallback is not waited for"
    return Check(FALLBACK, "skip", saw, channel=way.channel)


def _chosen(way: Way, ways: list[Way], asked: Asked) -> Check:
    if len(ways) == 1:
        return _alone(way.channel)
    others = [other for other in ways if other is not way and other.is_open]
    closed = [other.channel for other in ways if not other.is_open]
    why = (
        f"rather than {', '.join(other.channel for other in others)}: {why_best(way, others, asked)}" if others else ""
    )
    shut = f"since it cannot go now by {' or '.join(closed)}" if closed else ""
    return Check(CHOICE, "pass", f"{way.channel}, {'; and '.join(each for each in (why, shut) if each)}")


def _unchosen(ways: list[Way], first: Way | None, due: datetime | None) -> Check:
    if len(ways) == 1:
        return _alone(ways[0].channel)
    names = ", ".join(way.channel for way in ways)
    if first is None:
        return Check(CHOICE, "fail", f"none of {names} opens in time")
    return Check(CHOICE, "wait", f"{first.channel} opens first of {names}", due)


@lru_cache(maxsize=64)
def _alone(channel: str) -> Check:
    return Check(CHOICE, "skip", f"{channel} alone was asked for")


def _wait(ways: list[Way], asked: Asked, trace: list[Check], *, choosing: bool = False) -> Decision:
    """`choosing`: the last line of the trace says which of the channels it is."""
    request, now = asked.request, asked.now
    first, due = _soonest(ways, now, latest(request, now))
    reason = first.held_by if first else _never(ways)
    if reason is None:
        reason = Reason.EXPIRED
        why = "when the message expires" if request.expires_at else f"{FORESIGHT.days} days ahead"
        saw = f"no permissible moment comes before {minute(latest(request, now))} UTC, {why}"
        trace.append(Check(NEXT_MOMENT, "fail", saw))
    if choosing:
        trace.append(_unchosen(ways, first, due))
    if first is None:
        return _drop(reason, request, now, trace)
    return Decision(action=Action.DEFER, reason=reason, at=now, channel=first.channel, due=due, trace=tuple(trace))


def _soonest(ways: list[Way], now: datetime, before: datetime) -> tuple[Way | None, datetime | None]:
    """The way that opens first, and when; of two at once the first. The others need not be looked at any farther."""
    first, due = None, None
    for way in ways:
        if found := way.due(now, due or before):
            first, due = way, found
    return first, due


def _never(ways: list[Way]) -> Reason | None:
    """Why no waiting helps on any of the channels: by that which passed the most checks."""
    never = [(way.passed, reason) for way in ways if (reason := way.why_never)]
    return max(never, key=lambda each: each[0])[1] if len(never) == len(ways) else None


def _send(way: Way, asked: Asked, trace: list[Check]) -> Decision:
    template = way.template if way.template != asked.request.template else None
    return Decision(
        action=Action.SEND,
        reason=Reason.ALLOWED,
        at=asked.now,
        channel=way.channel,
        trace=tuple(trace),
        template=template,
    )


def _drop(reason: Reason, request: SendRequest, now: datetime, trace: list[Check]) -> Decision:
    return Decision(action=Action.DROP, reason=reason, at=now, channel=request.channel, trace=tuple(trace))
