"""Whose events may be kept: collection needs consent too, where the policy says so.

An event is judged when it comes, by what it says itself, else by what is known of its person then. A yes counts from
its own time on, and as long as no later no is known: a later consent never covers what was before it.
"""

from functools import reduce

from segue.decisions.consent import by_default, said_of, standing
from segue.decisions.policy import Policy
from segue.events.event import Event
from segue.profiles.consent import CONSENT_EVENTS, PREFERENCE_EVENTS, Consents, statements
from segue.profiles.fold import fold
from segue.profiles.profile import Collects, Part
from segue.profiles.quiet import CLEARED, PREFERENCES_UPDATED, SET

#: What silences or frees a person. Not to know it would be worse for them.
_ALWAYS = frozenset(
    {*CONSENT_EVENTS, *PREFERENCE_EVENTS, PREFERENCES_UPDATED, SET, CLEARED, "Subscribed", "Unsubscribed"}
) | frozenset({"Email Bounced", "Email Marked as Spam"})


def collects(policy: Policy) -> Collects | None:
    """`None`: of everybody."""
    rules = policy.collection
    if rules is None:
        return None
    paused = {name for pause in policy.pauses for name in (pause.event, pause.until_event) if name}
    kept = _ALWAYS | paused | set(rules.exempt_events)
    purpose = rules.purpose
    return lambda part, event: event.name in kept or _consented(purpose, part, event, policy)


def _consented(purpose: str, part: Part, event: Event, policy: Policy) -> bool:
    """Where the event was sent from counts for what is granted by default there."""
    own = [said for name, said in statements(event).items() if name in policy.said_as(purpose)]
    if own:
        return reduce(Consents.merge, own).granted
    part = fold(part, event)
    if not standing(purpose, None, part, policy, event.timestamp).granted:
        return False
    said = said_of(purpose, part, policy)
    if said is None:
        return True
    before = said.as_of(event.timestamp)
    return before.granted if before else by_default(purpose, None, part, policy, event.timestamp).granted
