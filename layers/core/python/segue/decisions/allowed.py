"""The checks that no waiting can mend: is it still wanted, is it allowed at all, can the person be reached."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from segue.decisions.consent import Standing, by_default, stated
from segue.decisions.decision import Check, SendRequest
from segue.decisions.policy import Policy
from segue.decisions.quiet import Line, Peace, disturbed, paused, peace
from segue.decisions.reasons import Reason
from segue.decisions.rule import minute
from segue.decisions.subscription import subscribed, unsubscribed
from segue.profiles.head import Head
from segue.profiles.profile import Part, subscription_key
from segue.profiles.runs import Runs
from segue.profiles.standing import Session
from segue.profiles.suppression import why_suppressed


@dataclass(slots=True)
class Known:
    """A request, and what is known of the person whatever the channel: found once, though several channels ask.

    `may_leave`: whether people may unsubscribe from messages of its category. `left`: why to leave them in peace.
    """

    request: SendRequest
    policy: Policy
    now: datetime
    part: Part
    may_leave: bool
    session: Session | None
    left: tuple[Peace, ...]
    disturbed: Line | None
    paused: Line | None
    stated: Standing | None


def known(request: SendRequest, head: Head, policy: Policy, now: datetime) -> Known:
    part = head.profile.value.whole
    left = peace(request, part, policy, now)
    return Known(
        request,
        policy,
        now,
        part,
        policy.category(request.category).unsubscribe,
        head.profile.value.standing.session,
        left,
        disturbed(request, left, policy),
        paused(request, left, policy),
        stated(request.purpose, part, policy),
    )


def wanted(request: SendRequest, head: Head, now: datetime, *, paused: bool) -> Iterator[Line]:
    """Whether anybody still wants it, whatever the channel. `paused`: the journey that asked is."""
    yield _expiry(request, now)
    yield _run(request, head.runs.value)
    yield _pause(request, paused=paused)
    if request.max_touches is not None:
        yield _touches(request.touches, request.max_touches)
    if not head.profile.value.known:
        yield _fail("profile", "no event of this person was ever seen", Reason.UNKNOWN_PROFILE)


def permitted(known: Known, channel: str, on: str | None = None) -> list[Line]:
    """Whether it may go on the channel. `on`: which one it is, in lines that tell several apart."""
    lines = [_suppression(channel, known.part, on)]
    if known.disturbed:
        lines.append(_on(known.disturbed, on))
    lines.append(_consent(known, channel, on))
    lines.append(_subscription(known, channel, on))
    if known.paused:
        lines.append(_on(known.paused, on))
    lines.append(_address(known, channel, on))
    if known.policy.visit_only(channel):
        lines.append(_visit(known, on))
    return lines


def refusal(request: SendRequest, head: Head, policy: Policy, now: datetime, *, paused: bool) -> Reason | None:
    """Why the message must not go on its channel, whatever the hour; asked once more just before it goes.

    The first failure is the reason.
    """
    lines = list(wanted(request, head, now, paused=paused))
    if head.profile.value.known:
        lines += permitted(known(request, head, policy, now), request.channel)
    return next((reason for _, reason in lines if reason), None)


def address_of(channel: str, part: Part, policy: Policy) -> str | None:
    """Where to, on this channel; the empty text when the channel needs no address."""
    rules = policy.channels.get(channel)
    if rules is None:
        return None
    if rules.address is None:
        return ""
    said = part.traits.get(rules.address)
    return said.value.strip() or None if said and isinstance(said.value, str) else None


def _expiry(request: SendRequest, now: datetime) -> Line:
    if request.expires_at is None:
        return _skip("expiry", "it does not expire")
    if now >= request.expires_at:
        return _fail("expiry", f"it expired on {minute(request.expires_at)} UTC", Reason.EXPIRED)
    return _pass("expiry", f"it expires on {minute(request.expires_at)} UTC")


def _run(request: SendRequest, runs: Runs) -> Line:
    if request.run is None:
        return _NO_RUN
    run = runs.get(request.run.run_id)
    if run is None:
        return _fail("run", f"the run of {request.run.journey} is gone", Reason.RUN_ENDED)
    if run.ended:
        return _fail("run", f"the run of {run.journey} ended: {run.ended.value}", Reason.RUN_ENDED)
    goal = "its goal is not met" if run.goal else "it has no goal"
    return _pass("run", f"the run of {run.journey} goes on; {goal}")


def _pause(request: SendRequest, *, paused: bool) -> Line:
    if request.run is None:
        return _NO_JOURNEY
    if paused:
        return _fail("journey", "the journey is paused", Reason.JOURNEY_PAUSED)
    return _GOING_ON


def _touches(sent: int, most: int) -> Line:
    saw = f"{sent} of {most} messages of the run sent"
    return _fail("run's messages", saw, Reason.MAX_TOUCHES) if sent >= most else _pass("run's messages", saw)


def _suppression(channel: str, part: Part, on: str | None) -> Line:
    since = part.suppressions.get(channel)
    if since is None:
        return _unsuppressed(on)
    return _fail("suppression", f"since {since:%Y-%m-%d}: {why_suppressed(part, channel)}", Reason.SUPPRESSED, on)


def _consent(known: Known, channel: str, on: str | None) -> Line:
    request, policy = known.request, known.policy
    found = known.stated or by_default(request.purpose, channel, known.part, policy, known.now)
    return _pass("consent", found.saw, on) if found.granted else _fail("consent", found.saw, Reason.NO_CONSENT, on)


def _subscription(known: Known, channel: str, on: str | None) -> Line:
    policy, part, topic = known.policy, known.part, known.request.topic
    if not known.may_leave:
        return _without_subscription(known.request.category, on)
    if left := unsubscribed(part, channel, topic):
        key, said = left
        return _fail("subscription", f"unsubscribed from {key} on {said.at:%Y-%m-%d}", Reason.UNSUBSCRIBED, on)
    if topic and policy.opt_in(topic) and not subscribed(part, channel, topic):
        key = subscription_key(channel, topic)
        return _fail("subscription", f"never subscribed to {key}, which must be subscribed to", Reason.UNSUBSCRIBED, on)
    return _subscribed(channel, topic, on)


def _address(known: Known, channel: str, on: str | None) -> Line:
    if address_of(channel, known.part, known.policy) is None:
        return _fail("address", f"nothing to reach the person by on {channel}", Reason.UNREACHABLE, on)
    return _reachable(channel, on)


def _visit(known: Known, on: str | None) -> Line:
    session = known.session
    if session and session.lasts(known.now):
        return _pass("visit", f"there since {minute(session.started)} UTC", on)
    return _fail("visit", "not there at the moment", Reason.NO_VISIT, on)


def _pass(name: str, saw: str, on: str | None = None) -> Line:
    return Check(name, "pass", saw, None, on), None


def _skip(name: str, saw: str, on: str | None = None) -> Line:
    return Check(name, "skip", saw, None, on), None


def _fail(name: str, saw: str, reason: Reason, on: str | None = None) -> Line:
    return Check(name, "fail", saw, None, on), reason


# What is said of most people is made once for each channel.


@lru_cache(maxsize=64)
def _unsuppressed(on: str | None) -> Line:
    return _pass("suppression", "no bounce, no complaint", on)


@lru_cache(maxsize=64)
def _reachable(channel: str, on: str | None) -> Line:
    return _pass("address", f"reachable on {channel}", on)


@lru_cache(maxsize=1024)
def _subscribed(channel: str, topic: str | None, on: str | None) -> Line:
    return _pass("subscription", f"not unsubscribed from {subscription_key(channel, topic)}", on)


@lru_cache(maxsize=64)
def _without_subscription(category: str, on: str | None) -> Line:
    return _skip("subscription", f"{category} messages have none", on)


def _on(line: Line, on: str | None) -> Line:
    return (line[0].on(on), line[1]) if on else line


#: Of most requests, so made once.
_NO_RUN = _skip("run", "not asked for by a journey")
_NO_JOURNEY = _skip("journey", "not asked for by a journey")
_GOING_ON = _pass("journey", "the journey is not paused")
