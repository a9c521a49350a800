"""The heart: may this message be sent to this person now, on which channel, and if not, when, or why never. Pure."""

from datetime import datetime

from segue.decisions import allowed
from segue.decisions.decision import Action, Check, Decision, SendRequest
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.rule import latest, minute
from segue.decisions.ways import Asked, Way, best, fallbacks, told_apart
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
        trace += told_apart([asked.permitted(channel) for channel in request.ways])
        return _drop(unwanted, asked, trace)
    return _choose([asked.way(channel) for channel in request.ways], asked, trace)


def held(request: SendRequest, head: Head, policy: Policy, now: datetime) -> Decision:
    """By what time changes alone, on its channel. A touch that the request has already does not count."""
    asked = Asked(request, head, head.profile.value.whole, policy, now)
    way = asked.held(request.channel)
    return _send(way, asked, list(way.trace)) if way.is_open else _wait([way], asked, list(way.trace))


def _choose(ways: list[Way], asked: Asked, trace: list[Check]) -> Decision:
    if way := best(ways, asked):
        trace += told_apart(ways)
        return _send(way, asked, [*trace, _chosen(way, ways)] if len(ways) > 1 else trace)
    tried = []
    for fallback in fallbacks(ways, asked):
        tried.append(fallback)
        if fallback.is_open:
            saw = f"{fallback.channel}, since it cannot go now by {' or '.join(_closed(way) for way in ways)}"
            trace += told_apart([*ways, *tried])
            return _send(fallback, asked, [*trace, Check(name="fallback", verdict="pass", saw=saw)])
    return _wait(ways, asked, [*trace, *told_apart([*ways, *tried])])


def _closed(way: Way) -> str:
    why = next((f" ({check.name}: {check.saw})" for check in way.trace if check.verdict in ("wait", "fail")), "")
    return f"{way.channel}{why}"


def _chosen(way: Way, ways: list[Way]) -> Check:
    closed = ", ".join(other.channel for other in ways if other is not way)
    return Check(name="channel", verdict="pass", saw=f"{way.channel}, rather than {closed}")


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
    saw = f"no permissible moment before {minute(before)} UTC"
    return _drop(Reason.EXPIRED, asked, [*trace, Check(name="next moment", verdict="fail", saw=saw)])


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
