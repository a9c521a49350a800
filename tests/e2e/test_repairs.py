"""Each repair of segue/local/repairs.py works, and is still needed: when the emulator has learnt it, a test here fails.

Then take out the repair.
"""

import json
from collections.abc import Iterator

import pytest

from segue.local.emulator import REGION
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
