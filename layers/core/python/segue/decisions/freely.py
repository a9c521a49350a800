"""Messages that no cap holds back and that count all the same: of their touches as many are kept as it takes.

They fill the caps of others, or a law counts them, which perhaps does not hold where the person is.

Else one person's receipts could fill their ledger, which is one document, until nothing could be written into it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from segue.decisions.law import NamedLaw
from segue.decisions.policy import Policy
from segue.profiles.ledger import Ledger, Touch

#: Beyond what a cap allows: of the latest touches some may yet be given back, those of messages that fail.
SPARE = 16

#: For all caps that look at each topic by itself, and again for all such laws: there is no end of topics.
MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """A cap, or a law, looks at the latest `limit` of the touches that fill it; if `each_topic`, of each topic."""

    limit: int
    fills: Callable[[Touch], bool]
    each_topic: bool


def thinned(ledger: Ledger, policy: Policy) -> Ledger:
    """Every cap and law is as full as before, and has room again at the same moment."""
    latest = sorted(ledger.touches.values(), key=lambda touch: (touch.at, touch.send_id), reverse=True)
    freely = [touch for touch in latest if policy.goes_freely(touch.channel, touch.category, touch.topic)]
    if len(freely) <= SPARE:
        return ledger
    caps, laws = list(_of_caps(policy)), list(_of_laws(policy))
    seen = {send_id for look in (*caps, *laws) if not look.each_topic for send_id in _seen(look, latest)}
    for looks in (caps, laws):
        of_topics = {send_id for look in looks if look.each_topic for send_id in _seen(look, latest)}
        seen.update([touch.send_id for touch in freely if touch.send_id in of_topics][:MOST])
    gone = {touch.send_id for touch in freely}.difference(seen)
    return replace(ledger, touches={key: touch for key, touch in ledger.touches.items() if key not in gone})


def _seen(look: _Look, latest: Sequence[Touch]) -> Iterator[str]:
    counted = Counter[str | None]()
    for touch in filter(look.fills, latest):
        about = touch.topic if look.each_topic else None
        counted[about] += 1
        if counted[about] <= look.limit + SPARE:
            yield touch.send_id


def _of_caps(policy: Policy) -> Iterator[_Look]:
    for limit in policy.all_limits:
        yield _Look(limit=limit.cap.limit, fills=limit.filled_by, each_topic=limit.cap.each_topic)


def _of_laws(policy: Policy) -> Iterator[_Look]:
    for law in policy.laws:
        if law.limit:
            yield _Look(limit=law.limit, fills=partial(_counts, law, policy.at_any_hour), each_topic=law.same_topic)


def _counts(law: NamedLaw, at_any_hour: frozenset[str], touch: Touch) -> bool:
    return law.counts(touch.channel, touch.category, at_any_hour)
