"""Services and tools are let in by IAM only, and operators by a policy that they are given."""

import pytest

from tests.infra.conftest import ENVIRONMENTS, IN_AWS, Assembly, listed

READS = {
    "GET /v1/profiles",
    "POST /v1/profiles/search",
    "GET /v1/profiles/{id}",
    "GET /v1/profiles/{id}/timeline",
    "GET /v1/profiles/{id}/decisions",
    "GET /v1/profiles/{id}/export",
    "GET /v1/profiles/{id}/preferences",
    "GET /v1/erasures/{id}",
    "GET /v1/messages/{id}",
    "GET /v1/decisions",
    "POST /v1/decisions/preview",
}
SENDS = {
    "POST /v1/messages",
    "POST /v1/messages/bulk",
    "GET /v1/messages/{id}",
    "DELETE /v1/messages/{id}",
    "POST /v1/decisions/preview",
}
PREFERS = {"GET /v1/profiles/{id}/preferences", "PUT /v1/profiles/{id}/preferences"}
ERASES = {"DELETE /v1/profiles/{id}", "POST /v1/profiles/{id}/unlink"}
ALL = READS | SENDS | PREFERS | ERASES


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_services_and_tools_may_do_is_behind_iam_and_nothing_else_is(assembly: Assembly, environment: str) -> None:
    routes = assembly.app(environment).all("AWS::ApiGatewayV2::Route")

    by_iam = {each.properties["RouteKey"] for each in routes if each.properties["AuthorizationType"] == "AWS_IAM"}

    assert by_iam == ALL


@pytest.mark.parametrize(
    ("name", "routes"),
    [
        ("ReadPeople", READS),
        ("ErasePeople", READS | ERASES),
        ("SendMessages", SENDS),
        ("ChangePreferences", PREFERS),
    ],
)
def test_an_operator_is_given_a_policy_for_exactly_these_calls(assembly: Assembly, name: str, routes: set[str]) -> None:
    app = assembly.app("production")
    (policy,) = [each for each in app.all("AWS::IAM::ManagedPolicy") if name in each.id]
    (statement,) = policy.properties["PolicyDocument"]["Statement"]

    said = {str(arn["Fn::Join"][1][-1]).removeprefix("/*/") for arn in listed(statement["Resource"])}

    assert statement["Action"] == "execute-api:Invoke"
    assert said == {route.replace(" ", "").replace("{id}", "*") for route in routes}
    assert app.body["Outputs"][f"{name}Policy"]


def test_the_api_shows_and_blocks_and_only_the_other_deletes(assembly: Assembly) -> None:
    app = assembly.app("local")
    functions = app.functions()
    api, erase = (app.actions(functions[name].properties["Role"]["Fn::GetAtt"][0]) for name in ("api", "erase"))

    assert {"s3:DeleteObject", "states:StopExecution"} <= erase - api
    assert {"s3:PutObject", "s3:GetObject"} <= api - erase
    assert {"events:PutEvents", "states:DescribeExecution", "dynamodb:BatchGetItem"} <= api - erase
    assert not {"dynamodb:Scan", "states:StartExecution", "ses:SendEmail"} & api


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_exports_are_encrypted_closed_to_the_public_and_gone_after_a_day(assembly: Assembly, environment: str) -> None:
    bucket = assembly.app(environment).one("AWS::S3::Bucket", "Exports")

    assert bucket.properties["BucketEncryption"]
    assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = bucket.properties["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 1)
    assert "VersioningConfiguration" not in bucket.properties


@pytest.mark.parametrize("environment", IN_AWS)
def test_exports_are_not_fetched_over_plain_http(assembly: Assembly, environment: str) -> None:
    policy = assembly.app(environment).one("AWS::S3::BucketPolicy", "Exports")

    (statement,) = policy.properties["PolicyDocument"]["Statement"]

    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_production_exports_are_under_the_customers_key(assembly: Assembly) -> None:
    bucket = assembly.app("production").one("AWS::S3::Bucket", "Exports")
    (rule,) = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
