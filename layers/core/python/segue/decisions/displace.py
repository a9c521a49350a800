"""The last slot goes to the more urgent request, also when it comes later, as long as the other has not gone yet."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from segue.decisions.caps import in_the_way, without
from segue.decisions.decide import decide
from segue.decisions.decision import Action, Check, Decision, SendRecord, SendRequest, SendState, key_of
from segue.decisions.policy import Policy
from segue.decisions.ports import Sends, Step
from segue.decisions.reasons import Reason
from segue.profiles.head import Head
from segue.profiles.ledger import Touch

#: Why there may be no room; of all else, another's place is no help.
_ROOM = frozenset(
    {Reason.CHANNEL_CAP, Reason.TOTAL_CAP, Reason.TOPIC_CAP, Reason.COOL_DOWN, Reason.SLOWED, Reason.MORE_URGENT}
) | {Reason.JURISDICTION, Reason.EXPIRED}

#: So many reservations are looked at: each is a read. Those that have not gone yet are the latest ones.
MOST_LOOKS = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """A request that was not let go, and what it was decided on."""

    request: SendRequest
    head: Head
    policy: Policy
    now: datetime
    paused: bool


def wants_room(decision: Decision, request: SendRequest) -> bool:
    """Whether it may have been held back by what others got, or went by a fallback for that."""
    if decision.action is Action.SEND:
        return decision.channel not in request.ways
    return decision.reason in _ROOM


def place_of_another(wish: Wish, sends: Sends, lately: timedelta) -> tuple[Decision, Head, Step] | None:
    """What is decided in the place of a less urgent request that is not under way yet, and that one's step back.

    Only what was reserved `lately` can be on its way. It is due at once, to be decided anew.
    """
    touches = in_the_way(wish.request, wish.head, wish.now - lately)
    found = (pair for touch in touches if (pair := _instead(wish, touch)))
    for key, home, decision, head in islice(found, MOST_LOOKS):
        record = sends.get(home, key)
        if record and record.state is SendState.SENDING and not record.repeated:
            return decision, head, _step_back(record, wish.now)
    return None


def _instead(wish: Wish, touch: Touch) -> tuple[str, str, Decision, Head] | None:
    """If it could go, were it not for this touch: where the other's record is, and what is decided then."""
    if touch.requested_at is None:
        return None
    head = without(touch, wish.head)
    decision = decide(wish.request, head, wish.policy, wish.now, paused=wish.paused)
    if decision.action is not Action.SEND or decision.channel not in wish.request.ways:
        return None
    saw = f"it takes the place of a message of priority {touch.priority} that has not gone yet"
    decision = replace(decision, trace=(*decision.trace, Check(name="priority", verdict="pass", saw=saw)))
    return key_of(touch.requested_at, touch.send_id), touch.home or head.profile_id, decision, head


def _step_back(record: SendRecord, now: datetime) -> Step:
    decision = Decision(
        action=Action.DEFER,
        reason=Reason.MORE_URGENT,
        at=now,
        channel=record.message.channel,
        due=now,
        trace=(Check(name="priority", verdict="wait", saw="a more urgent message takes its place", until=now),),
    )
    back = replace(record.decided(decision), state=SendState.DEFERRED)
    return Step(record=back, was=record.state, attempt=record.attempt, holder=record.request.profile_id)
