"""A Lambda function as every one here is: its own role and log group, tracing, layers, alarms on what goes wrong."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from infra.acknowledged import acknowledge
from infra.config import ROOT
from infra.foundation import MINUTE, Foundation
from infra.queue import CONSUMER_TIMEOUT_SECONDS, Queue
from segue.aws.settings import Settings
from segue.aws.telemetry import Metric


class Function(lambda_.Function):
    """`name` is its folder in functions/. The role may write its own logs and traces; all else is granted to it."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        foundation: Foundation,
        name: str,
        settings: Settings,
        memory_mb: int = 512,
        timeout: Duration | None = None,
        calls_itself: bool = False,
        more_layers: Sequence[lambda_.ILayerVersion] = (),
    ) -> None:
        config = foundation.config
        log_group = foundation.log_group(scope, f"{id_}Logs")
        role = iam.Role(scope, f"{id_}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        super().__init__(
            scope,
            id_,
            code=lambda_.Code.from_asset(str(ROOT / "functions" / name), exclude=["**/__pycache__", "**/*.pyc"]),
            handler="handler.handler",
            runtime=foundation.runtime,
            architecture=foundation.architecture,
            layers=[*foundation.layers, *more_layers],
            role=role,
            log_group=log_group,
            memory_size=memory_mb,
            timeout=timeout or Duration.seconds(CONSUMER_TIMEOUT_SECONDS),
            tracing=lambda_.Tracing.ACTIVE,
            recursive_loop=lambda_.RecursiveLoop.ALLOW if calls_itself else None,
            environment={
                **settings.to_env(),
                "POWERTOOLS_SERVICE_NAME": foundation.service(name),
                "POWERTOOLS_LOG_LEVEL": "INFO",
                "PYDANTIC_DISABLE_PLUGINS": "__all__",  # looking for some would cost each cold start
            },
        )
        self.name = name
        self.works_off_queues = False
        self._foundation = foundation
        self.role_ = role
        log_group.grant_write(role)
        if not config.target.platform:
            acknowledge(self, "AwsSolutions-L1", "this environment runs on the host's Python, whatever is declared")
        acknowledge(role, "AwsSolutions-IAM5[Resource::*]", "X-Ray's PutTraceSegments knows no resources")
        foundation.alarm(
            self,
            "Errors",
            self.metric_errors(period=MINUTE),
            f"{name} fails: see its log group, then its dead-letter queue",
            minutes=3,
        )
        foundation.alarm(
            self,
            "Throttles",
            self.metric_throttles(period=MINUTE),
            f"{name} is throttled: the account's concurrency is used up",
            minutes=5,
        )

    def works_off(self, queue: Queue, *, at_once: int) -> None:
        """Batches report the failures of single records, which are no errors of the function."""
        self.add_event_source(
            sources.SqsEventSource(queue.queue, batch_size=10, report_batch_item_failures=True, max_concurrency=at_once)
        )
        if self.works_off_queues:
            return
        self.works_off_queues = True
        self._foundation.alarm(
            self,
            "RecordsFailed",
            self._foundation.count(Metric.RECORDS_FAILED, self.name),
            f"{self.name}: messages fail and come again, five times at most: see `record failed` in its log",
            minutes=3,
        )

    def may(self, *actions: str, on: Sequence[str]) -> None:
        self.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=list(on)))
