"""A person is erased through the deployed stack while events of theirs are in flight, and looked for everywhere after.

Everywhere: every table, queue, bucket, execution and log group that the emulator holds.
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from segue.decisions.decision import SendState
from segue.local.emulator import REGION
from segue.profiles.erase import SETTLED
from segue.profiles.identity import user_profile_id
from tests.e2e.conftest import Local, eventually
from tests.e2e.test_journeys import execution_of, run_at, status, track
from tests.e2e.test_messages import ask, records, where_it_is, wish


def signed(local: Local, method: str, path: str, body: Any = None) -> httpx.Response:
    """As a service calls: SigV4, by its credentials."""
    given = local.running.credentials
    keys = Credentials(given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"])
    text = json.dumps(body) if body is not None else ""
    request = AWSRequest(method, f"{local.deployed.api}{path}", data=text, headers={"Content-Type": "application/json"})
    SigV4Auth(keys, "execute-api", REGION).add_auth(request)
    return httpx.request(method, request.url, content=text, headers=dict(request.headers), timeout=60)


def everything_kept(local: Local) -> Iterator[tuple[str, str]]:
    """Where it is, and what is there."""
    dynamodb, sqs, s3 = local.client("dynamodb"), local.client("sqs"), local.client("s3")
    for table in dynamodb.list_tables()["TableNames"]:
        for page in dynamodb.get_paginator("scan").paginate(TableName=table):
            for row in page["Items"]:
                yield f"{table} {row['pk']['S']} {row['sk']['S']}", json.dumps(row)
    for url in sqs.list_queues().get("QueueUrls", []):
        held = httpx.get(f"{local.running.url}/_ministack/sqs/messages", params={"QueueUrl": url}).text
        yield url, held
    for bucket in s3.list_buckets()["Buckets"]:
        if "cdk-" in bucket["Name"]:
            continue
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for each in page.get("Contents", ()):
                text = s3.get_object(Bucket=bucket["Name"], Key=each["Key"])["Body"].read().decode(errors="replace")
                yield f"{bucket['Name']}/{each['Key']}", f"{each['Key']} {text}"
    yield from _executions(local)
    yield from _logs(local)


def _executions(local: Local) -> Iterator[tuple[str, str]]:
    machines = local.client("stepfunctions")
    for machine in machines.list_state_machines()["stateMachines"]:
        for page in machines.get_paginator("list_executions").paginate(stateMachineArn=machine["stateMachineArn"]):
            for each in page["executions"]:
                described = machines.describe_execution(executionArn=each["executionArn"])
                yield each["executionArn"], f"{described['input']} {described.get('output')}"


def _logs(local: Local) -> Iterator[tuple[str, str]]:
    logs = local.client("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
            for event in page["events"]:
                yield group["logGroupName"], event["message"]


def where(local: Local, words: tuple[str, ...]) -> list[str]:
    return [place for place, text in everything_kept(local) for word in words if word in text]


class Person:
    """Everything by which they would be known again."""

    def __init__(self) -> None:
        mark = uuid4().hex[:10]
        self.user, self.visitor = f"user-{mark}", f"visitor-{mark}"
        self.email, self.street = f"mail-{mark}@example.com", f"{mark} Main Street"
        self.profile_id = user_profile_id(self.user)
        self.execution = ""

    @property
    def words(self) -> tuple[str, ...]:
        return (self.user, self.visitor, self.email, self.street)

    def introduce(self, local: Local, hour: int) -> None:
        consent = {"categoryPreferences": {"marketing": True}}
        said = {
            "userId": self.user,
            "anonymousId": self.visitor,
            "traits": {"email": self.email, "street": self.street},
            "context": {"timezone": where_it_is(hour, local.clock.now()), "consent": consent},
        }
        assert local.post("/v1/identify", said).status_code == 200
        local.post("/v1/page", {"anonymousId": self.visitor, "name": self.street})
        local.post("/v1/batch", {"batch": [{"type": "track", "userId": self.user, "event": "Order Completed"}]})
        eventually(lambda: local.find(self.visitor))


def test_an_erased_person_is_nowhere_and_does_not_come_back(local: Local) -> None:
    person = Person()
    live_a_life(local, person)
    before = where(local, person.words)

    asked, receipt = erase_while_more_comes(local, person)
    done = eventually(lambda: complete(local, receipt), within=SETTLED.total_seconds() + 60)
    quiet(local)

    assert len(before) > 5
    assert asked == 202
    assert {"timeline rows", "decisions", "deferred sends", "inbox cards", "rejected events"} <= done["deleted"].keys()
    assert done["deleted"]["runs"] >= 1
    assert where(local, person.words) == []
    described = local.client("stepfunctions").describe_execution(executionArn=person.execution)
    assert described["status"] == "ABORTED"

    import_again(local, person)
    quiet(local)

    assert where(local, person.words) == []
    answered = signed(local, "GET", f"/v1/profiles?namespace=user_id&value={person.user}")
    assert (answered.status_code, answered.json()["code"]) == (404, "erased")
    assert signed(local, "DELETE", f"/v1/profiles/{person.profile_id}", {"reason": "again"}).status_code == 200


def test_a_device_is_unlinked_and_an_address_of_two_people_is_erased_with_one_of_them(local: Local) -> None:
    """Documents of others are written too: of whom the device was taken, and of who shares the address."""
    ada, bob = Person(), Person()
    bob.email = ada.email
    ada.introduce(local, hour=12)
    bob.introduce(local, hour=12)

    wanted = {"namespace": "anonymous_id", "value": ada.visitor, "reason": "a shared tablet"}
    unlinked = signed(local, "POST", f"/v1/profiles/{ada.profile_id}/unlink", wanted)
    assert unlinked.status_code == 200, unlinked.text
    assert known(local, ada.visitor) == unlinked.json()["unlinked"] != ada.profile_id

    asked = signed(local, "DELETE", f"/v1/profiles/{ada.profile_id}", {"reason": "asked by letter"})
    assert asked.status_code == 202, asked.text
    eventually(lambda: complete(local, asked.json()["receipt_id"]), within=SETTLED.total_seconds() + 60)
    assert known(local, bob.user) == bob.profile_id


def known(local: Local, name: str) -> str | None:
    found = local.find(name)
    return found.profile_id if found else None


def live_a_life(local: Local, person: Person) -> None:
    """Events, a waiting run, a card, a send that is deferred to the morning, an export, a rejected event."""
    person.introduce(local, hour=22)
    track(local, person.user, "Order Completed", order_id=person.street)
    more = [{"type": "page", "userId": person.user, "anonymousId": f"{person.visitor}-{number}"} for number in range(8)]
    assert local.post("/v1/batch", {"batch": more}).status_code == 200  # more devices than a profile has
    run = run_at(local, person.profile_id, "win-back", "1-wait")
    assert status(local, run) == "RUNNING"
    ask(local, [wish(local, person.profile_id, f"{person.profile_id}-1"), wish(local, person.profile_id, "c", "inbox")])
    states = {SendState.DEFERRED, SendState.SENT}
    eventually(lambda: states <= {each.state for each in records(local, person.profile_id)}, within=60)
    found = signed(local, "POST", "/v1/profiles/search", {"namespace": "user_id", "value": person.user})
    assert found.json()["traits"]["email"] == person.email
    local.client("s3").put_object(
        Bucket=local.deployed.outputs["ExportsBucket"], Key=f"{person.profile_id}/1.json", Body=person.email.encode()
    )
    person.execution = execution_of(local, run)


def erase_while_more_comes(local: Local, person: Person) -> tuple[int, str]:
    said = {"userId": person.user, "anonymousId": person.visitor, "traits": {"email": person.email}}
    with ThreadPoolExecutor(4) as threads:
        sent = [threads.submit(local.post, "/v1/identify", said) for _ in range(40)]
        answered = signed(local, "DELETE", f"/v1/profiles/{person.profile_id}", {"reason": "asked by letter"})
        assert {each.result().status_code for each in sent} == {200}
    return answered.status_code, answered.json()["receipt_id"]


def complete(local: Local, receipt: str) -> dict[str, Any] | None:
    said: dict[str, Any] = signed(local, "GET", f"/v1/erasures/{receipt}").json()
    return said if said["state"] == "complete" else None


def import_again(local: Local, person: Person) -> None:
    said = {"userId": person.user, "anonymousId": person.visitor, "traits": {"email": person.email}}
    assert local.post("/v1/identify", said).status_code == 200
    bad = {"type": "track", "userId": person.user, "event": "Order Completed"}
    local.post("/v1/batch", {"batch": [bad, {"type": "page", "anonymousId": person.visitor, "name": person.street}]})


def quiet(local: Local) -> None:
    """Until nothing has been on its way for a while: what is on the bus comes late.

    But for the queue of requests: it holds the wake-up of the deferred send back, ids only, until its hour.
    """
    calm = 0
    while calm < 10:
        on_the_way = (local.waiting(f"{name}QueueUrl") for name in ("Events", "Signals", "Steps", "Deliveries"))
        calm = 0 if any(on_the_way) else calm + 1
        time.sleep(0.3)
