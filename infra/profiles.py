"""Events become profiles: the function that folds them in, and the queue of signals that it raises."""

from dataclasses import replace

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
        self.profile = Function(
            self,
            "Profile",
            foundation=foundation,
            name="profile",
            settings=replace(settings, signals_queue=self.signals.url),
            memory_mb=1024,
        )
        self.profile.works_off(events, at_once=foundation.config.queue_concurrency)
