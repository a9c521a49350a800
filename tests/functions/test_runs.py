"""The journey and the step function, as SQS wakes them."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest

from functions.journey import handler as journey
from functions.step import handler as step
from segue.aws.profiles import DynamoProfiles
from segue.aws.settings import Settings
from segue.aws.signals import encode_signal
from segue.decisions.policy import Policy
from segue.events.event import Event
from segue.events.plan import TrackingPlan
from segue.journeys.compile import Site, compile_journey
from segue.journeys.entries import entries
from segue.journeys.follow import follow
from segue.journeys.graph import graph_of
from segue.journeys.payloads import Known, end, payload
from segue.memory.bus import MemoryBus
from segue.memory.signals import MemorySignals
from segue.messages.template import EmailWords, Template
from segue.profiles import receive
from segue.profiles.identity import user_profile_id
from segue.profiles.runs import Ended, Run
from segue.profiles.signals import Enter, Signal
from segue.workspace.bundle import Brand, Workspace
from tests.builders import NOON, an_event
from tests.journeys.examples import a_journey

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")

ADA = user_profile_id("ada")
HOUR = timedelta(hours=1)
CLOCK = f"{NOON.isoformat()}@2999-01-01T00:00:00+00:00*1"  # stands still at noon
JOURNEY = a_journey(
    goal={"event": "Order Paid"},
    steps=[{"wait_for": {"event": "Session Ended", "within": "24h"}}, {"send": {"template": "thanks"}}],
)


def context(name: str) -> SimpleNamespace:
    return SimpleNamespace(
        function_name=name,
        memory_limit_in_mb=512,
        invoked_function_arn=f"arn:aws:lambda:eu-central-1:123456789012:function:{name}",
        aws_request_id="1",
    )


class Deployed:
    """Both functions on moto. What they tell state machines is written down, since moto does not run them."""

    def __init__(self, settings: Settings, rows: Any) -> None:
        self.profiles = DynamoProfiles(rows)
        self.signals = MemorySignals()
        self.machine = f"{settings.machines_arn}thanks"
        self.told: list[tuple[str, dict[str, Any]]] = []
        for function in (journey, step):
            events = function.wiring().machines._client.meta.events
            for call in ("SendTaskSuccess", "SendTaskFailure"):
                events.register(f"provide-client-params.sfn.{call}", self._write_down)

    def happen(self, event: Event) -> tuple[Signal, ...]:
        ports = receive.Ports(profiles=self.profiles, signals=self.signals, notice=entries([JOURNEY]), follow=follow)
        return receive.receive([event], ports).raised

    def signal(self, *signals: Signal) -> list[str]:
        """The numbers of the messages that failed."""
        records = [
            {"messageId": str(number), "eventSource": "aws:sqs", "body": encode_signal(signal)}
            for number, signal in enumerate(signals)
        ]
        answer = journey.handler({"Records": records}, context("journey"))
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def wait(self, run: Run, token: str) -> Any:
        graph = graph_of(JOURNEY)
        return self.step(payload(graph.nodes["1-wait_for"], graph, known(run, token)))

    def step(self, *asked: dict[str, Any]) -> list[str]:
        """What machines ask; the numbers of the messages that failed."""
        records = [{"messageId": str(number), "body": json.dumps(each)} for number, each in enumerate(asked)]
        answer = step.handler({"Records": records}, context("step"))
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def run(self) -> Run:
        (run,) = self.profiles.runs(ADA).value.runs.values()
        return run

    def started(self) -> list[str]:
        client = boto3.client("stepfunctions")
        return [each["name"] for each in client.list_executions(stateMachineArn=self.machine)["executions"]]

    def _write_down(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.told.append((model.name, params))


def known(run: Run, token: str) -> Known:
    return Known(
        run_id=run.run_id,
        profile_id=ADA,
        at=run.entry.timestamp.isoformat(),
        caused_at=None,
        entered_at=NOON.isoformat(),
        token=token,
    )


@pytest.fixture
def deployed(
    profiles_rows: Any, registry_rows: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Deployed]:
    thanks = Template(template="thanks", email=EmailWords(subject="Thanks", html="<p>Thanks</p>"))
    bundle = tmp_path / "workspace.json"
    brand = Brand(name="B", url="https://b.example.com", address="1 Main Street", from_address="b@example.com")
    workspace = Workspace(
        name="w", brand=brand, plan=TrackingPlan(), policy=Policy(), journeys=(JOURNEY,), templates=(thanks,)
    )
    bundle.write_text(workspace.to_bundle())
    definition = compile_journey(JOURNEY, Site(1, "steps", "requests", "calls"))
    machine = boto3.client("stepfunctions").create_state_machine(
        name="segue-test-thanks", definition=json.dumps(definition), roleArn="arn:aws:iam::123456789012:role/machines"
    )
    boto3.client("events").create_event_bus(Name="segue")
    settings = Settings(
        environment="test",
        clock=CLOCK,
        workspace_path=str(bundle),
        profiles_table="Profiles",
        registry_table="Registry",
        bus="segue",
        machines_arn=machine["stateMachineArn"].removesuffix("thanks"),
    )
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    _forget(journey, step)
    yield Deployed(settings, profiles_rows)
    _forget(journey, step)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """The functions' logs."""
    stream = StringIO()
    for function in (journey, step):
        monkeypatch.setattr(function.logger.registered_handler, "stream", stream)
    return stream


def _forget(*functions: ModuleType) -> None:
    for function in functions:
        function.wiring.cache_clear()
    step.ports.cache_clear()


def test_an_entry_starts_an_execution_named_by_its_run(deployed: Deployed) -> None:
    signals = deployed.happen(an_event("Order Completed"))

    assert deployed.signal(*signals) == []
    assert deployed.signal(*signals) == []

    assert deployed.started() == [deployed.run().run_id]


def test_a_wait_is_kept_and_woken(deployed: Deployed) -> None:
    deployed.signal(*deployed.happen(an_event("Order Completed")))

    assert deployed.wait(deployed.run(), "token-1") == []
    deployed.signal(*deployed.happen(an_event("Session Ended", at=NOON + HOUR)))

    ((call, told),) = deployed.told
    assert (call, told["taskToken"]) == ("SendTaskSuccess", "token-1")
    at = (NOON + HOUR).isoformat()
    assert json.loads(told["output"]) == {"outcome": "matched", "at": at, "caused_at": at}


def test_a_wait_that_comes_after_its_event_is_woken_at_once(deployed: Deployed) -> None:
    deployed.signal(*deployed.happen(an_event("Order Completed")))
    deployed.happen(an_event("Session Ended", at=NOON + HOUR))

    assert deployed.wait(deployed.run(), "token-1") == []
    assert [call for call, _ in deployed.told] == ["SendTaskSuccess"]


def test_the_goal_ends_the_run_and_tells_its_machine(deployed: Deployed) -> None:
    deployed.signal(*deployed.happen(an_event("Order Completed")))
    deployed.wait(deployed.run(), "token-1")

    deployed.signal(*deployed.happen(an_event("Order Paid", at=NOON + HOUR)))

    assert deployed.run().ended is Ended.GOAL
    ((call, told),) = deployed.told
    assert (call, told["taskToken"], told["error"]) == ("SendTaskFailure", "token-1", "Journey.Exit")


def test_a_step_of_a_run_that_is_over_is_told_to_leave(deployed: Deployed) -> None:
    deployed.signal(*deployed.happen(an_event("Order Completed")))
    deployed.signal(*deployed.happen(an_event("Order Paid", at=NOON + HOUR)))

    assert deployed.wait(deployed.run(), "token-1") == []
    assert [call for call, _ in deployed.told] == ["SendTaskFailure"]


def test_the_end_of_the_machine_ends_the_run(deployed: Deployed) -> None:
    deployed.signal(*deployed.happen(an_event("Order Completed")))
    asked = end("completed", known(deployed.run(), "none"))

    assert deployed.step(asked, asked) == []
    assert deployed.run().ended is Ended.COMPLETED


def test_what_no_machine_asks_fails_alone(deployed: Deployed, written: StringIO) -> None:
    deployed.signal(*deployed.happen(an_event("Order Completed")))

    assert deployed.step({"action": "dance"}, end("completed", known(deployed.run(), "none"))) == ["0"]
    assert deployed.run().ended is Ended.COMPLETED
    assert "record failed" in written.getvalue()


def test_one_bad_signal_does_not_hold_up_the_others(deployed: Deployed, written: StringIO) -> None:
    (good,) = deployed.happen(an_event("Order Completed"))
    records = [
        {"messageId": "bad", "eventSource": "aws:sqs", "body": '{"email": "ada@example.com"}'},
        {"messageId": "good", "eventSource": "aws:sqs", "body": encode_signal(good)},
    ]

    answer = journey.handler({"Records": records}, context("journey"))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert len(deployed.started()) == 1
    assert "record failed" in written.getvalue()
    assert "@" not in written.getvalue()


class Counted:
    """A port that writes down which of its methods were called, and with what."""

    def __init__(self, port: Any) -> None:
        self._port = port
        self.calls: list[tuple[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        def call(*given: Any) -> Any:
            self.calls.append((name, *given))
            return getattr(self._port, name)(*given)

        return call


def test_a_batch_looks_up_a_pause_once_and_makes_its_announcements_together(deployed: Deployed) -> None:
    wired = journey.wiring()
    wired.registry, wired.bus = Counted(wired.registry), Counted(wired.bus)
    entering = [deployed.happen(an_event("Order Completed", user_id=f"person-{number}")) for number in range(3)]

    assert deployed.signal(*(signal for signals in entering for signal in signals)) == []

    assert [call for call, *_ in wired.registry.calls].count("paused") == 1
    ((call, news),) = wired.bus.calls
    assert (call, [each.name for each in news]) == ("announce", ["Run Started"] * 3)


def test_a_batch_that_cannot_be_announced_comes_again_as_a_whole(deployed: Deployed) -> None:
    wired, announced = journey.wiring(), MemoryBus()
    signals = deployed.happen(an_event("Order Completed"))
    wired.bus = Unheard()

    with pytest.raises(ConnectionError):
        deployed.signal(*signals)
    wired.bus = announced

    assert deployed.signal(*signals) == []
    assert [each.name for each in announced.news] == ["Run Started"]
    assert deployed.started() == [deployed.run().run_id]


class Unheard:
    def announce(self, news: Any) -> None:
        raise ConnectionError


def test_a_journey_that_is_gone_begins_nothing(deployed: Deployed) -> None:
    gone = Enter(profile_id=ADA, journey="gone", version="1", run_id="gone-1", event=an_event("Order Completed"))

    assert deployed.signal(gone) == []
    assert deployed.started() == []


def test_the_logs_hold_no_personal_data(deployed: Deployed, written: StringIO) -> None:
    event = an_event("Order Completed", properties={"gift": "for-grace"}, traits={"email": "ada@example.com"})

    deployed.signal(*deployed.happen(event))
    deployed.wait(deployed.run(), "token-1")

    assert written.getvalue().count('"answer"') == 2
    assert "grace" not in written.getvalue()
    assert "@" not in written.getvalue()
