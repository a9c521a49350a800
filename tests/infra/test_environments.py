import sys
from dataclasses import replace

import pytest

from infra.config import ENVIRONMENTS, LOCAL, PRODUCTION, checked, environments
from tests.infra.conftest import ACCELERATED, IN_AWS, Assembly, Template, synthesize

KEPT = ("staging", "production")


@pytest.mark.parametrize("environment", [each.name for each in ENVIRONMENTS])
def test_every_environment_synthesizes_without_an_account(assembly: Assembly, environment: str) -> None:
    assert assembly.data(environment).all("AWS::DynamoDB::Table")
    assert assembly.app(environment).all("AWS::Lambda::Function")


def test_environments_differ_in_values_and_not_in_what_they_are_made_of(assembly: Assembly) -> None:
    # The policy of a queue, topic or bucket is what refuses plain HTTP, and the emulator has only that.
    only_where_tls_is = {"AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"}

    kinds = {name: {each.type for each in assembly.app(name)} - only_where_tls_is for name in ("local", *IN_AWS)}

    assert all(kinds[name] == kinds["production"] for name in kinds)


@pytest.mark.parametrize("environment", KEPT)
def test_what_is_kept_survives_the_stack(assembly: Assembly, environment: str) -> None:
    data = assembly.data(environment)

    for resource in data.all("AWS::DynamoDB::Table") + data.all("AWS::SecretsManager::Secret"):
        assert resource.whole["DeletionPolicy"] == "Retain"
    for table in data.all("AWS::DynamoDB::Table"):
        assert table.properties["DeletionProtectionEnabled"] is True


def test_only_production_has_a_key_of_its_own_and_it_rotates(assembly: Assembly) -> None:
    keys = {each.name: assembly.data(each.name).all("AWS::KMS::Key") for each in ENVIRONMENTS}

    assert [name for name in keys if keys[name]] == ["production"]
    assert keys["production"][0].properties["EnableKeyRotation"] is True


def test_alarms_can_speak_to_a_topic_under_the_key(assembly: Assembly) -> None:
    key = assembly.data("production").all("AWS::KMS::Key")[0]

    services = [each["Principal"].get("Service") for each in key.properties["KeyPolicy"]["Statement"]]

    assert "cloudwatch.amazonaws.com" in services


@pytest.mark.parametrize("environment", IN_AWS)
def test_functions_in_aws_run_on_arm_and_the_newest_python(assembly: Assembly, environment: str) -> None:
    for function in assembly.app(environment).all("AWS::Lambda::Function"):
        assert function.properties["Runtime"] == "python3.14"
        assert function.properties["Architectures"] == ["arm64"]


def test_local_functions_run_on_the_hosts_python(assembly: Assembly) -> None:
    runtimes = {each.properties["Runtime"] for each in assembly.app("local").all("AWS::Lambda::Function")}

    assert runtimes == {f"python{sys.version_info.major}.{sys.version_info.minor}"}


def test_only_the_local_api_has_a_pinned_id(assembly: Assembly) -> None:
    tagged = {
        each.name
        for each in ENVIRONMENTS
        for api in assembly.app(each.name).all("AWS::ApiGatewayV2::Api")
        if "ms-custom-id" in api.properties.get("Tags", {})
    }

    assert tagged == {"local"}


def test_production_refuses_any_clock_but_the_systems() -> None:
    with pytest.raises(ValueError, match="production must run on the system clock"):
        checked(replace(PRODUCTION, clock=ACCELERATED))


def test_a_clock_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 'system'"):
        checked(replace(LOCAL, clock="tomorrow"))


def test_an_unknown_environment_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match="local, dev, staging, production"):
        list(environments({"environment": "prod"}.get))


def test_the_context_names_one_environment_and_changes_its_values() -> None:
    (local,) = environments({"environment": "local", "clock": ACCELERATED, "from_address": "a@b.example"}.get)

    assert (local.name, local.clock, local.from_address) == ("local", ACCELERATED, "a@b.example")


def test_what_the_command_line_gives_reaches_the_functions(accelerated: Template) -> None:
    variables = accelerated.functions()["deliver"].properties["Environment"]["Variables"]

    assert variables["SEGUE_CLOCK"] == ACCELERATED
    assert variables["SEGUE_PUBLIC_URL"] == "http://localhost:4566/x"


def test_a_workspace_with_mistakes_is_not_synthesized(tmp_path) -> None:
    (tmp_path / "empty").mkdir()

    done = synthesize(tmp_path / "out", {"environment": "local", "workspace": str(tmp_path / "empty")})

    assert done.returncode != 0
    assert "workspace.yaml:1" in done.stderr
    assert "policy.yaml:1" in done.stderr
