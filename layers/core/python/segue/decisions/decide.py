"""The heart: may this message be sent to this person now, on which channel, and if not, when, or why never. Pure."""

from dataclasses import replace
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
    asked = Asked(request, head, head.profile.value.whole, policy, now)
    lines = list(allowed.wanted(request, head, now, paused=paused))
    trace = [check for check, _ in lines]
    unwanted = next((reason for _, reason in lines if reason), None)
    if not head.profile.value.known:
        return _drop(unwanted or Reason.UNKNOWN_PROFILE, asked, trace)
    if unwanted:
        trace += told_apart([asked.way(channel) for channel in request.ways])
        return _drop(unwanted, asked, trace)
    return _choose([asked.way(channel) for channel in request.ways], asked, trace)


def held(request: SendRequest, head: Head, policy: Policy, now: datetime) -> Decision:
    """By what time changes alone, on its channel. A touch that the request has already does not count."""
    asked = Asked(request, head, head.profile.value.whole, policy, now)
    way = asked.held(request.channel)
    return _send(way, asked, list(way.trace)) if way.is_open else _wait([way], asked, list(way.trace))


def _choose(ways: list[Way], asked: Asked, trace: list[Check]) -> Decision:
    if way := best(ways, asked):
        return _send(way, asked, [*trace, *told_apart(ways), _chosen(way, ways, asked)])
    tried = []
    for fallback in fallbacks(ways, asked):
        tried.append(fallback)
        if fallback.is_open:
            saw = f"{fallback.channel}, since it cannot go now by {', nor by '.join(_closed(way) for way in ways)}"
            trace += told_apart([*ways, *tried])
            return _send(fallback, asked, [*trace, Check(name=FALLBACK, verdict="pass", saw=saw)])
    decision = _wait(ways, asked, [*trace, *told_apart([*ways, *tried]), *[_passed_over(way) for way in tried]])
    return replace(decision, trace=(*decision.trace, _unchosen(decision, ways)))


def _closed(way: Way) -> str:
    """What refuses it, or else what holds it first."""
    closing = [check for verdict in ("fail", "wait") for check in way.trace if check.verdict == verdict]
    return f"{way.channel}: {against(closing[0])}" if closing else way.channel


def _passed_over(way: Way) -> Check:
    saw = "it cannot go now either, and a fallback is not waited for"
    return Check(name=FALLBACK, verdict="skip", saw=saw, channel=way.channel)


def _chosen(way: Way, ways: list[Way], asked: Asked) -> Check:
    if len(ways) == 1:
        return _alone(way.channel)
    others = [other for other in ways if other is not way and other.is_open]
    closed = [other.channel for other in ways if not other.is_open]
    why = (
        f"rather than {', '.join(other.channel for other in others)}: {why_best(way, others, asked)}" if others else ""
    )
    shut = f"since it cannot go now by {' or '.join(closed)}" if closed else ""
    return Check(
        name=CHOICE, verdict="pass", saw=f"{way.channel}, {'; and '.join(each for each in (why, shut) if each)}"
    )


def _unchosen(decision: Decision, ways: list[Way]) -> Check:
    if len(ways) == 1:
        return _alone(ways[0].channel)
    names = ", ".join(way.channel for way in ways)
    if decision.due is None:
        return Check(name=CHOICE, verdict="fail", saw=f"none of {names} opens in time")
    return Check(name=CHOICE, verdict="wait", saw=f"{decision.channel} opens first of {names}", until=decision.due)


@lru_cache(maxsize=64)
def _alone(channel: str) -> Check:
    return Check(name=CHOICE, verdict="skip", saw=f"{channel} alone was asked for")


def _wait(ways: list[Way], asked: Asked, trace: list[Check]) -> Decision:
    request, now = asked.request, asked.now
    before = latest(request, now)
    dues = [(due, way) for way in ways if (due := way.due(now, before))]
    if dues:
        due, way = min(dues, key=lambda each: each[0])
        return Decision(
            action=Action.DEFER, reason=way.held_by, at=now, channel=way.channel, due=due, trace=tuple(trace)
        )
    never = [(way.passed, reason) for way in ways if (reason := way.why_never)]
    if len(never) == len(ways):
        _, furthest = max(never, key=lambda each: each[0])
        return _drop(furthest, asked, trace)
    why = "when the message expires" if request.expires_at else f"{FORESIGHT.days} days ahead"
    saw = f"no permissible moment comes before {minute(before)} UTC, {why}"
    return _drop(Reason.EXPIRED, asked, [*trace, Check(name=NEXT_MOMENT, verdict="fail", saw=saw)])


def _send(way: Way, asked: Asked, trace: list[Check]) -> Decision:
    template = way.request.template if way.request.template != asked.request.template else None
    return Decision(
        action=Action.SEND,
        reason=Reason.ALLOWED,
        at=asked.now,
        channel=way.channel,
        trace=tuple(trace),
        template=template,
    )


def _drop(reason: Reason, asked: Asked, trace: list[Check]) -> Decision:
    return Decision(action=Action.DROP, reason=reason, at=asked.now, channel=asked.request.channel, trace=tuple(trace))
