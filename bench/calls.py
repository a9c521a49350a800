"""AWS calls and capacity units of each thing that Segue does: counted on moto through the real handlers.

Run: python -m bench.calls. `bench/price.py` makes money of it, docs/scaling-and-cost.md tells both.
"""

import contextlib
import io
import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws

from bench._bill import Bill, billed
from bench.ingest import an_order
from functions.api import handler as api
from functions.decide import handler as decide
from functions.deliver import handler as deliver
from functions.ingest import handler as ingest
from functions.journey import handler as journey
from functions.profile import handler as profile
from functions.release import handler as release
from functions.step import handler as step
from segue.aws.bus import encode_event
from segue.aws.catalog import DynamoCatalog
from segue.aws.profiles import DynamoProfiles
from segue.aws.settings import Settings
from segue.aws.signals import encode_signal
from segue.aws.table import rows
from segue.events.event import Event
from segue.journeys.compile import Site, compile_journey
from segue.journeys.definition import Journey
from segue.journeys.graph import graph_of
from segue.journeys.payloads import Known, end, payload
from segue.profiles.head import Versioned
from segue.profiles.identity import user_profile_id
from segue.profiles.ports import Change, Entry
from segue.profiles.runs import Ended, Run
from segue.profiles.signals import Exit
from segue.workspace.load import load
from tests.builders import NOON, a_profile, an_event

FUNCTIONS = {
    "ingest": ingest,
    "api": api,
    "profile": profile,
    "journey": journey,
    "step": step,
    "decide": decide,
    "deliver": deliver,
    "release": release,
}
KEY = "server-key-0001"
#: A run of win-back of whom nothing is heard.
TO_THE_END = {"1-wait": "timeout", "2-send": "sent", "3-wait_for": "timeout", "4-send": "sent"}
REGION = "eu-central-1"
BERLIN, TOKYO = "Europe/Berlin", "Asia/Tokyo"


@dataclass(frozen=True, slots=True)
class Counted:
    """What one call of a function did, and how many events, signals or requests it worked on."""

    function: str
    bill: Bill
    of: int = 1
    logged: int = 0


def count() -> dict[str, Counted]:
    """By what was done, in the order of an event's way. Deterministic: the clock stands still at a Tuesday noon."""
    here = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, here), mock_aws():
        try:
            return dict(Way(Path(folder)).walk())
        finally:
            forget()


def transitions(name: str, outcomes: dict[str, str]) -> tuple[list[str], Counter[str]]:
    """The states that a run of the journey enters, when its steps end so; and the messages to `step` and `decide`."""
    found = next(each for each in load("workspace").journeys if each.name == name)
    states, at = compiled(found)["States"], "Begin"
    path: list[str] = []
    sent: Counter[str] = Counter()
    while True:
        path.append(at)
        state = states[at]
        if "Arguments" in state:
            sent[state["Arguments"]["QueueUrl"]] += 1
        if state["Type"] in {"Succeed", "Fail"}:
            return path, sent
        at = _next(state, outcomes.get(at.removesuffix("?"), ""))


def compiled(found: Journey) -> dict[str, Any]:
    return compile_journey(found, Site(1, "step", "decide", "connect"))


def _next(state: dict[str, Any], outcome: str) -> str:
    if outcome == "timeout":
        ways = state["Catch"]
        return str(next(way["Next"] for way in ways if way["ErrorEquals"] == ["States.Timeout"]))
    for choice in state.get("Choices", ()):
        if re.search(rf"'{outcome}'", choice["Condition"]):
            return str(choice["Next"])
    return str(state["Next"])


@dataclass
class Way:
    """A stack on moto, and one person after the other on their way through it."""

    folder: Path
    urls: dict[str, str] = field(default_factory=dict)

    def walk(self) -> Iterator[tuple[str, Counted]]:
        self._deploy()
        self._acquaint(*(f"person-{number}" for number in range(10)), "ada", "bo")
        self._acquaint("kim", time_zone=TOKYO)
        self._acquaint("cy", consents={"marketing": False})
        yield from self._events()
        yield from self._run()

    def _events(self) -> Iterator[tuple[str, Counted]]:
        yield "an event, posted alone", self._ingest(1)
        yield "events, posted ten at a time", self._ingest(10)
        yield "an event that triggers nothing, alone", self._profile(an_order_viewed(1, "ada"))
        ten = [an_order_viewed(10 + number, "ada") for number in range(10)]
        yield "ten such events of one person", self._profile(*ten)
        ten = [an_order_viewed(30 + number, f"person-{number}") for number in range(10)]
        yield "ten such events of ten people", self._profile(*ten)
        first = happened("Product Added", user_id="person-0", properties={"product_id": "cd-1001"})
        yield "an event that is told of its product, which nobody named for minutes", self._profile(first)

    def _run(self) -> Iterator[tuple[str, Counted]]:
        yield "an event that begins a run", self._profile(happened("Order Completed", user_id="ada"))
        signals = [body for body in self._taken("signals") if "win-back" in body]
        yield "a run begins", self._sqs("journey", *signals)
        run = self._running("ada")
        yield "wait", self._sqs("step", json.dumps(self._asks(run, "1-wait", "ada")))
        yield from self._send(run, "2-send", "ada", "an e-mail")
        yield "wait_for", self._sqs("step", json.dumps(self._asks(run, "3-wait_for", "ada")))
        yield "an event that wakes or ends a run", self._profile(self._opened())
        yield "a run is woken", self._sqs("journey", *self._taken("signals"))
        yield from self._send(run, "4-send", "ada", "a card in the app")
        yield "a run comes to its end", self._sqs("step", json.dumps(end("completed", self._known(run, "ada"))))
        self._profile(happened("Order Completed", user_id="bo"))
        self._sqs("journey", *self._taken("signals"))
        left = self._running("bo")
        self._sqs("step", json.dumps(self._asks(left, "1-wait", "bo")))
        goal = Exit(profile_id=user_profile_id("bo"), run_id=left.run_id, why=Ended.GOAL, at=NOON)
        yield "a run leaves", self._sqs("journey", encode_signal(goal))
        for person, what in (("kim", "a request is deferred"), ("cy", "a request is dropped")):
            self._profile(happened("Order Completed", user_id=person))
            self._sqs("journey", *self._taken("signals"))
            yield what, self._sqs("decide", json.dumps(self._asks(self._running(person), "2-send", person)))
        yield from self._asked_for()
        yield "a minute of release, one request is due", self._release_one()
        yield "a minute of release, nothing is due", self._call("release", {})

    def _asked_for(self) -> Iterator[tuple[str, Counted]]:
        """Over the API."""
        wish = {"template": "we-miss-you", "profile_id": user_profile_id("ada"), "channel": "email"}
        yield "a message is asked for", self._api("POST /v1/messages", wish | {"category": "transactional"})
        yield "such a message: decided", self._sqs("decide", *self._taken("requests"))
        people = [user_profile_id(f"person-{number % 10}") for number in range(100)]
        many = [wish | {"profile_id": each, "idempotency_key": str(number)} for number, each in enumerate(people)]
        yield (
            "a hundred messages in one call, to ten people",
            self._api("POST /v1/messages/bulk", {"messages": many}, 100),
        )
        yield "a decision is previewed", self._api("POST /v1/decisions/preview", wish)
        while self._taken("requests") or self._taken("deliveries"):
            """They are not what is counted next."""

    def _api(self, route: str, said: dict[str, Any], of: int = 1) -> Counted:
        iam = {"userArn": "arn:aws:iam::123456789012:user/orders"}
        event = {"routeKey": route, "headers": {}, "body": json.dumps(said)}
        return self._call("api", event | {"requestContext": {"authorizer": {"iam": iam}}}, of)

    def _send(self, run: Run, at: str, person: str, what: str) -> Iterator[tuple[str, Counted]]:
        yield f"{what}: decided", self._sqs("decide", json.dumps(self._asks(run, at, person)))
        yield f"{what}: delivered", self._sqs("deliver", *self._taken("deliveries"))

    @staticmethod
    def _opened() -> Event:
        return happened("Email Opened", at=NOON + timedelta(minutes=1), user_id="ada")

    def _release_one(self) -> Counted:
        """The deferred request of kim falls due in the next minute."""
        sends = release.wiring().sends
        (record,) = sends.decided(user_profile_id("kim"))
        sends.wake_again(record, NOON)
        return self._call("release", {})

    def _ingest(self, events: int) -> Counted:
        body = json.dumps({"batch": [an_order(events * 100 + number) for number in range(events)], "writeKey": KEY})
        return self._call("ingest", {"rawPath": "/v1/batch", "headers": {}, "body": body}, of=events)

    def _profile(self, *events: Event) -> Counted:
        details = [{"detail-type": "Event", "detail": json.loads(encode_event(event))} for event in events]
        return self._sqs("profile", *map(json.dumps, details))

    def _sqs(self, function: str, *bodies: str) -> Counted:
        assert bodies, f"nothing came for {function}"
        records = [
            {"messageId": str(number), "body": body, "eventSource": "aws:sqs"} for number, body in enumerate(bodies)
        ]
        return self._call(function, {"Records": records}, of=len(bodies))

    def _call(self, function: str, event: dict[str, Any], of: int = 1) -> Counted:
        handler, written = FUNCTIONS[function], io.StringIO()
        handler.logger.registered_handler.setStream(written)
        with billed() as bill, contextlib.redirect_stdout(written):
            answer = handler.handler(event, context(function))
        assert not answer.get("batchItemFailures"), f"{function} failed: {written.getvalue()}"
        assert answer.get("statusCode", 200) in (200, 202), answer
        return Counted(function, bill, of, len(written.getvalue()))

    def _asks(self, run: Run, at: str, person: str) -> dict[str, Any]:
        """What the run's machine would ask."""
        graph = graph_of(next(each for each in load("workspace").journeys if each.name == "win-back"))
        return payload(graph.nodes[at], graph, self._known(run, person))

    def _known(self, run: Run, person: str) -> Known:
        return Known(
            run_id=run.run_id,
            profile_id=user_profile_id(person),
            at=NOON.isoformat(),
            caused_at=NOON.isoformat(),
            entered_at=NOON.isoformat(),
            token="a-token",
        )

    def _running(self, person: str) -> Run:
        runs = DynamoProfiles(rows("Profiles")).runs(user_profile_id(person)).value.runs.values()
        return next(run for run in runs if run.journey == "win-back")

    def _taken(self, queue: str) -> list[str]:
        sqs = boto3.client("sqs")
        found = sqs.receive_message(QueueUrl=self.urls[queue], MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=self.urls[queue], ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in found]

    def _acquaint(self, *people: str, **given: Any) -> None:
        """Profiles of about 2 KB."""
        traits = {"email": "ada@example.com"} | {f"trait_{number}": f"value {number}" for number in range(19)}
        for person in people:
            known = a_profile(
                user_profile_id(person), user_id=person, traits=traits, at=NOON - timedelta(days=9), **given
            )
            began = Entry(event=happened("Signed Up", user_id=person))
            change = Change(entries=(began,), profiles={known.profile_id: Versioned(known)})
            DynamoProfiles(rows("Profiles")).commit(change)

    def _deploy(self) -> None:
        bundle = self.folder / "workspace.json"
        bundle.write_text(load("workspace").to_bundle())
        for name in ("Profiles", "Registry"):
            make_table(name)
        sqs = boto3.client("sqs")
        self.urls = {
            name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("signals", "requests", "deliveries")
        }
        boto3.client("events").create_event_bus(Name="segue")
        boto3.client("sesv2").create_email_identity(EmailIdentity="hello@shop.example.com")
        secrets = boto3.client("secretsmanager")
        secrets.create_secret(Name="keys", SecretString=json.dumps({"keys": [{"name": "shop", "key": KEY}]}))
        secrets.create_secret(Name="signing", SecretString='{"keys": ["k"]}')
        for each in load("workspace").journeys:
            machine = boto3.client("stepfunctions").create_state_machine(
                name=f"segue-{each.name}",
                definition=json.dumps(compiled(each)),
                roleArn="arn:aws:iam::123456789012:role/machines",
            )
        settings = Settings(
            environment="bench",
            clock=f"{NOON.isoformat()}@2999-01-01T00:00:00+00:00*1",  # stands still
            workspace_path=str(bundle),
            profiles_table="Profiles",
            registry_table="Registry",
            bus="segue",
            signals_queue=self.urls["signals"],
            requests_queue=self.urls["requests"],
            deliveries_queue=self.urls["deliveries"],
            machines_arn=machine["stateMachineArn"].removesuffix(each.name),
            write_keys_secret="keys",
            signing_secret="signing",
            public_url="https://api.example.com",
        )
        os.environ |= settings.to_env()
        forget()
        DynamoCatalog(rows("Registry")).keep(load("workspace").products)
        self._warm()

    def _warm(self) -> None:
        """What a warm function keeps: write keys and signing keys."""
        ingest.wiring().write_keys.find(KEY)
        deliver.wiring().signing_keys.keys()


def forget() -> None:
    """What the functions keep while they are warm, and where they log to."""
    for handler in FUNCTIONS.values():
        handler.wiring.cache_clear()
        handler.logger.registered_handler.setStream(sys.stdout)
    profile.ports.cache_clear()
    step.ports.cache_clear()
    rows.cache_clear()


def an_order_viewed(number: int, person: str) -> Event:
    """An event of everyday size, 0.6 KB, that no journey waits for."""
    return happened(
        "Product Viewed",
        at=NOON + timedelta(seconds=number),
        user_id=person,
        message_id=f"8a6f3f7e-5c2f-4b0a-9d4e-{number:012d}",
        properties={"product_id": f"p-{number}", "price": 12.5, "category": "vinyl", "name": "A record of some length"},
        context={"library": {"name": "analytics.js", "version": "5.2.1"}, "timezone": BERLIN},
    )


def happened(name: str, *, at: datetime = NOON, **given: Any) -> Event:
    """With the client's own time, as the published clients send it; without one an event costs a row more."""
    return an_event(name, at=at, client_time=at, **given)


def context(function: str) -> SimpleNamespace:
    return SimpleNamespace(
        function_name=function,
        memory_limit_in_mb=512,
        invoked_function_arn=f"arn:aws:lambda:{REGION}:123456789012:function:{function}",
        aws_request_id="8a6f3f7e-5c2f-4b0a-9d4e-000000000000",
        get_remaining_time_in_millis=lambda: 30_000,
    )


def make_table(name: str) -> None:
    rows(name).Meta.region = REGION  # type: ignore[attr-defined] # pynamodb's
    rows(name).create_table(billing_mode="PAY_PER_REQUEST")


def main() -> None:
    print(f"{'':48}{'by':9}{'of':>3}{'calls':>7}{'written':>9}{'read':>7}{'log bytes':>11}")
    for what, each in count().items():
        told = f"{each.bill.calls.total():7}{each.bill.written:9.1f}{each.bill.read:7.1f}{each.logged:11}"
        print(f"{what:48}{each.function:9}{each.of:3}{told}   {dict(each.bill.calls)}")
    path, sent = transitions("win-back", TO_THE_END)
    print(f"\na run of win-back to its end: {len(path)} transitions, {dict(sent)}: {' '.join(path)}")


if __name__ == "__main__":
    main()
