"""What was deferred is cancelled: because its run has left, or because somebody says so."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from segue.decisions.caps import released
from segue.decisions.decision import Action, SendRecord, SendState
from segue.decisions.ending import tell_the_end
from segue.decisions.ports import Outcomes, Overtaken, Sends, Step
from segue.decisions.reasons import Reason
from segue.outgoing import Announcements
from segue.profiles.ports import Conflict, Profiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Idempotent. What is no longer deferred is left alone: delivery looks at the run once more before it sends.

    `counted` hears of each record once, when it is dropped.
    """

    profiles: Profiles
    sends: Sends
    outcomes: Outcomes
    announcements: Announcements
    counted: Callable[[SendRecord], None] = lambda _: None

    def cancel(
        self, profile_id: str, record: str, at: datetime, reason: Reason = Reason.RUN_ENDED
    ) -> SendRecord | None:
        """The record as it stands then; `record` is its key. `None` when there is none."""
        while stood := self.sends.get(profile_id, record):
            if stood.state is SendState.DEFERRED:
                dropped = stood.finish(SendState.DROPPED, reason, at)
                try:
                    self.sends.take(self._step(dropped, stood))
                except (Overtaken, Conflict):
                    continue
                self.counted(dropped)
                stood = dropped
            if stood.state is SendState.DROPPED and stood.reason is reason:
                tell_the_end(stood, outcomes=self.outcomes, announcements=self.announcements)
            return stood
        return None

    def _step(self, dropped: SendRecord, stood: SendRecord) -> Step:
        """With its room, where it may have some: a claim, for which it takes a priority, or what it was let go with."""
        request = stood.request
        step = Step(record=dropped, was=stood.state, attempt=stood.attempt, holder=request.profile_id)
        let_go = stood.forgotten or any(each.action is Action.SEND for each in stood.decisions)
        if request.priority == 0 and not let_go:
            return step
        head = self.profiles.head(request.profile_id)
        return replace(step, holder=head.profile_id, ledger=released(request, head))

    def cancel_person(self, profile_id: str, at: datetime) -> int:
        """All that is deferred in this partition, and how many that were; a linked person has several (`places`).

        A run whose message is taken from it leaves. It may be cut off and begun again, and what is asked for later is
        decided as ever.
        """
        deferred = [record for record in self.sends.decided(profile_id) if record.state is SendState.DEFERRED]
        for record in deferred:
            self.cancel(profile_id, record.key, at, Reason.RUN_ENDED if record.request.run else Reason.CANCELLED)
        return len(deferred)
