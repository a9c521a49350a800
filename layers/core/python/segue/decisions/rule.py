"""What can hold a message back for a while, and the first moment that suits several such rules."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from segue.decisions.decision import Check, SendRequest
from segue.decisions.reasons import Reason

#: How far ahead a permissible moment is looked for when the request itself does not expire. What waits for a moment
#: farther ahead than that is not counted with what waits.
FORESIGHT = timedelta(days=35)

#: The first moment, at or after one, that suits a rule; `None` if there is none.
Next = Callable[[datetime], datetime | None]


@dataclass(slots=True)
class Rule:
    """What can hold a message back for a while. Not frozen, as `Check`."""

    name: str
    reason: Reason
    saw: str
    next: Next

    def check(self, now: datetime, on: str | None = None) -> Check:
        """`on`: the channel that it is told of, where there are several."""
        until = self.next(now)
        if until == now:
            return Check(self.name, "pass", self.saw, None, on)
        return Check(self.name, "wait", self.saw, until, on)


def next_moment(rules: Iterable[Next], at: datetime, before: datetime) -> datetime | None:
    """The first moment at or after `at`, and before `before`, that suits every rule.

    Each rule names its own first moment; nothing earlier suits that rule, so the latest of them may be jumped to,
    again and again, until all agree.
    """
    asked = tuple(rules)
    while at < before:
        latest = at
        for rule in asked:
            moment = rule(at)
            if moment is None:
                return None
            latest = max(latest, moment)
        if latest == at:
            return at
        at = latest
    return None


def latest(request: SendRequest, now: datetime) -> datetime:
    """Before when a permissible moment is looked for."""
    return request.expires_at or now + FORESIGHT


def minute(at: datetime) -> str:
    """As `%Y-%m-%d %H:%M` has it, in a fifth of the time."""
    return at.isoformat(" ", "minutes")[:16]
