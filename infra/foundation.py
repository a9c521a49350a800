"""What every capability stands on: the environment's values, the layers, and the topic that alarms speak to."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra import layers
from infra.acknowledged import acknowledge
from infra.config import Environment
from segue.aws.telemetry import NAMESPACE, Metric


class Foundation(Construct):
    def __init__(
        self, scope: Construct, id_: str, *, config: Environment, workspace: str, key: kms.IKey | None
    ) -> None:
        super().__init__(scope, id_)
        self.config = config
        self.removal_policy = RemovalPolicy.RETAIN if config.keep_data else RemovalPolicy.DESTROY
        python = config.target.python
        self.runtime = lambda_.Runtime(f"python{python}", lambda_.RuntimeFamily.PYTHON, supports_inline_code=True)
        self.architecture = lambda_.Architecture.custom(config.target.architecture)
        self.layers = [
            self._layer("Vendor", layers.vendor(config.target)),
            self._layer("Core", layers.core(config.target)),
            self._layer("Workspace", layers.workspace(workspace)),
        ]
        self.templates = self._layer("Templates", layers.templates(config.target))
        self.alarms: list[cloudwatch.Alarm] = []
        self.topic = sns.Topic(self, "Alarms", enforce_ssl=config.encrypted_transport_only, master_key=key)
        if not config.encrypted_transport_only:
            acknowledge(self.topic, "AwsSolutions-SNS3", "this environment is an emulator that speaks plain HTTP")
        if config.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(config.alarm_email))

    def _layer(self, id_: str, folder: Path) -> lambda_.LayerVersion:
        """The folder's name carries the hash of what it was made of, so nothing need be hashed again."""
        code = lambda_.Code.from_asset(str(folder), asset_hash=folder.name.rpartition("-")[2])
        return lambda_.LayerVersion(
            self,
            id_,
            code=code,
            compatible_runtimes=[self.runtime],
            compatible_architectures=[self.architecture],
            removal_policy=RemovalPolicy.DESTROY,
        )

    def log_group(self, scope: Construct, id_: str, *, name: str | None = None) -> logs.LogGroup:
        """One with a name goes with its stack: it could not be made again while it is there."""
        return logs.LogGroup(
            scope,
            id_,
            log_group_name=name,
            retention=RETENTION[self.config.log_retention_days],
            removal_policy=RemovalPolicy.DESTROY if name else self.removal_policy,
        )

    def alarm(
        self,
        scope: Construct,
        id_: str,
        metric: cloudwatch.IMetric,
        why: str,
        *,
        threshold: float = 0,
        minutes: int = 1,
    ) -> None:
        """Speaks up when the metric stays above the threshold for so many minutes."""
        alarm = metric.create_alarm(  # type: ignore[attr-defined] # Metric and MathExpression have it, IMetric has not
            scope,
            id_,
            alarm_description=why,
            threshold=threshold,
            evaluation_periods=minutes,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        self.alarms.append(alarm)

    def metric(
        self, name: Metric, function: str, statistic: str, label: str | None = None, **dimensions: str
    ) -> cloudwatch.Metric:
        """What a function measures itself, as `segue.aws.telemetry` lists it.

        No label where there is an alarm: it would make metric math of it, which the emulator refuses.
        """
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=name.value,
            dimensions_map={"service": self.service(function), **dimensions},
            statistic=statistic,
            label=label,
            period=MINUTE,
        )

    def count(self, name: Metric, function: str, label: str | None = None) -> cloudwatch.Metric:
        return self.metric(name, function, "Sum", label)

    def by(
        self,
        name: Metric,
        functions: str | Sequence[str],
        *dimensions: str,
        statistic: str = "Sum",
        period: Duration | None = None,
    ) -> cloudwatch.MathExpression:
        """A line for each value that the dimensions have had; they are those that the functions give the metric."""
        period = period or MINUTE
        schema = ",".join([NAMESPACE, "service", *dimensions])
        names = [functions] if isinstance(functions, str) else functions
        services = " OR ".join(f'service="{self.service(each)}"' for each in names)
        search = f'{{{schema}}} MetricName="{name.value}" ({services})'
        found = f"SEARCH('{search}', '{statistic}', {period.to_seconds():.0f})"
        return cloudwatch.MathExpression(expression=found, label="", period=period)

    def service(self, function: str) -> str:
        """The `service` of logs and metrics names the environment too, as two may share an account."""
        return f"{self.config.name}-{function}"

    def machine_prefix(self) -> str:
        """Journeys' machines are named, not referenced: they call the functions that must be allowed to wake them."""
        return f"segue-{self.config.name}-"

    def machines_arn(self) -> str:
        stack = Stack.of(self)
        return f"arn:{stack.partition}:states:{stack.region}:{stack.account}:stateMachine:{self.machine_prefix()}"


MINUTE = Duration.minutes(1)
RETENTION = {
    1: logs.RetentionDays.ONE_DAY,
    7: logs.RetentionDays.ONE_WEEK,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}
