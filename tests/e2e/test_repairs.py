"""Each repair of segue/local/repairs.py works, and is still needed: when the emulator has learnt it, a test here fails.

Then take out the repair.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from segue.local.emulator import ACCOUNT, REGION
from tests.e2e.conftest import Local, eventually

UNMENDED = {
    "Resources": {
        "Table": {
            "Type": "AWS::DynamoDB::GlobalTable",
            "Properties": {
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
                "Replicas": [{"Region": REGION}],
                "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
            },
        },
        "Api": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {
                "Name": "unmended",
                "ProtocolType": "HTTP",
                "CorsConfiguration": {
                    "AllowOrigins": ["*"],
                    "AllowMethods": ["POST"],
                    "AllowHeaders": ["authorization"],
                },
            },
        },
    }
}
PREFLIGHT = {"origin": "https://shop.example", "access-control-request-method": "POST"}


@pytest.fixture(scope="module")
def unmended(local: Local) -> Iterator[dict[str, str]]:
    """A stack as CloudFormation leaves it: physical names by logical ones."""
    cloudformation = local.client("cloudformation")
    cloudformation.create_stack(StackName="unmended", TemplateBody=json.dumps(UNMENDED))
    eventually(
        lambda: cloudformation.describe_stacks(StackName="unmended")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    )
    listed = cloudformation.describe_stack_resources(StackName="unmended")["StackResources"]
    yield {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in listed}
    cloudformation.delete_stack(StackName="unmended")


def test_time_to_live_is_still_dropped(local: Local, unmended: dict[str, str]) -> None:
    told = local.client("dynamodb").describe_time_to_live(TableName=unmended["Table"])

    assert told["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"


def test_rows_expire_on_the_deployed_tables(local: Local) -> None:
    for output in ("ProfilesTable", "RegistryTable"):
        told = local.client("dynamodb").describe_time_to_live(TableName=local.deployed.outputs[output])

        assert told["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}


def test_cross_origin_calls_are_still_refused(local: Local, unmended: dict[str, str]) -> None:
    url = f"{local.running.url}/_aws/execute-api/{unmended['Api']}/$default/v1/track"

    assert local.http.options(url, headers=PREFLIGHT).status_code == 403


def test_a_browser_may_call_the_deployed_api(local: Local) -> None:
    answer = local.http.options(f"{local.deployed.api}/v1/track", headers=PREFLIGHT)

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"


def test_the_bootstrap_bucket_still_refuses_plain_http(local: Local) -> None:
    """Asked of the bootstrap template, as the deployed bucket has been opened."""
    template = local.client("cloudformation").get_template(StackName="CDKToolkit")["TemplateBody"]

    assert "aws:SecureTransport" in (template if isinstance(template, str) else json.dumps(template))


def test_the_workspaces_sender_may_send(local: Local) -> None:
    sender = local.client("ses").get_identity_verification_attributes(Identities=["hello@shop.example.com"])

    assert sender["VerificationAttributes"]["hello@shop.example.com"]["VerificationStatus"] == "Success"


@pytest.fixture(scope="module")
def granted(local: Local) -> Iterator[Callable[..., Any]]:
    """Clients of a role that may do exactly what AWS needs, and not what only the emulator asks for."""
    iam, name = local.client("iam"), "unmended"
    trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    allowed = [
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"},
        {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/*"},
    ]
    machines = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:segue-*"
    allowed.append({"Effect": "Allow", "Action": "states:SendTaskSuccess", "Resource": machines})
    policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_role_policy(RoleName=name, PolicyName="aws", PolicyDocument=policy)
    given = local.client("sts").assume_role(RoleArn=role, RoleSessionName=name)["Credentials"]

    def client(service: str) -> Any:
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=local.running.url,
            region_name=REGION,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )

    yield client
    iam.delete_role_policy(RoleName=name, PolicyName="aws")
    iam.delete_role(RoleName=name)


def test_batches_are_still_refused_to_who_may_send(local: Local, granted: Callable[..., Any]) -> None:
    queue = local.client("sqs").create_queue(QueueName="unmended")["QueueUrl"]

    granted("sqs").send_message(QueueUrl=queue, MessageBody="one")
    with pytest.raises(ClientError, match="not authorized"):
        granted("sqs").send_message_batch(QueueUrl=queue, Entries=[{"Id": "1", "MessageBody": "two"}])

    local.client("sqs").delete_queue(QueueUrl=queue)


def test_mail_from_a_granted_identity_is_still_refused(granted: Callable[..., Any]) -> None:
    body = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}}
    to = {"ToAddresses": ["ada@example.com"]}

    with pytest.raises(ClientError, match="not authorized"):
        granted("sesv2").send_email(FromEmailAddress="hello@shop.example.com", Destination=to, Content=body)


def test_answers_to_tasks_are_still_refused_to_who_may_answer_those_of_a_machine(granted: Callable[..., Any]) -> None:
    with pytest.raises(ClientError, match="not authorized"):
        granted("stepfunctions").send_task_success(taskToken="of no task", output="{}")
