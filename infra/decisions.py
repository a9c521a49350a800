"""Send requests are decided: their queue, the function that decides them, and the one that wakes the deferred."""

from dataclasses import replace

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_destinations as destinations
from constructs import Construct

from infra.foundation import Foundation
from infra.function import Function
from infra.queue import DeadLetters, Queue
from segue.aws.settings import Settings
from segue.aws.telemetry import COUNT_DEFERRED, Metric

#: How often all that is deferred is counted, since that costs a query for each day and shard.
COUNTED = Duration.minutes(5)
#: `release` meets a request that is stuck once in twenty minutes; within this period at least once.
SEEN_AGAIN = Duration.minutes(30)


class Decisions(Construct):
    """`settings` name the bus, the profiles, the machines and the queue of deliveries; `registry` is for `decide`."""

    def __init__(
        self, scope: Construct, id_: str, *, foundation: Foundation, settings: Settings, registry: str
    ) -> None:
        super().__init__(scope, id_)
        self.requests = Queue(
            self,
            "Requests",
            foundation=foundation,
            late_after=Duration.minutes(20),  # a request that waits for its hour in the queue is up to 15 minutes old
        )
        settings = replace(settings, requests_queue=self.requests.url)
        self.decide = Function(
            self,
            "Decide",
            foundation=foundation,
            name="decide",
            settings=replace(settings, registry_table=registry, timers_queue=""),
            memory_mb=1024,
            calls_itself=True,  # a request deferred by minutes comes back over its own queue, as often as need be
        )
        self.decide.works_off(self.requests, at_once=foundation.config.queue_concurrency)
        self.release = Function(
            self,
            "Release",
            foundation=foundation,
            name="release",
            settings=replace(settings, bus="", machines_arn=""),
            timeout=Duration.seconds(55),
            memory_mb=1769,  # a whole core, which is what a minute with much to release is short of: bench/release.py
        )
        self.unreleased = DeadLetters(self, "Unreleased", foundation=foundation, of="release")
        self.release.configure_async_invoke(
            on_failure=destinations.SqsDestination(self.unreleased),
            retry_attempts=0,  # the next minute does the same work
            max_event_age=Duration.minutes(1),
        )
        foundation.alarm(
            self,
            "SlowDecisions",
            foundation.metric(Metric.EVENT_TO_DECISION_MS, "decide", "p99"),
            "from event to decision it takes more than a minute: see the ages of the queues",
            threshold=60_000,
            minutes=5,
        )
        foundation.alarm(
            self,
            "Overdue",
            foundation.metric(Metric.DEFERRED_OLDEST_SECONDS, "release", "Maximum").with_(period=SEEN_AGAIN),
            "a deferred request is due for half an hour: see the queue of requests, or is its channel's rate too low?",
            threshold=1_800,
        )
        foundation.alarm(
            self,
            "Backlog",
            foundation.metric(Metric.DEFERRED_BACKLOG, "release", "Maximum").with_(period=COUNTED),
            "more requests are deferred than expected: does a cap or a window hold back a whole campaign?",
            threshold=foundation.config.deferred_backlog,
        )
        events.Rule(
            self,
            "EveryMinute",
            schedule=events.Schedule.rate(Duration.minutes(1)),
            targets=[targets.LambdaFunction(self.release, dead_letter_queue=self.unreleased)],
        )
        count = events.RuleTargetInput.from_object(COUNT_DEFERRED)
        events.Rule(
            self,
            "EveryFiveMinutes",
            schedule=events.Schedule.rate(COUNTED),
            targets=[targets.LambdaFunction(self.release, event=count, dead_letter_queue=self.unreleased)],
        )
