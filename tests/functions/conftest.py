"""Ada and the stack on moto, as the API meets them."""

from datetime import timedelta

import boto3
import pytest

from functions.api import handler as api
from functions.decide import handler as decide
from functions.deliver import handler as deliver
from functions.erase import handler as erase
from segue.aws.profiles import DynamoProfiles
from segue.aws.sends import DynamoSends
from segue.aws.settings import Settings
from segue.decisions.decision import SendRecord, SendState
from segue.decisions.policy import Policy
from segue.decisions.ports import Step
from segue.events.plan import TrackingPlan
from segue.messages.template import EmailWords, InAppWords, Template
from segue.profiles.absorb import absorb
from segue.workspace.bundle import Brand, Workspace
from tests.builders import NOON, a_request, an_event
from tests.functions.calling import ADA
from tests.heard import Heard

FUNCTIONS = (api, erase, decide, deliver)
QUEUES = ("erasures", "requests", "deliveries")
BRAND = Brand(name="B", url="https://b.example.com", address="1 Main Street", from_address="b@example.com")
NOW = NOON + timedelta(hours=2)
RECEIPT = Template(
    template="receipt",
    category="transactional",
    email=EmailWords(subject="Order {{ message.properties.order }}", html="<p>{{ message.properties.order }}</p>"),
    in_app=InAppWords(title="Order", body="{{ message.properties.order }}"),
)
NEWS = Template(
    template="news",
    topic="offers",
    email=EmailWords(subject="News", html='<a href="{{ unsubscribe_url }}">no more</a>'),
)


@pytest.fixture
def people(profiles_rows, registry_rows, tmp_path, monkeypatch):
    """Ada, with twelve events on two identifiers and a deferred send; the clock stands still two hours after noon."""
    bundle = tmp_path / "workspace.json"
    workspace = Workspace(
        name="w", brand=BRAND, plan=TrackingPlan(), policy=Policy(), journeys=(), templates=(RECEIPT, NEWS)
    )
    bundle.write_text(workspace.to_bundle())
    boto3.client("secretsmanager").create_secret(Name="signing", SecretString='{"keys": ["k"]}')
    location = {"LocationConstraint": "eu-central-1"}
    boto3.client("s3").create_bucket(Bucket="exports", CreateBucketConfiguration=location)
    boto3.client("sesv2").create_email_identity(EmailIdentity="b@example.com")
    boto3.client("events").create_event_bus(Name="segue")
    queues = {name: boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in QUEUES}
    settings = Settings(
        environment="test",
        clock=f"{NOW.isoformat()}@2999-01-01T00:00:00+00:00*1",
        workspace_path=str(bundle),
        profiles_table="Profiles",
        registry_table="Registry",
        bus="segue",
        erasures_queue=queues["erasures"],
        requests_queue=queues["requests"],
        deliveries_queue=queues["deliveries"],
        public_url="https://api.example.com",
        exports_bucket="exports",
        machines_arn="arn:aws:states:eu-central-1:123456789012:stateMachine:segue-test-",
        signing_secret="signing",
    )
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    profiles = DynamoProfiles(profiles_rows)
    views = [an_event("Page Viewed", at=NOON + timedelta(minutes=n), anonymous_id="v") for n in range(10)]
    said = {"traits": {"email": "ada@example.com"}, "context": {"timezone": "Europe/Berlin"}}
    known = [an_event("Identified", at=NOON + timedelta(hours=1), user_id="ada", anonymous_id="v", **said), an_event()]
    absorb([*views, *known], profiles=profiles, notice=lambda _profile, _event: ())
    record = SendRecord(request=a_request(profile_id=ADA), state=SendState.DEFERRED)
    DynamoSends(profiles_rows).take(Step(record=record, was=None, attempt=0, holder=ADA, wake=NOON))
    for function in FUNCTIONS:
        function.wiring.cache_clear()
    deliver.rules.cache_clear()
    yield profiles
    for function in FUNCTIONS:
        function.wiring.cache_clear()
    deliver.rules.cache_clear()


@pytest.fixture
def heard(people) -> Heard:
    """What the API says on the bus."""
    return Heard(api.wiring().bus._client)
