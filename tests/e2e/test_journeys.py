"""Journeys through the deployed stack: runs go the way that is simulated, and leave the moment they should."""

import json
import time
from typing import Any

from segue.aws.profiles import DynamoProfiles
from segue.journeys.definition import Journey
from segue.journeys.graph import graph_of
from segue.profiles.runs import Ended, Run
from segue.workspace.load import load
from tests.e2e.conftest import Local, eventually
from tests.e2e.test_messages import a_person

#: The issue's promise for an idle stack on this machine.
AT_ONCE_SECONDS = 2.0


def track(local: Local, user: str, event: str, **properties: Any) -> None:
    body = {"userId": user, "event": event, "properties": properties}
    assert local.post("/v1/track", body).status_code == 200


def run_of(local: Local, profile_id: str, journey: str) -> Run | None:
    runs = DynamoProfiles(local.lookup.rows).head(profile_id).runs.value.runs.values()
    return next((run for run in runs if run.journey == journey), None)


def run_at(local: Local, profile_id: str, journey: str, step: str) -> Run:
    """The run, once it waits at the step."""

    def there() -> Run | None:
        run = run_of(local, profile_id, journey)
        return run if run and run.wait and run.wait.step == step else None

    run = eventually(there, within=60)
    assert run is not None
    return run


def execution_of(local: Local, run: Run) -> str:
    prefix = local.deployed.outputs["MachinesArn"].replace(":stateMachine:", ":execution:")
    return f"{prefix}{run.journey}:{run.run_id}"


def status(local: Local, run: Run) -> str:
    return str(local.client("stepfunctions").describe_execution(executionArn=execution_of(local, run))["status"])


def steps_taken(local: Local, run: Run) -> list[str]:
    """The journey's own steps among the states that the execution entered."""
    history = local.client("stepfunctions").get_execution_history(executionArn=execution_of(local, run), maxResults=500)
    entered = [event.get("stateEnteredEventDetails", {}).get("name") for event in history["events"]]
    steps = graph_of(journey_named(run.journey)).nodes
    return [name for name in entered if name in steps]


def journey_named(name: str) -> Journey:
    return load("workspace").journeys_by_name[name]


def test_a_goal_ends_a_waiting_run_at_once(local: Local) -> None:
    took = []
    for number in range(3):  # the first finds the functions cold
        user, profile_id = a_person(local, f"buyer-{number}")
        track(local, user, "Order Completed", order_id="1")
        run = run_at(local, profile_id, "win-back", "1-wait")

        began = time.monotonic()
        track(local, user, "Order Completed", order_id="2")
        eventually(lambda run=run: status(local, run) == "SUCCEEDED", within=30)
        took.append(time.monotonic() - began)

        ended = DynamoProfiles(local.lookup.rows).head(profile_id).runs.value.get(run.run_id)
        assert ended is not None
        assert ended.ended is Ended.GOAL
    assert max(took[1:]) < AT_ONCE_SECONDS, took


def test_a_run_takes_its_steps_and_leaves_on_the_exit_event(local: Local) -> None:
    user, profile_id = a_person(local, "thanked")
    track(local, user, "Order Completed", order_id="1")
    run = run_at(local, profile_id, "first-order-thanks", "2-wait")

    track(local, user, "Unsubscribed", channel="email")
    eventually(lambda: status(local, run) == "SUCCEEDED", within=30)

    assert steps_taken(local, run) == ["1-send", "2-wait"]
    last = run_of(local, profile_id, "first-order-thanks")
    assert last is not None
    assert last.ended is Ended.EXIT_EVENT


def test_the_same_event_five_times_begins_one_run(local: Local) -> None:
    user, profile_id = a_person(local, "repeated")
    order = {
        "userId": user,
        "event": "Order Completed",
        "messageId": f"{user}-order",
        "timestamp": local.clock.now().isoformat(),
        "properties": {"order_id": "1"},
    }
    for _ in range(5):
        assert local.post("/v1/track", order).status_code == 200

    run = run_at(local, profile_id, "win-back", "1-wait")
    eventually(lambda: local.waiting("SignalsQueueUrl") == 0)
    executions = local.client("stepfunctions").list_executions(
        stateMachineArn=f"{local.deployed.outputs['MachinesArn']}win-back"
    )["executions"]

    assert [each["name"] for each in executions].count(run.run_id) == 1
    assert len(DynamoProfiles(local.lookup.rows).head(profile_id).runs.value.runs) == 3


def test_executions_carry_no_personal_data(local: Local) -> None:
    user, profile_id = a_person(local, "private")
    track(local, user, "Order Completed", order_id="private-order")
    run = run_at(local, profile_id, "win-back", "1-wait")

    described = local.client("stepfunctions").describe_execution(executionArn=execution_of(local, run))

    assert set(json.loads(described["input"])) == {"run_id", "profile_id", "journey", "version", "at", "caused_at"}
    assert "private" not in described["input"]
