"""The last slot goes to the more urgent request, also when it comes later, as long as the other has not gone yet."""

from dataclasses import dataclass, replace
from datetime import datetime

from segue.decisions.caps import gone, in_the_way, without
from segue.decisions.decide import decide
from segue.decisions.decision import Action, Check, Decision, SendRecord, SendRequest, SendState, key_of
from segue.decisions.policy import Policy
from segue.decisions.ports import Sends, Step
from segue.decisions.reasons import Reason
from segue.profiles.head import Head
from segue.profiles.ledger import Touch

#: So many records are read for one decision. Who had gone is remembered, so that the next one reads on.
MOST_LOOKS = 25


@dataclass(frozen=True, slots=True)
class Wish:
    """A request, and what it is decided on."""

    request: SendRequest
    head: Head
    policy: Policy
    now: datetime
    paused: bool

    def decide(self, head: Head) -> Decision:
        """Were these the person's documents."""
        return decide(self.request, head, self.policy, self.now, paused=self.paused)

    def goes(self, decision: Decision) -> bool:
        """By a channel that was asked for."""
        return decision.action is Action.SEND and decision.channel in self.request.ways


@dataclass(frozen=True, slots=True)
class Place:
    """What is decided on which documents. `displaced` is the step back of the one whose place it is, if it is one's."""

    decision: Decision
    head: Head
    displaced: Step | None = None


def place(wish: Wish, sends: Sends) -> Place:
    """What is decided; if need be and there is one, in the place of a less urgent request that is not under way yet.

    That one is due at once, to be decided anew. Of those that have gone the ledger remembers it.
    """
    head, decision = wish.head, wish.decide(wish.head)
    others = [] if wish.goes(decision) else in_the_way(wish.request, head)
    if not others or not wish.goes(wish.decide(without(head, *others))):
        return Place(decision, head)
    looks = 0
    for touch in others:
        freed = without(head, touch)
        instead = wish.decide(freed)
        if not wish.goes(instead):
            continue
        if touch.requested_at is None or looks == MOST_LOOKS:
            break
        looks += 1
        record = sends.get(touch.home or head.profile_id, key_of(touch.requested_at, touch.send_id))
        if record and record.state is SendState.SENDING and not record.repeated:
            return Place(_in_place_of(touch, instead), freed, _step_back(record, wish.now))
        head = gone(touch, head)
    return Place(decision, head)


def _in_place_of(touch: Touch, decision: Decision) -> Decision:
    saw = f"it takes the place of a message of priority {touch.priority} that has not gone yet"
    return replace(decision, trace=(*decision.trace, Check(name="priority", verdict="pass", saw=saw)))


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
