"""The heart: may this message be sent to this person now, and if not, when, or why never. Pure."""

from bisect import bisect_right
from datetime import datetime
from functools import partial

from segue.decisions import allowed, caps
from segue.decisions.asker import together
from segue.decisions.decision import Action, Check, Decision, SendRequest
from segue.decisions.policy import Cap, Policy
from segue.decisions.quiet import peace, unheld
from segue.decisions.reasons import Reason
from segue.decisions.rule import FORESIGHT, Rule, next_moment
from segue.decisions.timing import timing
from segue.duration import write
from segue.profiles.head import Head


def decide(request: SendRequest, head: Head, policy: Policy, now: datetime, *, paused: bool = False) -> Decision:
    """Every check leaves a line in the trace. The first that fails drops; else the one that holds longest defers.

    `paused`: the journey that asked is.
    """
    part = head.profile.value.whole
    lines = list(allowed.checks(request, head, part, policy, now, paused=paused))
    trace = [check for check, _ in lines]
    reason = next((reason for _, reason in lines if reason), None)
    if reason is not None:
        return _answer(Action.DROP, reason, request, now, trace)

    return _held(request, head, policy, now, trace)


def held(request: SendRequest, head: Head, policy: Policy, now: datetime) -> Decision:
    """By what time changes alone: pauses, hours, caps. A touch that the request has already does not count."""
    return _held(request, head, policy, now, [])


def _held(request: SendRequest, head: Head, policy: Policy, now: datetime, trace: list[Check]) -> Decision:
    part = head.profile.value.whole
    left = peace(request, part, policy, now)
    rules = [Rule(each.name, each.reason, each.saw, each.next) for each in left]
    trace += unheld(request, left, policy)
    exposure = _exposure(request, head, policy, now)
    others = [rule.next for rule in (*rules, *exposure) if isinstance(rule, Rule)]
    hours = timing(request, part, policy, request.channel, now, also=others)
    if any(isinstance(line, Check) and line.verdict == "fail" for line in hours):
        trace += [line for line in hours if isinstance(line, Check)]
        return _answer(Action.DROP, Reason.UNKNOWN_TIME_ZONE, request, now, trace)
    rules += [rule for rule in (*hours, *exposure) if isinstance(rule, Rule)]
    checks = [rule.check(now) for rule in rules]
    trace += checks + [line for line in (*hours, *exposure) if isinstance(line, Check)]
    if all(check.verdict == "pass" for check in checks):
        return _answer(Action.SEND, Reason.ALLOWED, request, now, trace)
    return _later(request, rules, checks, now, trace)


def _later(request: SendRequest, rules: list[Rule], checks: list[Check], now: datetime, trace: list[Check]) -> Decision:
    before = min(request.expires_at or now + FORESIGHT, now + FORESIGHT)
    due = next_moment(together([rule.next for rule in rules]), now, before)
    if due is None:
        saw = f"no permissible moment before {before:%Y-%m-%d %H:%M} UTC"
        trace.append(Check(name="next moment", verdict="fail", saw=saw))
        return _answer(Action.DROP, Reason.EXPIRED, request, now, trace)
    holding = [(check.until, rule.reason) for rule, check in zip(rules, checks, strict=True) if check.until]
    reason = max(holding, key=lambda held: held[0])[1]
    return Decision(action=Action.DEFER, reason=reason, at=now, channel=request.channel, due=due, trace=tuple(trace))


def _answer(action: Action, reason: Reason, request: SendRequest, now: datetime, trace: list[Check]) -> Decision:
    return Decision(action=action, reason=reason, at=now, channel=request.channel, trace=tuple(trace))


def _exposure(request: SendRequest, head: Head, policy: Policy, now: datetime) -> list[Rule | Check]:
    if "caps" in policy.category(request.category).exempt:
        return [Check(name="caps", verdict="skip", saw=f"{request.category} messages are under none")]
    given: tuple[tuple[str, Reason, Cap | None, str | None], ...] = (
        (f"{request.channel} cap", Reason.CHANNEL_CAP, policy.channels[request.channel].cap, request.channel),
        ("total cap", Reason.TOTAL_CAP, policy.total, None),
    )
    found: list[Rule | Check] = []
    for name, reason, cap, channel in given:
        if cap is None or not policy.under(cap, request.category):
            found.append(Check(name=name, verdict="skip", saw=f"{request.category} messages are under none"))
            continue
        touches = caps.counted(cap, policy, head.ledger.value, request.send_id, channel)
        lately = len(touches) - bisect_right(touches, now - cap.per)
        saw = f"{lately} of {cap.limit} in {write(cap.per)}"
        found.append(Rule(name, reason, saw, partial(caps.room_from, cap, touches)))
    return found
