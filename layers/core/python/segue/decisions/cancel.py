"""A run has left, or somebody does not want a message any more: what was deferred is cancelled."""

from dataclasses import dataclass
from datetime import datetime

from segue.decisions.decision import SendRecord, SendState
from segue.decisions.ending import tell_the_end
from segue.decisions.ports import Outcomes, Overtaken, Sends, Step
from segue.decisions.reasons import Reason
from segue.outgoing import Announcements


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Idempotent. What is no longer deferred is left alone: delivery looks at the run once more before it sends."""

    sends: Sends
    outcomes: Outcomes
    announcements: Announcements

    def cancel(self, profile_id: str, record: str, at: datetime) -> None:
        """`record` is the key of the send record. A run's run is over, and so leaves; else it was just cancelled."""
        while stood := self.sends.get(profile_id, record):
            if stood.state is SendState.DEFERRED:
                dropped = stood.finish(SendState.DROPPED, _reason(stood), at)
                step = Step(record=dropped, was=stood.state, attempt=stood.attempt, holder=profile_id)
                try:
                    self.sends.take(step)
                except Overtaken:
                    continue
                stood = dropped
            if stood.state is SendState.DROPPED and stood.reason in _CANCELLED:
                tell_the_end(stood, outcomes=self.outcomes, announcements=self.announcements)
            return

    def cancel_person(self, profile_id: str, at: datetime) -> int:
        """All that is deferred in this partition, and how many that were; a linked person has several (`places`).

        It may be cut off and begun again. What is asked for later is decided as ever.
        """
        deferred = [record.key for record in self.sends.decided(profile_id) if record.state is SendState.DEFERRED]
        for key in deferred:
            self.cancel(profile_id, key, at)
        return len(deferred)


_CANCELLED = frozenset({Reason.RUN_ENDED, Reason.CANCELLED})


def _reason(record: SendRecord) -> Reason:
    return Reason.RUN_ENDED if record.request.run else Reason.CANCELLED
