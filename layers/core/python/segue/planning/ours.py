"""What a workspace's plan has already, which a proposal for it need not say, and in a second file may not."""

from collections.abc import Sequence
from dataclasses import dataclass

from segue.events.merge import all_over
from segue.events.plan import TrackingPlan
from segue.events.properties import Properties


@dataclass(frozen=True, slots=True)
class Ours:
    """`own` is what the files of `events/` say, `whole` is that over the plans that they extend."""

    own: TrackingPlan
    whole: TrackingPlan

    @classmethod
    def of(cls, files: Sequence[TrackingPlan], base: TrackingPlan) -> "Ours":
        own = all_over(list(files))
        return cls(own=own, whole=all_over([base, own]))

    def has(self, event: str) -> bool:
        """Whether a file defines it: no other may."""
        return any(planned.name == event for planned in self.own.events)

    def properties(self, event: str) -> Properties:
        planned = self.whole.event(event)
        return planned.properties if planned and planned.name == event else {}


NOTHING = Ours(TrackingPlan(), TrackingPlan())
