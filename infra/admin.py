"""For services and tools: messages are asked for; a person is shown, given out and erased, which goes on by itself."""

from dataclasses import replace

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.acknowledged import acknowledge
from infra.api import Api
from infra.bucket import Bucket
from infra.foundation import Foundation
from infra.function import Function
from infra.queue import Queue
from segue.aws.settings import Settings


class Admin(Construct):
    """`settings` name the tables, the secret of signing keys, and the machines; `key` is the customer's, if any.

    `bus` and `requests`, the queue, are for what is changed and sent.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        foundation: Foundation,
        settings: Settings,
        bus: str,
        requests: str,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, id_)
        self._foundation = foundation
        self.exports = Bucket(
            self,
            "Exports",
            foundation=foundation,
            key=key,
            kept=Duration.days(1),
            unlogged="who exported whom is in the audit trail, and an object lives for a day",
        )
        self.erasures = Queue(self, "Erasures", foundation=foundation)
        settings = replace(settings, erasures_queue=self.erasures.url, exports_bucket=self.exports.bucket_name)
        self.api = Function(
            self,
            "AdminApi",
            foundation=foundation,
            name="api",
            more_layers=[foundation.templates],  # whether a template can be rendered is said when it is asked for
            settings=replace(settings, bus=bus, requests_queue=requests),
            memory_mb=1024,
        )
        self.erase = Function(
            self,
            "Erase",
            foundation=foundation,
            name="erase",
            settings=settings,
            calls_itself=True,  # each message does as much as time allows, and asks for the rest
        )
        self.erase.works_off(self.erasures, at_once=2)

    def may_be_called(self, api: Api) -> None:
        """Policies for roles and users: to look, to erase besides, to send, and to keep a preference centre."""
        policies = {
            "ReadPeople": api.READS,
            "ErasePeople": (*api.READS, *api.ERASES),
            "SendMessages": api.SENDS,
            "ChangePreferences": api.PREFERS,
        }
        for name, calls in policies.items():
            arns = [api.arn(method, path) for method, path in calls]
            policy = iam.ManagedPolicy(
                self,
                name,
                description=f"Segue, {self._foundation.config.name}: {name}",
                statements=[iam.PolicyStatement(actions=["execute-api:Invoke"], resources=arns)],
            )
            for arn in arns:
                if "*" in arn:
                    acknowledge(
                        policy,
                        f"AwsSolutions-IAM5[Resource::{arn}]",
                        "the star stands for any person's or message's id",
                    )
            CfnOutput(self, f"{name}Policy", value=policy.managed_policy_arn).override_logical_id(f"{name}Policy")
