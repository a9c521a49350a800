"""Whose events may be kept: collection needs consent too, where the policy says so.

An event is judged when it comes, by what it says itself, else by what is known of its person then. A yes counts from
its own time on, and as long as no later no is known: a later consent never covers what was before it. Where it is about
several people, who may be one, what is known of all of them must allow it, and so must each who has spoken of it.
"""

from collections.abc import Sequence
from functools import reduce

from segue.decisions.consent import by_default, said_of, standing
from segue.decisions.policy import Policy
from segue.events.event import Event
from segue.profiles.consent import CONSENT_EVENTS, PREFERENCE_EVENTS, Consents, statements
from segue.profiles.fold import fold
from segue.profiles.profile import SUBSCRIBED, UNSUBSCRIBED, Collects, Part
from segue.profiles.quiet import CLEARED, PREFERENCES_UPDATED, SET

#: What silences or frees a person. Not to know it would be worse for them.
_ALWAYS = frozenset(
    {*CONSENT_EVENTS, *PREFERENCE_EVENTS, PREFERENCES_UPDATED, SET, CLEARED, SUBSCRIBED, UNSUBSCRIBED}
) | frozenset({"Email Bounced", "Email Marked as Spam"})


def collects(policy: Policy) -> Collects | None:
    """`None`: of everybody."""
    rules = policy.collection
    if rules is None:
        return None
    paused = {name for pause in policy.pauses for name in (pause.event, pause.until_event) if name}
    kept = _ALWAYS | paused | set(rules.exempt_events)
    purpose = rules.purpose
    return lambda people, event: event.name in kept or _consented(purpose, people, event, policy)


def _consented(purpose: str, people: Sequence[Part], event: Event, policy: Policy) -> bool:
    """A visitor who was never asked does not stand in the way of whoever signs in."""
    own = [said for name, said in statements(event).items() if name in policy.said_as(purpose)]
    if own:
        return reduce(Consents.merge, own).granted
    each = [part for part in people if _has_spoken(purpose, part, policy)] if len(people) > 1 else []
    return all(_agrees(purpose, part, event, policy) for part in (reduce(Part.merge, people), *each))


def _has_spoken(purpose: str, part: Part, policy: Policy) -> bool:
    return bool(said_of(purpose, part, policy) or (part.opted_out and policy.purpose(purpose).gpc))


def _agrees(purpose: str, part: Part, event: Event, policy: Policy) -> bool:
    """Where the event was sent from counts for what is granted by default there."""
    part = fold(part, event)
    if not standing(purpose, None, part, policy, event.timestamp).granted:
        return False
    said = said_of(purpose, part, policy)
    if said is None:
        return True
    before = said.as_of(event.timestamp)
    return before.granted if before else by_default(purpose, None, part, policy, event.timestamp).granted
