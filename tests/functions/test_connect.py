"""The function that calls connectors, as SQS wakes it."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import boto3
import pytest

from functions.connect import handler as connect
from segue.aws.connecting import DynamoCalls
from segue.aws.profiles import DynamoProfiles
from segue.aws.settings import Settings
from segue.decisions.policy import Policy
from segue.events.plan import TrackingPlan
from segue.journeys.connectors import Connectors
from segue.journeys.entries import begin, entries, with_run
from segue.journeys.graph import graph_of
from segue.journeys.payloads import Known, payload
from segue.profiles import receive
from segue.profiles.head import Versioned
from segue.workspace.bundle import Brand, Workspace
from tests.builders import NOON, an_event
from tests.functions.test_runs import ADA, context
from tests.journeys.examples import a_journey

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")

JOURNEY = a_journey(steps=[{"connector": "crm.task", "with": {"title": "Call {{ profile.user_id }}"}}])
#: Where nobody listens.
NOWHERE = "http://127.0.0.1:9/tasks"


class Deployed:
    def __init__(self, rows: Any) -> None:
        self.calls = DynamoCalls(rows)
        profiles = DynamoProfiles(rows)
        signals: list[Any] = []
        ports = receive.Ports(
            profiles=profiles,
            signals=type("Signals", (), {"raise_all": lambda _, raised: signals.extend(raised)})(),
            notice=entries([JOURNEY]),
            follow=lambda *_: (),
        )
        receive.receive([an_event("Order Completed")], ports)
        head = profiles.head(ADA)
        run = begin(JOURNEY, signals[0])
        profiles.keep_runs(ADA, Versioned(with_run(head.runs.value, run, JOURNEY, NOON), head.runs.version))
        graph = graph_of(JOURNEY)
        known = Known(
            run_id=run.run_id, profile_id=ADA, at=None, caused_at=None, entered_at=NOON.isoformat(), token="token-1"
        )
        self.asked = payload(graph.nodes["1-connector"], graph, known)
        self.key = f"{run.run_id}.1-connector.crm.task"
        self.told: list[tuple[str, dict[str, Any]]] = []
        events = connect.wiring().machines._client.meta.events
        for call in ("SendTaskSuccess", "SendTaskFailure"):
            events.register(
                f"provide-client-params.sfn.{call}",
                lambda params, model, **_: self.told.append((model.name, params)),
            )

    def call(self, tries: int = 1) -> list[str]:
        """The numbers of the messages that failed."""
        attributes = {"ApproximateReceiveCount": str(tries)}
        record = {"messageId": "0", "body": json.dumps(self.asked), "attributes": attributes}
        answer = connect.handler({"Records": [record]}, context("connect"))
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    @property
    def outcomes(self) -> list[str]:
        return [json.loads(told["output"])["outcome"] for _, told in self.told]


def deploy(rows: Any, folder: Any, monkeypatch: pytest.MonkeyPatch, **more: str) -> Deployed:
    bundle = folder / "workspace.json"
    bundle.write_text(
        Workspace(
            name="w",
            brand=Brand(name="B", url="https://b.example.com", address="1 Main St", from_address="b@example.com"),
            plan=TrackingPlan(),
            policy=Policy(),
            journeys=(JOURNEY,),
            templates=(),
            connectors=Connectors.model_validate(
                {"connectors": {"crm.task": {"url": NOWHERE, "secret": "crm", "takes": ["title"]}}}
            ),
        ).to_bundle()
    )
    boto3.client("events").create_event_bus(Name="segue")
    boto3.client("secretsmanager").create_secret(Name="connectors", SecretString='{"crm": "s3cret"}')
    settings = Settings(
        environment="test",
        workspace_path=str(bundle),
        profiles_table="Profiles",
        bus="segue",
        machines_arn="arn:aws:states:eu-central-1:123456789012:stateMachine:segue-test-",
        connectors_secret="connectors",
        **more,
    )
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    return Deployed(rows)


@pytest.fixture
def forgotten() -> Iterator[None]:
    """The function is cold, and so is the next."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    connect.wiring.cache_clear()
    connect.ports.cache_clear()


def test_a_call_without_an_answer_comes_again_until_the_last_try(
    forgotten: None, profiles_rows: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = StringIO()
    monkeypatch.setattr(connect.logger.registered_handler, "stream", stream)
    deployed = deploy(profiles_rows, tmp_path, monkeypatch)

    assert [deployed.call(tries) for tries in (1, 2, 3)] == [["0"]] * 3
    assert deployed.outcomes == []
    assert deployed.call(connect.MOST_TRIES) == []
    assert deployed.outcomes == ["failed"]
    kept = deployed.calls.get(ADA, deployed.key)
    assert kept is not None
    assert (kept.outcome, kept.status, kept.said) == ("failed", None, {"title": "Call ada"})
    assert "Call ada" not in stream.getvalue()
    assert "s3cret" not in stream.getvalue()


def test_where_nobody_is_called_it_is_noted_what_would_have_been(
    forgotten: None, profiles_rows: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = deploy(profiles_rows, tmp_path, monkeypatch, calls="dry")

    assert deployed.call() == []
    assert deployed.outcomes == ["done"]
    assert deployed.calls.get(ADA, deployed.key) is not None
