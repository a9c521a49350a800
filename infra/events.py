"""Events come in: the bus, the function that puts them there, and the queue on which they wait to be taken in."""

from dataclasses import replace

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.foundation import Foundation
from infra.function import Function
from infra.queue import DeadLetters, Queue
from segue.aws.settings import Settings
from segue.aws.telemetry import Metric


class Events(Construct):
    def __init__(
        self, scope: Construct, id_: str, *, foundation: Foundation, settings: Settings, write_keys: str
    ) -> None:
        super().__init__(scope, id_)
        self.bus = events.EventBus(self, "Bus", event_bus_name=f"segue-{settings.environment}")
        self.queue = Queue(self, "Events", foundation=foundation)
        self.undelivered = DeadLetters(self, "Undelivered", foundation=foundation, of="bus")
        events.Rule(
            self,
            "Ingested",
            event_bus=self.bus,
            event_pattern=events.EventPattern(source=["segue.ingest"]),
            targets=[targets.SqsQueue(self.queue.queue, dead_letter_queue=self.undelivered)],
        )
        self.ingest = Function(
            self,
            "Ingest",
            foundation=foundation,
            name="ingest",
            settings=replace(settings, bus=self.bus.event_bus_name, write_keys_secret=write_keys),
            memory_mb=1024,
            timeout=Duration.seconds(10),
        )
        foundation.alarm(
            self,
            "Rejected",
            foundation.count(Metric.EVENTS_REJECTED, "ingest"),
            "many events do not fit the tracking plan: has a source changed? They are kept and can be replayed",
            threshold=100,
            minutes=10,
        )
