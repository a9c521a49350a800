"""From a send request to a delivered message and back: decide, release, deliver and subscriber, as AWS wakes them."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from types import SimpleNamespace

import boto3
import pytest

from functions.decide import handler as decide
from functions.deliver import handler as deliver
from functions.release import handler as release
from functions.subscriber import handler as subscriber
from segue.aws.inbox import DynamoInbox
from segue.aws.profiles import DynamoProfiles
from segue.aws.registry import DynamoRegistry
from segue.aws.sends import DynamoSends
from segue.aws.settings import Settings
from segue.aws.telemetry import COUNT_DEFERRED
from segue.decisions import asked
from segue.decisions.asked import Asked
from segue.decisions.decision import RunRef, SendState
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.events.identifier import ANONYMOUS, Identifier
from segue.events.plan import TrackingPlan
from segue.memory.bus import MemoryBus
from segue.messages.inbox import Card
from segue.messages.template import EmailWords, Template
from segue.messages.tokens import InboxAccess, Unsubscribe, sign_inbox, sign_unsubscribe
from segue.profiles.head import Versioned
from segue.profiles.identity import anonymous_profile_id
from segue.profiles.ports import Change, Entry
from segue.profiles.resolve import Claim, Member
from segue.profiles.runs import Runs
from segue.workspace.bundle import Brand, Workspace
from tests.builders import NOON, a_profile, a_request, a_run, an_event

FUNCTIONS = (decide, deliver, release, subscriber)
NOW = datetime.now(UTC)
CLAIM = Unsubscribe(profile_id="u-ada", channel="email", send_id="s", topic="offers")
CONTEXT = SimpleNamespace(
    function_name="f",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:f",
    aws_request_id="1",
    get_remaining_time_in_millis=lambda: 30_000,
)
BRAND = Brand(name="Acme", url="https://acme.example", address="1 Main St", from_address="hi@acme.example")
THANKS = Template(
    template="thank-you",
    email=EmailWords(subject="Hi", html='<p>Thanks</p> <a href="{{ unsubscribe_url }}">Unsubscribe</a>'),
)
ANY_TIME = {"channels": {"email": {"window": "00:00-24:00"}}}


class Stack:
    """What the infrastructure would have made."""

    def __init__(self, tmp_path, monkeypatch, rows) -> None:
        self.sqs = boto3.client("sqs")
        self.urls = {
            name: self.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("requests", "deliveries", "bus")
        }
        self.bus = MemoryBus()  # moto brings nothing from a bus to a queue without more libraries
        boto3.client("sesv2").create_email_identity(EmailIdentity="hi@acme.example")
        boto3.client("secretsmanager").create_secret(Name="signing", SecretString='{"keys": ["k"]}')
        self.bundle = tmp_path / "workspace.json"
        settings = Settings(
            environment="test",
            workspace_path=str(self.bundle),
            profiles_table="Profiles",
            registry_table="Registry",
            bus="bus",
            requests_queue=self.urls["requests"],
            deliveries_queue=self.urls["deliveries"],
            machines_arn="arn:aws:states:eu-central-1:123456789012:stateMachine:",
            signing_secret="signing",
            public_url="https://api.example",
            configuration_set="",
        )
        for name, value in settings.to_env().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "test")
        self.sends = DynamoSends(rows)
        self.profiles = DynamoProfiles(rows)
        self.inbox = DynamoInbox(rows)
        self.profiles.commit(Change(entries=(Entry(event=an_event()),), profiles={"u-ada": Versioned(a_profile())}))
        self.use(ANY_TIME)

    def use(self, policy: dict) -> None:
        workspace = Workspace(
            name="w",
            brand=BRAND,
            plan=TrackingPlan(),
            policy=Policy.model_validate(policy),
            journeys=(),
            templates=(THANKS,),
        )
        self.bundle.write_text(workspace.to_bundle())
        for function in FUNCTIONS:
            function.wiring.cache_clear()
            function.wiring().bus = self.bus

    def take(self, queue: str) -> list[str]:
        messages = self.sqs.receive_message(QueueUrl=self.urls[queue], MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self.sqs.delete_message(QueueUrl=self.urls[queue], ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages]


@pytest.fixture
def stack(profiles_rows, registry_rows, tmp_path, monkeypatch):
    yield Stack(tmp_path, monkeypatch, profiles_rows)
    for function in FUNCTIONS:
        function.wiring.cache_clear()


def batch(function, *bodies: str) -> list[str]:
    """The ids of the messages that failed."""
    records = [
        {
            "messageId": f"sqs-{number}",
            "receiptHandle": "h",
            "body": body,
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:q",
            "awsRegion": "eu-central-1",
        }
        for number, body in enumerate(bodies)
    ]
    answered = function.handler({"Records": records}, CONTEXT)
    return [failure["itemIdentifier"] for failure in answered["batchItemFailures"]]


def wish(send_id: str = "send-1", **given) -> str:
    request = a_request(send_id, at=NOW, **{"expires_at": NOW + timedelta(days=9), **given})
    return asked.write(Asked(request=request))


def records(stack) -> dict:
    return {record.request.send_id: record for record in stack.sends.decided("u-ada")}


@pytest.fixture
def logged(capsys, monkeypatch):
    """Everything that the functions wrote: log lines and metrics."""
    lines = StringIO()
    for function in FUNCTIONS:
        monkeypatch.setattr(function.logger.registered_handler, "stream", lines)
    return lambda: lines.getvalue() + capsys.readouterr().out


def test_a_request_is_decided_delivered_and_announced(stack, logged):
    assert batch(decide, wish(caused_at=NOW)) == []
    assert batch(deliver, *stack.take("deliveries")) == []

    record = records(stack)["send-1"]
    [news] = stack.bus.news
    assert record.state is SendState.SENT
    assert (news.name, news.detail["send_id"], news.profile_id) == ("Message Sent", "send-1", "u-ada")
    written = logged()
    assert "ada@example.com" not in written
    assert [
        name for name in ("Decisions", "EventToDecisionMs", "Messages", "delivered") if f'"{name}"' not in written
    ] == []


def test_of_a_batch_only_what_cannot_be_read_fails_and_is_logged(stack, logged):
    assert batch(decide, wish("a"), "nonsense", wish("b")) == ["sqs-1"]

    assert set(records(stack)) == {"a", "b"}
    [failed] = failures_in(logged())
    assert (failed["message_id"], failed["error"]) == ("sqs-1", "JSONDecodeError")
    assert "code" not in failed


def failures_in(lines: str) -> list[dict]:
    return [said for line in lines.splitlines() if (said := json.loads(line)).get("message") == "record failed"]


def test_a_record_that_aws_refused_is_logged_with_its_code(stack, profiles_rows, logged):
    boto3.client("dynamodb").delete_table(TableName="Profiles")

    assert batch(decide, wish()) == ["sqs-0"]

    [failed] = failures_in(logged())
    assert (failed["message_id"], failed["code"]) == ("sqs-0", "ResourceNotFoundException")
    assert "u-ada" not in json.dumps(failed)


def test_the_same_messages_twice_send_once(stack):
    batch(decide, wish(), wish())
    deliveries = stack.take("deliveries")

    assert batch(deliver, *deliveries, *deliveries) == []
    assert len(deliveries) == 2
    assert boto3.client("ses").get_send_quota()["SentLast24Hours"] == 1
    assert {news.id for news in stack.bus.news} == {"send-1.1.sent"}


def test_what_a_paused_journey_asks_for_is_dropped_from_the_next_batch_on(stack, registry_rows):
    registry = DynamoRegistry(registry_rows)
    run = RunRef(run_id="thanks-1", journey="thanks", version="v1", step="1-send")
    runs = Versioned(Runs(runs={"thanks-1": a_run()}))
    stack.profiles.keep_runs("u-ada", runs)

    batch(decide, wish("before", run=run))
    registry.pause("thanks")
    batch(decide, wish("after", run=run))

    assert records(stack)["before"].state is SendState.SENDING
    assert records(stack)["after"].reason is Reason.JOURNEY_PAUSED


def test_a_cap_defers_and_release_finds_it_when_it_is_due(stack):
    stack.use({"channels": {"email": {"window": None, "cap": {"limit": 1, "per": "10m"}}}, "total": None})
    batch(decide, wish("a"), wish("b"))

    held = [
        asked.read(body, policy=Policy(), words=lambda _name, _run: (), at=lambda real: real)
        for body in stack.take("requests")
    ]

    assert sorted(record.state.value for record in records(stack).values()) == ["deferred", "sending"]
    assert held == []  # not visible yet: SQS holds it back
    assert release.handler({}, CONTEXT) == {"released": 0}


def test_what_is_deferred_for_long_is_released_shortly_before(stack):
    stack.use({"channels": {"email": {"window": None, "cap": {"limit": 1, "per": "16m"}}}, "total": None})
    batch(decide, wish("a"), wish("b"))
    [deferred] = [record for record in records(stack).values() if record.state is SendState.DEFERRED]

    assert release.handler({}, CONTEXT) == {"released": 0}
    stack.sends.wake_again(deferred, NOW)
    assert release.handler({}, CONTEXT) == {"released": 1}
    assert release.handler({}, CONTEXT) == {"released": 0}


def test_everything_that_is_deferred_is_counted(stack, logged):
    stack.use({"channels": {"email": {"window": None, "cap": {"limit": 1, "per": "9d"}}}, "total": None})
    batch(decide, *(wish(send_id, expires_at=NOW + timedelta(days=30)) for send_id in "abc"))

    assert release.handler(COUNT_DEFERRED, CONTEXT) == {"deferred": 2, "released": 0}
    assert '"DeferredBacklog":[2.0]' in logged().replace(" ", "")


def test_what_a_long_outage_left_is_released_when_all_are_counted(stack):
    stack.use({"channels": {"email": {"window": None, "cap": {"limit": 1, "per": "16m"}}}, "total": None})
    batch(decide, wish("a"), wish("b"))
    [deferred] = [record for record in records(stack).values() if record.state is SendState.DEFERRED]
    stack.sends.wake_again(deferred, NOW - timedelta(days=20))

    assert release.handler({}, CONTEXT) == {"released": 0}
    assert release.handler(COUNT_DEFERRED, CONTEXT) == {"released": 1, "deferred": 1}


def test_what_is_dropped_is_announced_with_its_reason(stack):
    assert batch(decide, wish(channel="sms")) == []

    [news] = stack.bus.news
    assert (news.name, news.detail["reason"]) == ("Message Dropped", "unreachable")


def call(route: str, *, token: str = "", id_: str = "", **given) -> dict:
    method, path = route.split(" ")
    return {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path.replace("{token}", token).replace("{id}", id_),
        "pathParameters": {"token": token, "id": id_},
        "headers": given.pop("headers", {}),
        "requestContext": {"http": {"method": method}},
        "isBase64Encoded": False,
        **given,
    }


@pytest.fixture
def visit(stack) -> Callable[..., dict]:
    return lambda route, **given: subscriber.handler(call(route, **given), CONTEXT)


def test_looking_at_the_link_asks_and_changes_nothing(stack, visit):
    answered = visit("GET /u/{token}", token=sign_unsubscribe(CLAIM, ["k"]))

    assert answered["statusCode"] == 200
    assert '<form method="post">' in answered["body"]
    assert "offers" in answered["body"]
    assert stack.bus.events == []


@pytest.mark.parametrize(
    ("body", "properties"),
    [
        ("List-Unsubscribe=One-Click", {"channel": "email", "topic": "offers", "send_id": "s"}),
        ("scope=topic", {"channel": "email", "topic": "offers", "send_id": "s"}),
        ("scope=all", {"channel": "email", "send_id": "s"}),
        ("", {"channel": "email", "topic": "offers", "send_id": "s"}),
    ],
)
def test_a_post_unsubscribes_without_a_login(stack, visit, body, properties):
    answered = visit("POST /u/{token}", token=sign_unsubscribe(CLAIM, ["k"]), body=body)

    [event] = stack.bus.events
    assert answered["statusCode"] == 200
    assert (event.name, event.user_id, event.properties) == ("Unsubscribed", "ada", properties)


@pytest.mark.parametrize("route", ["GET /u/{token}", "POST /u/{token}"])
@pytest.mark.parametrize("token", ["", "nonsense", sign_unsubscribe(CLAIM, ["another key"])])
def test_a_link_that_is_not_ours_does_nothing(stack, visit, route, token):
    assert visit(route, token=token)["statusCode"] == 404
    assert stack.bus.events == []


def test_a_link_of_somebody_unknown_does_nothing(stack, visit):
    token = sign_unsubscribe(Unsubscribe(profile_id="u-nobody", channel="email", send_id="s"), ["k"])

    assert visit("POST /u/{token}", token=token)["statusCode"] == 404


def bearer(profile_id: str = "u-ada", *, hours: int = 1) -> dict:
    access = InboxAccess(profile_id=profile_id, until=NOW + timedelta(hours=hours))
    return {"authorization": f"Bearer {sign_inbox(access, ['k'])}"}


def test_the_inbox_shows_its_cards_and_marks_them_read(stack, visit):
    card = Card(send_id="thanks-1.1-send", sent_at=NOON, title="Thanks", body="You")
    stack.inbox.put("u-ada", card)

    before = json.loads(visit("GET /v1/inbox", headers=bearer())["body"])
    read = visit("POST /v1/inbox/{id}/read", id_=before["cards"][0]["id"], headers=bearer())
    after = json.loads(visit("GET /v1/inbox", headers=bearer())["body"])

    assert (before["unread"], before["cards"][0]["title"]) == (1, "Thanks")
    assert read["statusCode"] == 200
    assert (after["unread"], after["cards"][0]["read_at"] is None) == (0, False)


def test_a_person_sees_and_reads_what_came_while_they_were_anonymous_and_a_device_sees_nothing_of_theirs(stack, visit):
    visitor = anonymous_profile_id("visitor")
    linked = Member(Identifier(ANONYMOUS, "visitor"), "u-ada", Claim(NOON, "m-1"))
    ada = replace(a_profile(), members={visitor: linked})
    stack.profiles.commit(Change(entries=(), profiles={"u-ada": Versioned(ada, 1)}))
    stack.inbox.put(visitor, Card(send_id="w", sent_at=NOON, title="Welcome", body="You"))
    stack.inbox.put("u-ada", Card(send_id="t", sent_at=NOON + timedelta(hours=1), title="Thanks", body="You"))

    def titles(profile_id: str) -> list[str]:
        return [
            card["title"] for card in json.loads(visit("GET /v1/inbox", headers=bearer(profile_id))["body"])["cards"]
        ]

    [thanks, welcome] = json.loads(visit("GET /v1/inbox", headers=bearer())["body"])["cards"]
    reading = [
        visit("POST /v1/inbox/{id}/read", id_=card["id"], headers=bearer(profile_id))["statusCode"]
        for profile_id, card in [("u-ada", welcome), (visitor, thanks)]
    ]

    assert (titles("u-ada"), titles(visitor)) == (["Thanks", "Welcome"], ["Welcome"])
    assert reading == [200, 404]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer x"}, {"authorization": "Basic a"}, bearer(hours=-1)])
def test_without_a_token_that_holds_nobody_sees_an_inbox(visit, headers):
    answered = visit("GET /v1/inbox", headers=headers)

    assert (answered["statusCode"], answered["headers"]["WWW-Authenticate"]) == (401, "Bearer")


def test_a_card_that_does_not_exist_cannot_be_read(visit):
    assert visit("POST /v1/inbox/{id}/read", id_="nothing", headers=bearer())["statusCode"] == 404


def test_everybody_sees_their_own_inbox_only(stack, visit):
    stack.inbox.put("u-ada", Card(send_id="s", sent_at=NOON, title="Thanks", body="You"))

    assert json.loads(visit("GET /v1/inbox", headers=bearer("u-bob"))["body"]) == {"cards": [], "unread": 0}
