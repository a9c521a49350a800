"""What an event costs in the ingest function: CPU on this machine and AWS calls, with botocore but without the network.

Run: python -m bench.ingest. Ends with 1 when the budget of DESIGN.md section 12 is exceeded.
"""

import base64
import contextlib
import gzip
import io
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from botocore.awsrequest import AWSResponse

from functions.ingest import handler as ingest
from segue.aws.settings import Settings
from segue.events.keys import WrittenKeys
from segue.events.merge import all_over
from segue.events.plan import TrackingPlan
from segue.memory.write_keys import MemoryWriteKeys
from segue.workspace.base_plans import base_plan

BUDGET_US = 150
BUDGETED = ("100 events", "100 events, gzip")
KEY = "server-key-0001"
CONTEXT = SimpleNamespace(
    function_name="ingest", memory_limit_in_mb=1024, invoked_function_arn="arn:aws:lambda:x", aws_request_id="1"
)
#: The plan that comes with Segue, and one that asks for all that can be asked for.
PLAN = {
    "unknown_events": "reject",
    "unknown_properties": "warn",
    "extends": ["segment-ecommerce", "segment-email", "segment-mobile", "segment-push", "segment-b2b-saas"],
    "events": [{"name": "Order Completed", "properties": {"currency": {"enum": ["EUR", "USD"]}}}],
}


def an_order(number: int) -> dict[str, Any]:
    product = {"product_id": "507f1f77", "sku": "G-32", "name": "A record of some length", "price": 12.5, "quantity": 1}
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": f"8a6f3f7e-5c2f-4b0a-9d4e-{number:012d}",
        "userId": f"person-{number}",
        "anonymousId": f"visitor-{number}",
        "timestamp": "2026-03-10T13:00:00.123Z",
        "properties": {"order_id": str(number), "total": 37.5, "currency": "EUR", "products": [product] * 3},
        "context": {"library": {"name": "analytics-python", "version": "2.3.4"}, "timezone": "Europe/Berlin"},
    }


def an_order_of_a_known_person(number: int, **traits: str) -> dict[str, Any]:
    """It names them by more than `userId`: an e-mail address, a device, a phone number."""
    order = an_order(number)
    device = {"type": "ios", "id": f"device-{number}", "token": f"token-{number}"}
    return order | {"context": order["context"] | {"traits": traits, "device": device}}


def with_address(number: int) -> dict[str, Any]:
    return an_order_of_a_known_person(number, email=f"Person.{number}@Example.com")


def with_address_and_number(number: int) -> dict[str, Any]:
    return an_order_of_a_known_person(number, email=f"Person.{number}@Example.com", phone=f"+4915123{number:06d}")


def a_post(events: int, made: Callable[[int], dict[str, Any]] = an_order, *, packed: bool = False) -> dict[str, Any]:
    batch = {
        "batch": [made(number) for number in range(events)],
        "sentAt": "2026-03-10T13:00:01.123Z",
        "writeKey": KEY,
    }
    body = json.dumps(batch)
    call: dict[str, Any] = {"rawPath": "/v1/batch", "headers": {}, "body": body, "isBase64Encoded": False}
    if packed:
        call |= {"body": base64.b64encode(gzip.compress(body.encode())).decode(), "isBase64Encoded": True}
        call["headers"] = {"content-encoding": "gzip"}
    return call


def the_plan() -> TrackingPlan:
    own = TrackingPlan.model_validate(PLAN)
    return all_over([*(base_plan(name) for name in own.extends), own])


class Taken:
    """Answers PutEvents in the network's place."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, request: Any, **_: Any) -> AWSResponse:
        self.calls += 1
        entries = [{"EventId": "1"}] * len(json.loads(request.body)["Entries"])
        body = json.dumps({"FailedEntryCount": 0, "Entries": entries}).encode()
        answered = AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.1"}, io.BytesIO(body))
        answered._content = body  # noqa: SLF001 - there is no socket to read it from
        return answered


def wire(folder: str) -> Taken:
    bundle = Path(folder) / "workspace.json"
    bundle.write_text(json.dumps({"plan": json.loads(the_plan().model_dump_json(exclude_defaults=True))}))
    os.environ |= Settings(environment="bench", workspace_path=str(bundle), bus="segue-bench").to_env()
    wiring, taken = ingest.wiring(), Taken()
    keys = WrittenKeys.model_validate({"keys": [{"name": "shop", "key": KEY}]})
    wiring.__dict__["write_keys"] = MemoryWriteKeys(keys)
    ingest.logger.registered_handler.setStream(io.StringIO())
    wiring.bus._client.meta.events.register("before-send.events.PutEvents", taken)  # noqa: SLF001
    return taken


def cpu_us(call: dict[str, Any], times: int) -> float:
    began = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        for _ in range(times):
            assert ingest.handler(call, CONTEXT)["statusCode"] == 200
    return (time.process_time() - began) / times * 1e6


def main() -> bool:
    fine = True
    with tempfile.TemporaryDirectory() as folder:
        taken = wire(folder)
        print(f"{'call':24}{'CPU us/event':>14}{'from':>8}{'to':>8}{'PutEvents':>11}")
        for name, call, events in (
            ("1 event", a_post(1), 1),
            ("100 events", a_post(100), 100),
            ("100 events, gzip", a_post(100, packed=True), 100),
            ("100 with address", a_post(100, with_address), 100),
            ("100 with phone too", a_post(100, with_address_and_number), 100),
        ):
            times = max(1, 1000 // events)
            cpu_us(call, 3)
            taken.calls = 0
            each = [cpu_us(call, times) / events for _ in range(7)]
            median = statistics.median(each)
            over = name in BUDGETED and median > BUDGET_US
            fine &= not over
            calls = taken.calls / (7 * times)
            print(
                f"{name:24}{median:14.0f}{min(each):8.0f}{max(each):8.0f}{calls:11.0f}{'  OVER BUDGET' if over else ''}"
            )
    return fine


if __name__ == "__main__":
    os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-central-1"}
    sys.exit(not main())
