"""Events of other systems through the deployed stack: by the rule of their source to the person's profile.

`local.` stands in for AWS in front of a source's name, since the emulator, like AWS, lets nobody speak in its name.
"""

import copy
import gzip
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from segue.aws.imports import INCOMING, summary_key
from segue.profiles.identity import user_profile_id
from tests.e2e.conftest import Local, eventually
from tests.e2e.test_operations import segue

EVENTS = Path(__file__).parents[1] / "events"


def recorded(name: str) -> dict[str, Any]:
    return json.loads((EVENTS / f"{name}.json").read_text())


def put(local: Local, event: dict[str, Any]) -> None:
    entry = {
        "Source": f"local.{event['source']}",
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"]),
        "EventBusName": "default",
    }
    assert local.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def upload(local: Local, name: str, content: bytes) -> str:
    key = f"{INCOMING}{uuid4().hex}/{name}"
    local.client("s3").put_object(Bucket=local.deployed.outputs["ImportsBucket"], Key=key, Body=content)
    return key


def summary(local: Local, key: str) -> dict[str, Any]:
    s3, bucket = local.client("s3"), local.deployed.outputs["ImportsBucket"]

    def look() -> bytes | None:
        found = s3.list_objects_v2(Bucket=bucket, Prefix=summary_key(key)).get("Contents")
        return found and s3.get_object(Bucket=bucket, Key=summary_key(key))["Body"].read()

    return json.loads(eventually(look))


def rejected(local: Local, sign: str) -> dict[str, Any] | None:
    table = local.client("dynamodb").scan(TableName=local.deployed.outputs["RegistryTable"])["Items"]
    found = [item["doc"]["S"] for item in table if item["pk"]["S"].startswith("REJECTED#")]
    return next((json.loads(doc) for doc in found if sign in doc), None)


def test_an_order_of_the_web_shop_reaches_the_profile_once(local: Local) -> None:
    event = recorded("shopify_order_created")
    event["detail"]["payload"]["customer"]["id"] = customer = f"shop-{uuid4().hex[:8]}"

    put(local, event)
    put(local, event)

    profile = eventually(
        lambda: (found := local.find(customer)) and "Order Completed" in found.whole.events and found, within=60
    )
    eventually(lambda: local.waiting("SourcesQueueUrl") + local.waiting("EventsQueueUrl") == 0)
    profile = local.find(customer)
    assert profile.whole.events["Order Completed"].count == 1
    assert profile.whole.traits["email"].value == "ada@example.com"


def test_a_hard_bounce_silences_the_person_and_a_soft_one_does_not(local: Local) -> None:
    people = {kind: f"bounce-{kind}-{uuid4().hex[:8]}" for kind in ("Permanent", "Transient")}
    for user in people.values():
        local.post("/v1/identify", {"userId": user, "traits": {"email": f"{user}@example.com"}})
        eventually(lambda user=user: local.find(user))

    for kind, user in people.items():
        event = copy.deepcopy(recorded("ses_bounced"))
        event["detail"]["bounce"]["bounceType"] = kind
        event["detail"]["mail"]["tags"] |= {
            "profile_id": [user_profile_id(user)],
            "ses:configuration-set": ["segue-local"],
        }
        put(local, event)

    for user in people.values():
        eventually(lambda user=user: "Email Bounced" in local.find(user).whole.events)
    assert "email" in local.find(people["Permanent"]).whole.suppressions
    assert local.find(people["Transient"]).whole.suppressions == {}


def test_what_cannot_be_mapped_is_kept_and_mapped_again_on_demand(local: Local) -> None:
    event = recorded("stripe_subscription_created")
    event["detail"]["id"] = f"evt_{uuid4().hex}"
    event["detail"]["data"]["object"]["metadata"] = {}

    put(local, event)
    kept = eventually(lambda: rejected(local, event["detail"]["id"]))
    told = segue(local, "replay", "--rejected")

    assert kept["payload"]["detail"] == event["detail"]
    assert told.returncode == 0, told.stderr
    assert "of cloud sources are mapped again" in told.stdout


def test_a_file_of_events_is_taken_in_with_its_own_times_and_its_bad_lines_are_kept(local: Local) -> None:
    user = f"imported-{uuid4().hex[:8]}"
    calls = [
        {"type": "track", "event": "Order Completed", "userId": user, "timestamp": f"2025-01-{day:02}T10:00:00Z",
         "properties": {"order_id": str(day)}}
        for day in range(1, 29)
    ]  # fmt: skip
    lines = [json.dumps(call) for call in calls]
    lines.insert(3, f'{{"userId": "{user}", broken')

    plain = upload(local, "orders.jsonl", "\n".join(lines).encode())
    packed = upload(local, "orders.jsonl.gz", gzip.compress(lines[0].encode()))

    assert (summary(local, plain)["accepted"], summary(local, plain)["rejected"]) == (28, 1)
    assert summary(local, packed)["accepted"] == 1
    eventually(lambda: (found := local.find(user)) and found.whole.events["Order Completed"].count == 29)
    seen = local.find(user).whole.events["Order Completed"]
    assert (seen.first.isoformat(), seen.last.isoformat()) == ("2025-01-01T10:00:00+00:00", "2025-01-28T10:00:00+00:00")
    sign = f'{user}\\", broken'  # as it stands in the JSON of what was kept
    assert eventually(lambda: rejected(local, sign))["violations"][0]["field"] == "line 4"


def test_the_command_uploads_a_file_and_says_what_became_of_it(local: Local, tmp_path: Path) -> None:
    user = f"commanded-{uuid4().hex[:8]}"
    file = tmp_path / "calls.jsonl"
    file.write_text(json.dumps({"type": "identify", "userId": user, "traits": {"first_name": "Ada"}}) + "\nnonsense\n")

    told = segue(local, "import", str(file), "--wait", "1")

    assert told.returncode == 0, told.stderr
    assert "1 events of 2 lines taken in, 1 rejected" in told.stdout
    eventually(lambda: local.find(user))
