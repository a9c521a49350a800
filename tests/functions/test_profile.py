"""The profile function, as SQS wakes it with what the bus delivers."""

import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace

import boto3
import pytest

from functions.profile import handler as profile
from segue.aws.bus import encode_event, encode_rejected
from segue.aws.catalog import DynamoCatalog
from segue.aws.profiles import DynamoProfiles
from segue.aws.rejections import DynamoRejections
from segue.aws.settings import Settings
from segue.aws.signals import decode_signal
from segue.aws.table import rows
from segue.decisions.people import Collection
from segue.decisions.policy import Policy
from segue.events.enrichment.catalog import CatalogRules, Product
from segue.events.plan import TrackingPlan, Violation
from segue.events.rejected import Rejected
from segue.journeys.definition import Journey
from segue.profiles.head import Versioned
from segue.profiles.identity import anonymous_profile_id, user_profile_id
from segue.profiles.ports import Change
from segue.profiles.profile import Profile
from segue.profiles.runs import Goal, Runs, Trigger, Wait
from segue.profiles.signals import Enter, Exit, Resume
from segue.workspace.bundle import Brand, Workspace
from tests.builders import NOON, a_run, an_event

ADA = user_profile_id("ada")
CONTEXT = SimpleNamespace(
    function_name="profile",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:profile",
    aws_request_id="1",
)
THANKS = Journey.model_validate(
    {
        "journey": "thanks",
        "entry": {"event": "Order Completed", "when": 'profile.events["Order Completed"].count == 1'},
        "steps": [{"wait": "1h"}],
    }
)
BRAND = Brand(name="B", url="https://b.example.com", address="1 Main Street", from_address="b@example.com")


@pytest.fixture
def policy():
    return Policy()


@pytest.fixture
def signals(profiles_rows, registry_rows, tmp_path, monkeypatch, policy):
    """What is on the signals queue, taken off it."""
    bundle = tmp_path / "workspace.json"
    bundle.write_text(
        Workspace(
            name="w", brand=BRAND, plan=TrackingPlan(), policy=policy, journeys=(THANKS,), templates=()
        ).to_bundle()
    )
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="signals")["QueueUrl"]
    settings = Settings(
        environment="test",
        workspace_path=str(bundle),
        profiles_table="Profiles",
        registry_table="Registry",
        signals_queue=url,
    )
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "profile")

    def take():
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [decode_signal(message["Body"]) for message in messages]

    profile.wiring.cache_clear()
    profile.ports.cache_clear()
    yield take
    profile.wiring.cache_clear()
    profile.ports.cache_clear()


@pytest.fixture
def people(profiles_rows):
    return DynamoProfiles(profiles_rows)


def envelope(detail_type: str, detail: str) -> str:
    """As EventBridge writes it onto a queue."""
    return json.dumps(
        {
            "version": "0",
            "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
            "detail-type": detail_type,
            "source": "segue.ingest",
            "account": "123456789012",
            "time": "2026-03-10T13:00:00Z",
            "region": "eu-central-1",
            "resources": [],
            "detail": json.loads(detail),
        }
    )


def woken_by(*bodies: str) -> list[str]:
    """The ids of the messages that failed."""
    records = [
        {
            "messageId": f"sqs-{number}",
            "receiptHandle": "h",
            "body": body,
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:events",
            "awsRegion": "eu-central-1",
        }
        for number, body in enumerate(bodies)
    ]
    return [
        failure["itemIdentifier"] for failure in profile.handler({"Records": records}, CONTEXT)["batchItemFailures"]
    ]


def event_body(event) -> str:
    return envelope("Event", encode_event(event))


def test_a_batch_is_folded_into_its_people_and_begins_runs(signals, people):
    events = [
        an_event("Product Viewed", anonymous_id="v"),
        an_event("Signed In", at=NOON + timedelta(minutes=1), user_id="ada", anonymous_id="v"),
        an_event(at=NOON + timedelta(minutes=2), user_id="ada"),
        an_event(user_id="bob"),
    ]

    failed = woken_by(*map(event_body, reversed(events)))

    assert failed == []
    ada = people.head(anonymous_profile_id("v")).profile.value
    assert ada.profile_id == ADA
    assert {name: seen.count for name, seen in ada.whole.events.items()} == {
        "Product Viewed": 1,
        "Signed In": 1,
        "Order Completed": 1,
    }
    entered = signals()
    assert all(isinstance(signal, Enter) for signal in entered)
    assert {signal.profile_id for signal in entered} == {ADA, user_profile_id("bob")}


def test_a_redelivered_batch_changes_nothing_and_raises_the_same_signals(signals, people):
    events = [an_event(user_id="ada"), an_event(user_id="bob")]
    woken_by(*map(event_body, events))
    before, first = people.head(ADA), signals()

    failed = woken_by(*map(event_body, events))

    assert failed == []
    assert people.head(ADA) == before
    assert sorted(signals(), key=repr) == sorted(first, key=repr)


def test_an_event_wakes_and_ends_the_runs_that_wait_for_it(signals, people):
    wait = Wait(step="s", kind="wait_for", token="t", since=NOON, triggers=(Trigger(event="Opened", outcome="yes"),))
    waiting = a_run("waiting", wait=wait)
    aiming = a_run("aiming", key="another", goal=Goal(event="Opened"))
    people.keep_runs(ADA, Versioned(Runs(runs={run.run_id: run for run in (waiting, aiming)})))

    woken_by(event_body(an_event("Opened", at=NOON + timedelta(minutes=1))))

    raised = {signal.run_id: signal for signal in signals()}
    assert isinstance(raised["waiting"], Resume)
    assert raised["waiting"].outcome == "yes"
    assert isinstance(raised["aiming"], Exit)


@pytest.mark.parametrize("policy", [Policy(collection=Collection(exempt_events=()))])
def test_without_consent_an_event_is_counted_and_not_stored(signals, people, capsys):
    refused = an_event(user_id="ada", context={"consent": {"categoryPreferences": {"analytics": False}}})

    failed = woken_by(event_body(refused), event_body(an_event(user_id="bob")))

    assert (failed, signals()) == ([], [])
    assert people.head(ADA).profile.value.whole.events == {}
    assert not people.head(ADA).profile.value.whole.consents["analytics"].granted
    assert people.head(user_profile_id("bob")).profile.version == 0
    assert list(people.timeline(ADA, NOON - timedelta(days=1))) == []
    assert '"EventsUncollected":[2.0]' in capsys.readouterr().out.replace(" ", "")


def test_what_is_of_an_erased_person_is_dropped_and_fails_nothing(signals, people, registry_rows):
    """Their events, and the rejected ones; with an event of somebody else between them."""
    people.commit(Change(entries=(), profiles={ADA: Versioned(Profile(profile_id=ADA, erased="r-1"))}))
    rejected = Rejected(
        id="r", source="web", received_at=NOON, violations=(Violation("x", "is wrong"),), payload={"userId": "ada"}
    )

    alone = woken_by(event_body(an_event(user_id="ada")))
    together = woken_by(
        event_body(an_event(user_id="ada", anonymous_id="v")),
        event_body(an_event(user_id="bob")),
        envelope("Rejected Event", encode_rejected(rejected)),
    )

    assert (alone, together) == ([], [])
    assert people.head(ADA).profile.value == Profile(profile_id=ADA, erased="r-1")
    assert list(people.timeline(ADA, NOON)) == list(DynamoRejections(registry_rows).on(NOON.date())) == []
    assert people.head(user_profile_id("bob")).profile.value.known


def test_rejected_events_are_kept(signals, people, registry_rows):
    rejected = Rejected(
        id="r", source="web", received_at=NOON, violations=(Violation("userId", "is required"),), payload={"type": "x"}
    )

    failed = woken_by(envelope("Rejected Event", encode_rejected(rejected)))

    assert failed == []
    assert list(DynamoRejections(registry_rows).on(NOON.date())) == [rejected]


def test_what_cannot_be_read_fails_alone(signals, people):
    fine = event_body(an_event(user_id="ada"))

    failed = woken_by("{", fine, envelope("Something Else", "{}"), envelope("Event", '{"type": "track"}'))

    assert failed == ["sqs-0", "sqs-2", "sqs-3"]
    assert people.head(ADA).profile.value.whole.events["Order Completed"].count == 1


def test_an_event_of_nobody_fails_alone_and_in_each_of_its_copies(signals, people):
    nobody = replace(an_event(message_id="nobody"), user_id=None)

    failed = woken_by(*map(event_body, [nobody, an_event(user_id="ada"), nobody]))

    assert failed == ["sqs-0", "sqs-2"]
    assert people.head(ADA).profile.value.whole.events.keys() == {"Order Completed"}


VIEWED = {"user_id": "ada", "properties": {"product_id": "cd-1"}}


@pytest.fixture
def selling(signals, registry_rows, monkeypatch):
    """A workspace with a catalogue of one product."""
    selling = profile.wiring().workspace.model_copy(update={"catalog": CatalogRules(fill_in=("price",))})
    monkeypatch.setitem(profile.wiring().__dict__, "workspace", selling)
    DynamoCatalog(registry_rows).keep([Product("cd-1", {"price": 14.9})])


def prices(people: DynamoProfiles) -> list[object]:
    return [event.properties.get("price") for event in people.timeline(ADA, NOON)]


def test_events_are_told_of_the_products_that_they_name(selling, people):
    woken_by(event_body(an_event("Product Viewed", **VIEWED)))

    assert prices(people) == [14.9]


def test_a_product_that_nobody_knows_is_counted(selling, people, capsys):
    woken_by(event_body(an_event("Product Viewed", user_id="ada", properties={"product_id": "cd-2"})))

    assert prices(people) == [None]
    assert '"ProductsUnknown":[1.0]' in capsys.readouterr().out


def test_a_later_price_changes_no_event_that_was_told_already(selling, people, registry_rows):
    woken_by(event_body(an_event("Product Viewed", **VIEWED)))
    DynamoCatalog(registry_rows).keep([Product("cd-1", {"price": 1})])
    profile.wiring().__dict__.pop("catalog")

    assert woken_by(event_body(an_event("Product Viewed", **VIEWED))) == []

    assert prices(people) == [14.9]


def test_without_the_catalogue_only_the_events_that_need_it_come_back(selling, people, monkeypatch):
    monkeypatch.setattr(profile.wiring().catalog, "_rows", rows("Nowhere"))
    other = an_event("Signed In", at=NOON + timedelta(minutes=1))

    assert woken_by(event_body(an_event("Product Viewed", **VIEWED)), event_body(other)) == ["sqs-0"]

    assert [event.name for event in people.timeline(ADA, NOON)] == ["Signed In"]


def test_a_workspace_without_a_catalogue_asks_none(signals, people, monkeypatch):
    monkeypatch.setattr(profile.wiring().catalog, "_rows", rows("Nowhere"))

    assert woken_by(event_body(an_event("Product Viewed", **VIEWED))) == []


def test_logs_say_nothing_of_the_person(signals, people, monkeypatch):
    said = StringIO()
    monkeypatch.setattr(profile.logger.registered_handler, "stream", said)
    event = an_event("Identified", user_id="ada", traits={"email": "ada@example.com"})

    woken_by(event_body(event), envelope("Event", '{"type": "track", "traits": {"email": "ada@example.com"}}'))

    assert '"record failed"' in said.getvalue()
    assert "ada@example.com" not in said.getvalue()
