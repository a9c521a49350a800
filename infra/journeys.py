"""Journeys run: one state machine each, compiled from the workspace, and the functions that move their runs."""

import json
from dataclasses import replace

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.acknowledged import acknowledge
from infra.foundation import MINUTE, Foundation
from infra.function import Function
from infra.queue import Queue
from segue.aws.settings import Settings
from segue.aws.telemetry import Metric
from segue.clock import Clock
from segue.journeys.compile import Site, compile_journey
from segue.journeys.definition import Journey


class Journeys(Construct):
    """`settings` name the bus, the profiles, the machines' prefix; `secret` is the ARN of the connectors' secret."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        foundation: Foundation,
        settings: Settings,
        registry: str,
        signals: Queue,
        requests: Queue,
        secret: str,
    ) -> None:
        super().__init__(scope, id_)
        self._foundation = foundation
        self._requests = requests
        self.machines: dict[str, stepfunctions.StateMachine] = {}
        self.journey = Function(
            self, "Journey", foundation=foundation, name="journey", settings=replace(settings, registry_table=registry)
        )
        self.journey.works_off(signals, at_once=foundation.config.queue_concurrency)
        self.steps = Queue(self, "Steps", foundation=foundation)
        self.step = Function(
            self, "Step", foundation=foundation, name="step", settings=settings, more_layers=[foundation.templates]
        )
        self.step.works_off(self.steps, at_once=foundation.config.queue_concurrency)
        self.calls = Queue(self, "Calls", foundation=foundation)
        self.connect = Function(
            self,
            "Connect",
            foundation=foundation,
            name="connect",
            settings=replace(
                settings,
                signals_queue="",
                timers_queue="",
                connectors_secret=secret,
                calls="dry" if foundation.config.calls_nobody else "",
            ),
            more_layers=[foundation.templates],
        )
        self.connect.works_off(self.calls, at_once=foundation.config.queue_concurrency)
        foundation.alarm(
            self,
            "CallsFailed",
            foundation.metric(Metric.CALLS_FAILED, "connect", "Sum"),
            "calls of connectors failed for good: is the other side down, or has it changed what it takes?",
        )
        self.role = iam.Role(self, "MachineRole", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        acknowledge(
            self.role, "AwsSolutions-IAM5[Resource::*]", "log delivery and X-Ray's PutTraceSegments know no resources"
        )
        self.log_group = foundation.log_group(
            self, "MachineLogs", name=f"/aws/vendedlogs/states/segue-{foundation.config.name}"
        )

    def add(self, journey: Journey) -> None:
        """By `json`: `Stack.to_json_string` drops each `null`, by which a machine says that it forgets a value."""
        config = self._foundation.config
        site = Site(
            clock_rate=Clock.parse(config.clock).rate,
            steps=self.steps.url,
            requests=self._requests.url,
            calls=self.calls.url,
        )
        definition = compile_journey(journey, site)
        machine = stepfunctions.StateMachine(
            self,
            f"{journey.name}-machine",
            state_machine_name=f"{self._foundation.machine_prefix()}{journey.name}",
            definition_body=stepfunctions.DefinitionBody.from_string(json.dumps(definition, separators=(",", ":"))),
            role=self.role,
            logs=stepfunctions.LogOptions(destination=self.log_group, level=stepfunctions.LogLevel.ALL),
            tracing_enabled=True,
            removal_policy=RemovalPolicy.DESTROY,  # its name is fixed: kept, it could not be made again
        )
        self.machines[journey.name] = machine
        failed = machine.metric_failed(period=MINUTE)
        self._foundation.alarm(machine, "Failed", failed, f"runs of {journey.name} failed: see its executions")
