import json
import re
from typing import Any

import pytest
from statelint.config import Config
from statelint.linter import Linter

from segue.workspace.load import load
from tests.infra.conftest import ENVIRONMENTS, ROOT, Assembly, Resource, Template, listed


def definition(machine: Resource) -> dict[str, Any]:
    """With a mark for what is known only after a deployment."""
    given = machine.properties["DefinitionString"]
    parts = given["Fn::Join"][1] if isinstance(given, dict) else [given]
    return json.loads("".join(part if isinstance(part, str) else "DEPLOYED" for part in parts))


def machines(app: Template) -> dict[str, Resource]:
    return {each.properties["StateMachineName"]: each for each in app.all("AWS::StepFunctions::StateMachine")}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_journey_of_the_workspace_has_its_machine(assembly: Assembly, environment: str) -> None:
    journeys = load(ROOT / "workspace").journeys

    assert set(machines(assembly.app(environment))) == {f"segue-{environment}-{each.name}" for each in journeys}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_independent_validator_finds_nothing_in_what_is_deployed(assembly: Assembly, environment: str) -> None:
    for machine in machines(assembly.app(environment)).values():
        assert Linter.validate(json.dumps(definition(machine)), Config([], False, False)) == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_journey_that_was_taken_out_can_be_put_back(assembly: Assembly, environment: str) -> None:
    """What has a fixed name and is kept when it is taken out of the template cannot be made a second time."""
    app = assembly.app(environment)
    named = [each for each in app.all("AWS::Logs::LogGroup") if "LogGroupName" in each.properties]

    assert len(named) == 1
    assert {each.whole["DeletionPolicy"] for each in [*machines(app).values(), *named]} == {"Delete"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_machines_are_traced_and_log_everything_but_data(assembly: Assembly, environment: str) -> None:
    for machine in machines(assembly.app(environment)).values():
        assert machine.properties["TracingConfiguration"] == {"Enabled": True}
        assert machine.properties["LoggingConfiguration"]["Level"] == "ALL"
        assert not machine.properties["LoggingConfiguration"].get("IncludeExecutionData")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_machine_forgets_after_a_timeout_when_the_step_before_ended(assembly: Assembly, environment: str) -> None:
    for machine in machines(assembly.app(environment)).values():
        waits = [state for state in definition(machine)["States"].values() if "TimeoutSeconds" in state]

        assert waits
        for state in waits:
            (late,) = [catch for catch in state["Catch"] if catch["ErrorEquals"] == ["States.Timeout"]]
            assert late["Assign"] == {"at": None, "caused_at": None}


def test_a_failed_run_is_an_alarm_of_its_journey(assembly: Assembly) -> None:
    app = assembly.app("production")
    watched = {
        alarm.properties["Dimensions"][0]["Value"]["Ref"]
        for alarm in app.all("AWS::CloudWatch::Alarm")
        if alarm.properties.get("MetricName") == "ExecutionsFailed"
    }

    assert watched == {machine.id for machine in machines(app).values()}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_machines_may_speak_to_their_three_queues_and_to_nothing_else(assembly: Assembly, environment: str) -> None:
    app = assembly.app(environment)
    (role,) = {machine.properties["RoleArn"]["Fn::GetAtt"][0] for machine in machines(app).values()}
    beyond = {
        action: listed(statement["Resource"])
        for statement in app.statements(role)
        for action in listed(statement["Action"])
        if not action.startswith(("logs:", "xray:"))
    }

    assert set(beyond) == {"sqs:SendMessage"}
    assert len(beyond["sqs:SendMessage"]) == 3
    assert all(queue in str(beyond["sqs:SendMessage"]) for queue in ("Steps", "Requests", "Calls"))


def test_an_accelerated_clock_shortens_every_timeout(assembly: Assembly, accelerated: Template) -> None:
    real = longest(machines(assembly.app("local")))
    short = longest(machines(accelerated))

    assert real >= 24 * 3600
    assert short < real / 20


def longest(of: dict[str, Resource]) -> int:
    found = [re.findall(r'"TimeoutSeconds": (\d+)', json.dumps(definition(each))) for each in of.values()]
    return max(int(seconds) for each in found for seconds in each)
