"""What the emulated CloudFormation drops without a word, set through the API after a deployment.

Each repair has a test in tests/e2e/test_repairs.py that fails when the emulator (pinned in requirements-emulator.in)
has learnt to do it itself, so that the repair can go.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.local.emulator import ACCOUNT, REGION, Emulator

_ON_EVERYTHING = frozenset({"ses:SendEmail", "states:SendTaskSuccess", "states:SendTaskFailure"})
BOOTSTRAP_BUCKET = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"


@dataclass(frozen=True, slots=True)
class Aws:
    """Clients of this emulator."""

    emulator: Emulator

    def client(self, service: str) -> Any:
        import boto3  # noqa: PLC0415 - a third of a second, which status and down do without

        given = self.emulator.credentials
        session = boto3.Session(given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], region_name=REGION)
        make: Any = session.client
        return make(service, endpoint_url=given["AWS_ENDPOINT_URL"])


@dataclass(frozen=True, slots=True)
class Declared:
    """A resource as it stands in the synthesized template, and the name that it got."""

    properties: Mapping[str, Any]
    name: str


def open_bootstrap_bucket(aws: Aws) -> None:
    """Its policy refuses what does not come over TLS; the emulator speaks plain HTTP, and heeds it."""
    aws.client("s3").delete_bucket_policy(Bucket=BOOTSTRAP_BUCKET)


def allow_cross_origin(aws: Aws, assembly: Path) -> None:
    """The `CorsConfiguration` of an HTTP API is kept in the wrong case, and then refuses the origins that it allows."""
    for api in declared(aws, assembly, "AWS::ApiGatewayV2::Api"):
        if cors := api.properties.get("CorsConfiguration"):
            aws.client("apigatewayv2").update_api(ApiId=api.name, CorsConfiguration=cors)


def expire_rows(aws: Aws, assembly: Path) -> None:
    """`TimeToLiveSpecification` of a table is dropped."""
    for kind in ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"):
        for table in declared(aws, assembly, kind):
            wanted = table.properties.get("TimeToLiveSpecification")
            if wanted and not _expires(aws, table.name):
                aws.client("dynamodb").update_time_to_live(
                    TableName=table.name,
                    TimeToLiveSpecification={"Enabled": True, "AttributeName": wanted["AttributeName"]},
                )


def widen_permissions(aws: Aws, assembly: Path) -> None:
    """Grants that suffice on AWS, and that the emulator refuses, since it enforces IAM its own way.

    `sqs:SendMessage` covers SendMessageBatch on AWS; the emulator asks for an action that AWS does not have.
    E-mail is granted on identities, the answers to tasks on state machines; the emulator asks for both on everything.
    """
    iam = aws.client("iam")
    for role in declared(aws, assembly, "AWS::IAM::Role"):
        widened = []
        for policy in iam.list_role_policies(RoleName=role.name)["PolicyNames"]:
            for statement in iam.get_role_policy(RoleName=role.name, PolicyName=policy)["PolicyDocument"]["Statement"]:
                actions = _listed(statement["Action"]) if statement["Effect"] == "Allow" else []
                if "sqs:SendMessage" in actions:
                    widened.append(_allowed("sqs:SendMessageBatch", statement["Resource"]))
                widened += [_allowed(action, "*") for action in actions if action in _ON_EVERYTHING]
        if widened:
            document = json.dumps({"Version": "2012-10-17", "Statement": widened})
            iam.put_role_policy(RoleName=role.name, PolicyName="emulator", PolicyDocument=document)


def verify_sender(aws: Aws, address: str) -> None:
    """Not a fault: in AWS the owner of the mailbox confirms. Nobody reads this mailbox."""
    aws.client("ses").verify_email_identity(EmailAddress=address)


def seed_secret(aws: Aws, secret_id: str, value: Mapping[str, Any]) -> None:
    """Keys that everybody may know, for this machine only. In AWS they are made by hand or by rotation."""
    aws.client("secretsmanager").put_secret_value(SecretId=secret_id, SecretString=json.dumps(value))


def declared(aws: Aws, assembly: Path, kind: str) -> Iterator[Declared]:
    """Every resource of a type over all stacks of a synthesized assembly, with its physical name."""
    for stack, template in _stacks(assembly):
        for logical_id, resource in template.get("Resources", {}).items():
            if resource["Type"] == kind:
                found = aws.client("cloudformation").describe_stack_resource(
                    StackName=stack, LogicalResourceId=logical_id
                )
                name = found["StackResourceDetail"]["PhysicalResourceId"]
                yield Declared(resource.get("Properties", {}), name)


def _stacks(assembly: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for manifest in sorted(assembly.rglob("manifest.json")):
        for artifact_id, artifact in json.loads(manifest.read_text()).get("artifacts", {}).items():
            if artifact["type"] == "aws:cloudformation:stack":
                given = artifact["properties"]
                template = json.loads((manifest.parent / given["templateFile"]).read_text())
                yield given.get("stackName", artifact_id), template


def _allowed(action: str, resource: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def _listed(one_or_many: str | list[str]) -> list[str]:
    return [one_or_many] if isinstance(one_or_many, str) else one_or_many


def _expires(aws: Aws, table: str) -> bool:
    told = aws.client("dynamodb").describe_time_to_live(TableName=table)
    return bool(told["TimeToLiveDescription"].get("TimeToLiveStatus") == "ENABLED")
