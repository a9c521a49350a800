"""Events of other systems come in: a rule for each cloud source, one queue and function for all, a bucket of files."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.bucket import Bucket
from infra.foundation import Foundation
from infra.function import Function
from infra.queue import DeadLetters, Queue
from segue.aws.imports import INCOMING, SUMMARIES
from segue.aws.settings import Settings
from segue.aws.telemetry import Metric
from segue.events.imports import SOURCE
from segue.events.sources import Source

#: Uploads are for importing, not for keeping.
KEPT = Duration.days(30)

DEFAULT = "default"


class Sources(Construct):
    """`settings` name the bus and the profiles; what is made here is added."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        foundation: Foundation,
        settings: Settings,
        sources: Sequence[Source],
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, id_)
        self._foundation = foundation
        self.queue = Queue(self, "Sources", foundation=foundation)
        self.unreached = DeadLetters(self, "Unreached", foundation=foundation, of="the rules of sources")
        self.bucket = self._bucket(key)
        self.source = Function(
            self,
            "Source",
            foundation=foundation,
            name="source",
            settings=replace(settings, sources_queue=self.queue.url, imports_bucket=self.bucket.bucket_name),
            memory_mb=1024,
            calls_itself=True,  # a portion of a large file sends for the next one, as often as need be
        )
        self.source.works_off(self.queue, at_once=foundation.config.queue_concurrency)
        foundation.alarm(
            self,
            "Rejected",
            foundation.count(Metric.EVENTS_REJECTED, "source"),
            "many events of a cloud source or of a file do not fit: they are kept and can be replayed",
            threshold=100,
            minutes=10,
        )
        self.rules = {source.source: rule for source in sources if (rule := self._rule_of(source))}
        self._listen(SOURCE, DEFAULT, _uploads(self.bucket))

    def _rule_of(self, source: Source) -> events.Rule | None:
        """`None` where the environment is not connected to the source's bus."""
        config = self._foundation.config
        bus, pattern = config.bus_of(source.bus), source.pattern_in(config.name)
        return self._listen(source.source, bus, config.listens(pattern)) if bus else None

    def _listen(self, name: str, bus: str, pattern: dict[str, Any]) -> events.Rule:
        """The rule's events wait in the queue, each whole and with the name of its source."""
        rule = events.Rule(
            self,
            f"From-{name}",
            event_bus=None if bus == DEFAULT else events.EventBus.from_event_bus_name(self, f"Bus-{name}", bus),
            event_pattern=events.EventPattern(source=["replaced below"]),
            targets=[targets.SqsQueue(self.queue.queue, dead_letter_queue=self.unreached)],
        )
        raw = rule.node.default_child
        assert isinstance(raw, events.CfnRule)
        raw.event_pattern = pattern
        template = f'{{"source_name": {json.dumps(name)}, "event": <aws.events.event.json>}}'
        raw.add_property_override("Targets.0.InputTransformer", {"InputTemplate": template})
        return rule

    def _bucket(self, key: kms.IKey | None) -> Bucket:
        bucket = Bucket(
            self,
            "Imports",
            foundation=self._foundation,
            key=key,
            kept=KEPT,
            unlogged="only operators and one function use it, and CloudTrail can tell who did",
        )
        raw = bucket.node.default_child
        assert isinstance(raw, s3.CfnBucket)
        # `event_bridge_enabled` would bring a function of CDK's own along, which the emulator cannot run.
        raw.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
        )
        return bucket

    def let_import(self, key: kms.IKey | None) -> None:
        """The function reads what was uploaded, writes what became of it, and then deletes it."""
        named = "files are uploaded under names of their own"
        self.bucket.let(self.source, "GetObject", "DeleteObject", folder=INCOMING, why_all=named)
        self.bucket.let(self.source, "PutObject", "ListBucket", folder=SUMMARIES, why_all=named)
        if key:
            key.grant(self.source, "kms:Decrypt", "kms:GenerateDataKey")


def _uploads(bucket: s3.IBucket) -> dict[str, Any]:
    return {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [bucket.bucket_name]}, "object": {"key": [{"prefix": INCOMING}]}},
    }
