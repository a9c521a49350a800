"""`Machines`: in memory and on Step Functions. moto keeps executions, but does not run them."""

import json
from datetime import datetime

import boto3
import pytest

from segue.aws.machines import StepFunctionsMachines
from segue.journeys.compile import Site, compile_journey
from segue.journeys.ports import Machines
from segue.memory.machines import MemoryMachines
from tests.builders import NOON, a_run
from tests.journeys.examples import a_journey

ROLE = "arn:aws:iam::123456789012:role/machines"
JOURNEY = a_journey(steps=[{"wait": "1h"}])


def on_moto() -> StepFunctionsMachines:
    client = boto3.client("stepfunctions")
    definition = compile_journey(JOURNEY, Site(1, "steps", "requests", "calls"))
    made = client.create_state_machine(name="segue-test-thanks", definition=json.dumps(definition), roleArn=ROLE)[
        "stateMachineArn"
    ]
    return StepFunctionsMachines(client, made.removesuffix("thanks"))


@pytest.fixture(params=["memory", "moto"])
def machines(request: pytest.FixtureRequest) -> Machines:
    if request.param == "memory":
        return MemoryMachines([JOURNEY], lambda: NOON)
    request.getfixturevalue("aws")
    return on_moto()


def started(machines: Machines) -> list[str]:
    if isinstance(machines, MemoryMachines):
        return list(machines.executions)
    assert isinstance(machines, StepFunctionsMachines)
    arn = f"{machines._arn_prefix}thanks"
    return [execution["name"] for execution in machines._client.list_executions(stateMachineArn=arn)["executions"]]


def running(machines: Machines) -> list[str]:
    if isinstance(machines, MemoryMachines):
        return [run_id for run_id, each in machines.executions.items() if each.status == "running"]
    assert isinstance(machines, StepFunctionsMachines)
    arn = f"{machines._arn_prefix}thanks"
    found = machines._client.list_executions(stateMachineArn=arn)["executions"]
    return [each["name"] for each in found if each["status"] == "RUNNING"]


def test_an_execution_is_named_by_its_run(machines: Machines) -> None:
    machines.start(a_run("thanks-1"), "u-ada")
    machines.start(a_run("thanks-2"), "u-ada")

    assert sorted(started(machines)) == ["thanks-1", "thanks-2"]


def test_starting_twice_starts_once(machines: Machines) -> None:
    machines.start(a_run("thanks-1"), "u-ada")
    machines.start(a_run("thanks-1"), "u-ada")

    assert started(machines) == ["thanks-1"]


def test_an_execution_is_stopped_and_one_that_never_began_is_left_alone(machines: Machines) -> None:
    machines.start(a_run("thanks-1"), "u-ada")
    machines.start(a_run("thanks-2"), "u-ada")

    machines.stop("thanks", "thanks-1")
    machines.stop("thanks", "thanks-1")
    machines.stop("thanks", "never")

    assert running(machines) == ["thanks-2"]


@pytest.mark.parametrize("caused_at", [None, NOON])
def test_a_token_that_is_over_is_left_alone(machines: Machines, caused_at: datetime | None) -> None:
    machines.succeed("used-up", "matched", NOON, caused_at)
    machines.leave("used-up")


def test_an_execution_knows_ids_and_moments_only(aws: None) -> None:
    machines = on_moto()

    machines.start(a_run("thanks-1", at=NOON), "u-ada")

    arn = machines._client.list_executions(stateMachineArn=f"{machines._arn_prefix}thanks")["executions"][0]
    given = json.loads(machines._client.describe_execution(executionArn=arn["executionArn"])["input"])
    assert given == {
        "run_id": "thanks-1",
        "profile_id": "u-ada",
        "journey": "thanks",
        "version": "v1",
        "at": NOON.isoformat(),
        "caused_at": NOON.isoformat(),
    }


def test_whose_a_run_is_stays_known(machines: Machines) -> None:
    machines.start(a_run("thanks-1"), "u-ada")

    assert machines.whose("thanks", "thanks-1") == "u-ada"  # type: ignore[attr-defined] # `Runners`, beside `Machines`
    assert machines.whose("thanks", "thanks-2") is None  # type: ignore[attr-defined]
