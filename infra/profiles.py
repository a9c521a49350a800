"""Events become profiles: the function that folds them in, the signals that it raises, and people's timers."""

from dataclasses import replace

from aws_cdk import Duration
from constructs import Construct

from infra.foundation import Foundation
from infra.function import Function
from infra.queue import Queue
from segue.aws.settings import Settings


class Profiles(Construct):
    def __init__(
        self, scope: Construct, id_: str, *, foundation: Foundation, settings: Settings, events: Queue
    ) -> None:
        super().__init__(scope, id_)
        self.signals = Queue(self, "Signals", foundation=foundation)
        # A timer that is due soon waits for its moment in the queue.
        self.timers = Queue(self, "Timers", foundation=foundation, late_after=Duration.minutes(20))
        self.profile = Function(
            self,
            "Profile",
            foundation=foundation,
            name="profile",
            settings=replace(settings, signals_queue=self.signals.url, timers_queue=self.timers.url),
            memory_mb=1024,
            calls_itself=True,  # the next timer of a person may follow soon
        )
        self.profile.works_off(events, at_once=foundation.config.queue_concurrency)
        self.profile.works_off(self.timers, at_once=foundation.config.queue_concurrency)
