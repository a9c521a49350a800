"""Cloud sources and imports: who is heard, how it reaches the queue, and what keeps the files."""

import json
from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import App, assertions

from infra.config import DEV, LOCAL
from infra.stage import Segue
from tests.infra.conftest import ENVIRONMENTS, IN_AWS, Assembly, Resource, Template, listed

PARTNERS = {"shopify", "stripe", "salesforce"}


def rules(app: Template) -> dict[str, Resource]:
    """By the name of their source."""
    return {
        template["source_name"]: rule
        for rule in app.all("AWS::Events::Rule")
        for target in rule.properties["Targets"]
        if "InputTransformer" in target
        for template in [
            json.loads(target["InputTransformer"]["InputTemplate"].replace("<aws.events.event.json>", "{}"))
        ]
    }


def the_bucket(app: Template) -> Resource:
    return app.one("AWS::S3::Bucket", "Imports")


def test_in_aws_a_partner_is_heard_once_its_bus_has_a_name(assembly: Assembly) -> None:
    assert set(rules(assembly.app("local"))) == PARTNERS | {"ses", "import"}
    for environment in IN_AWS:
        assert set(rules(assembly.app(environment))) == {"ses", "import"}
        assert not any("EventBusName" in rule.properties for rule in rules(assembly.app(environment)).values())


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_a_rule_hears_reaches_the_queue_whole_or_is_kept(assembly: Assembly, environment: str) -> None:
    app = assembly.app(environment)
    [queue] = [each for each in app.all("AWS::SQS::Queue") if each.id.startswith("SourcesQueue")]

    for rule in rules(app).values():
        [target] = rule.properties["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": [queue.id, "Arn"]}
        assert "Unreached" in str(target["DeadLetterConfig"]["Arn"])
        assert '"event": <aws.events.event.json>}' in target["InputTransformer"]["InputTemplate"]


def test_each_rule_may_fill_the_queue_and_nobody_else(assembly: Assembly) -> None:
    app = assembly.app("production")
    conditions = [
        statement["Condition"]
        for policy in app.all("AWS::SQS::QueuePolicy")
        if "SourcesQueue" in str(policy.properties["Queues"])
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]

    assert len(conditions) == 2
    assert all("aws:SourceArn" in str(condition) for condition in conditions)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_feedback_is_asked_for_of_this_environments_mail_only(assembly: Assembly, environment: str) -> None:
    app = assembly.app(environment)
    [mail] = app.all("AWS::SES::ConfigurationSet")
    [told] = app.all("AWS::SES::ConfigurationSetEventDestination")
    asked = rules(app)["ses"].properties["EventPattern"]["detail"]["mail"]["tags"]["ses:configuration-set"]

    assert asked == [mail.properties["Name"]] == [f"segue-{environment}"]
    assert "event-bus/default" in str(told.properties["EventDestination"]["EventBridgeDestination"])
    assert {each.lower() for each in told.properties["EventDestination"]["MatchingEventTypes"]} == {
        *("bounce", "complaint", "delivery", "open", "click", "subscription")
    }


def test_only_files_that_are_to_be_imported_wake_the_import(assembly: Assembly) -> None:
    app = assembly.app("production")
    pattern = rules(app)["import"].properties["EventPattern"]

    assert pattern["source"] == ["aws.s3"]
    assert pattern["detail"]["bucket"]["name"] == [{"Ref": the_bucket(app).id}]
    assert pattern["detail"]["object"]["key"] == [{"prefix": "incoming/"}]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_files_are_private_encrypted_and_forgotten_and_the_bus_hears_of_them(
    assembly: Assembly, environment: str
) -> None:
    given = the_bucket(assembly.app(environment)).properties

    assert set(given["PublicAccessBlockConfiguration"].values()) == {True}
    [encryption] = given["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    algorithm = encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"]
    assert algorithm == ("aws:kms" if environment == "production" else "AES256")
    [rule] = given["LifecycleConfiguration"]["Rules"]
    assert (rule["ExpirationInDays"], rule["AbortIncompleteMultipartUpload"]) == (30, {"DaysAfterInitiation": 1})
    assert given["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


@pytest.mark.parametrize("environment", IN_AWS)
def test_the_bucket_refuses_plain_http(assembly: Assembly, environment: str) -> None:
    policy = assembly.app(environment).one("AWS::S3::BucketPolicy", "Imports")

    denied = [each for each in policy.properties["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"]
    assert [each["Condition"] for each in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]


def test_the_function_reads_what_came_in_and_writes_what_became_of_it(assembly: Assembly) -> None:
    app = assembly.app("local")
    role = app.functions()["source"].properties["Role"]["Fn::GetAtt"][0]
    reached = {
        action: str(statement["Resource"])
        for statement in app.statements(role)
        for action in listed(statement["Action"])
        if action.startswith("s3:")
    }

    assert {action: "/incoming/*" in on or "/summaries/*" in on for action, on in reached.items()} == {
        "s3:GetObject": True,
        "s3:PutObject": True,
        "s3:DeleteObject": True,
        "s3:ListBucket": False,  # without it, who asks for a file that is gone is told that they may not have it
    }
    assert "/incoming/*" in reached["s3:GetObject"]


@pytest.mark.parametrize(
    ("heard", "also"),
    [
        (["aws.ses"], ["local.aws.ses"]),
        ([{"prefix": "aws.partner/stripe.com"}], [{"prefix": "local.aws.partner/stripe.com"}]),
        (["com.example.crm"], []),
        ([{"suffix": "aws.x"}], []),
    ],
)
def test_where_nobody_speaks_for_aws_a_stand_in_is_heard_too(heard: list[Any], also: list[Any]) -> None:
    pattern = {"source": heard, "detail": {"a": [1]}}

    assert LOCAL.listens(pattern) == {"source": [*heard, *also], "detail": {"a": [1]}}
    assert DEV.listens(pattern) == pattern


def test_a_bus_is_what_the_environment_calls_it() -> None:
    assert [LOCAL.bus_of("shopify"), DEV.bus_of("shopify"), DEV.bus_of("orders"), DEV.bus_of("default")] == [
        "default",
        "",
        "orders",
        "default",
    ]


def test_a_partner_whose_bus_has_a_name_here_is_heard_on_it() -> None:
    bus = "aws.partner/shopify.com/31415926/sound-shop"
    config = replace(DEV, buses={**DEV.buses, "shopify": bus})

    stage = Segue(App(context={"aws:cdk:bundling-stacks": []}), "dev", config=config)

    app = Template(assertions.Template.from_stack(stage.node.find_child("App")).to_json())
    assert set(rules(app)) == {"shopify", "ses", "import"}
    assert rules(app)["shopify"].properties["EventBusName"] == bus
    assert rules(app)["shopify"].properties["EventPattern"]["source"] == [{"prefix": "aws.partner/shopify.com"}]
