"""A run has left: what it had deferred is cancelled."""

from dataclasses import dataclass
from datetime import datetime

from segue.decisions.decision import SendState
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
        """`record` is the key of the send record."""
        while stood := self.sends.get(profile_id, record):
            if stood.state is SendState.DEFERRED:
                dropped = stood.finish(SendState.DROPPED, Reason.RUN_ENDED, at)
                step = Step(record=dropped, was=stood.state, attempt=stood.attempt, holder=profile_id)
                try:
                    self.sends.take(step)
                except Overtaken:
                    continue
                stood = dropped
            if stood.state is SendState.DROPPED and stood.reason is Reason.RUN_ENDED:
                tell_the_end(stood, outcomes=self.outcomes, announcements=self.announcements)
            return
