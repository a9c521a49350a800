"""A message that may be sent was held up on its way, so long that the hours may be over: then it waits for the next.

Only the hours are asked again. The touch is reserved, so that caps hold whenever it goes; and a queue that is behind
would never come to an end if everything in it were decided anew.
"""

from dataclasses import replace
from datetime import datetime

from segue.decisions.answer import waiting
from segue.decisions.decide import hours
from segue.decisions.decision import Decision, SendRecord, SendState
from segue.decisions.policy import Policy
from segue.decisions.ports import Step
from segue.profiles.head import Head, Versioned


def too_late(record: SendRecord, head: Head, policy: Policy, now: datetime) -> Decision | None:
    """Defer to the next hours, or drop when the message expires before. `None` when it may go now.

    What was perhaps sent before is not put off: it would come twice, at two times.
    """
    return None if record.repeated else hours(record.request, head, policy, now)


def put_back(record: SendRecord, head: Head, decision: Decision) -> Step:
    """Deferred again, as if it had just been decided so: the touch is given back, the run waits, `release` wakes it.

    A run's documents must not have changed meanwhile: one that leaves now would not find this to cancel.
    """
    deferred = replace(record, state=SendState.DEFERRED, decisions=(*record.decisions, decision), due=decision.due)
    ledger = Versioned(head.ledger.value.release(record.request.send_id), head.ledger.version)
    runs = waiting(deferred, head) or (head.runs if record.request.run else None)
    return Step(
        record=deferred,
        was=record.state,
        attempt=record.attempt,
        holder=head.profile_id,
        ledger=ledger,
        runs=runs,
        wake=decision.due,
    )
