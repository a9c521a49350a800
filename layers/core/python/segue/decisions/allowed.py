"""The checks that no waiting can mend: is it still wanted, is it allowed at all, can the person be reached."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import chain

from segue.decisions.consent import standing
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


def wanted(request: SendRequest, head: Head, now: datetime, *, paused: bool) -> Iterator[Line]:
    """Whether anybody still wants it, whatever the channel. `paused`: the journey that asked is."""
    yield _expiry(request, now)
    yield _run(request, head.runs.value)
    yield _pause(request, paused=paused)
    if request.max_touches is not None:
        yield _touches(request.touches, request.max_touches)
    if not head.profile.value.known:
        yield _fail("profile", "no event of this person was ever seen", Reason.UNKNOWN_PROFILE)


def permitted(
    request: SendRequest, head: Head, part: Part, policy: Policy, now: datetime, *, left: tuple[Peace, ...]
) -> Iterator[Line]:
    """Whether it may go on its channel. `part` is what is known of the person; `left`, why to leave them in peace."""
    yield _suppression(request, part)
    if line := disturbed(request, left, policy):
        yield line
    yield _consent(request, part, policy, now)
    yield _subscription(request, part, policy)
    if line := paused(request, left, policy):
        yield line
    yield _address(request, part, policy)
    if policy.visit_only(request.channel):
        yield _visit(head.profile.value.standing.session, now)


def refusal(request: SendRequest, head: Head, policy: Policy, now: datetime, *, paused: bool) -> Reason | None:
    """Why the message must not go on its channel, whatever the hour; asked once more just before it goes.

    The first failure is the reason.
    """
    lines = wanted(request, head, now, paused=paused)
    if head.profile.value.known:
        part = head.profile.value.whole
        left = peace(request, part, policy, now)
        lines = chain(lines, permitted(request, head, part, policy, now, left=left))
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


def _suppression(request: SendRequest, part: Part) -> Line:
    since = part.suppressions.get(request.channel)
    if since is None:
        return _UNSUPPRESSED
    return _fail("suppression", f"since {since:%Y-%m-%d}: {why_suppressed(part, request.channel)}", Reason.SUPPRESSED)


def _consent(request: SendRequest, part: Part, policy: Policy, now: datetime) -> Line:
    found = standing(request.purpose, request.channel, part, policy, now)
    return _pass("consent", found.saw) if found.granted else _fail("consent", found.saw, Reason.NO_CONSENT)


def _subscription(request: SendRequest, part: Part, policy: Policy) -> Line:
    if not policy.category(request.category).unsubscribe:
        return _skip("subscription", f"{request.category} messages have none")
    if left := unsubscribed(part, request.channel, request.topic):
        key, said = left
        return _fail("subscription", f"unsubscribed from {key} on {said.at:%Y-%m-%d}", Reason.UNSUBSCRIBED)
    key = subscription_key(request.channel, request.topic)
    if request.topic and policy.opt_in(request.topic) and not subscribed(part, request.channel, request.topic):
        return _fail("subscription", f"never subscribed to {key}, which must be subscribed to", Reason.UNSUBSCRIBED)
    return _subscribed(key)


def _address(request: SendRequest, part: Part, policy: Policy) -> Line:
    address = address_of(request.channel, part, policy)
    if address is None:
        return _fail("address", f"nothing to reach the person by on {request.channel}", Reason.UNREACHABLE)
    return _reachable(request.channel)


def _visit(session: Session | None, now: datetime) -> Line:
    if session and session.lasts(now):
        return _pass("visit", f"there since {minute(session.started)} UTC")
    return _fail("visit", "not there at the moment", Reason.NO_VISIT)


def _pass(name: str, saw: str) -> Line:
    return Check(name=name, verdict="pass", saw=saw), None


def _skip(name: str, saw: str) -> Line:
    return Check(name=name, verdict="skip", saw=saw), None


def _fail(name: str, saw: str, reason: Reason) -> Line:
    return Check(name=name, verdict="fail", saw=saw), reason


@lru_cache(maxsize=64)
def _reachable(channel: str) -> Line:
    return _pass("address", f"reachable on {channel}")


@lru_cache(maxsize=1024)
def _subscribed(key: str) -> Line:
    return _pass("subscription", f"not unsubscribed from {key}")


#: Of most requests, so made once.
_NO_RUN = _skip("run", "not asked for by a journey")
_NO_JOURNEY = _skip("journey", "not asked for by a journey")
_GOING_ON = _pass("journey", "the journey is not paused")
_UNSUPPRESSED = _pass("suppression", "no bounce, no complaint")
