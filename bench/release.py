"""How many requests a pass of `release` wakes: AWS calls counted, CPU time of the handler and of all below it measured.

Run: python -m bench.release. Ends with 1 when a minute's pass would wake fewer than the budget.

The handler runs as deployed, with its threads, pynamodb and botocore. Where the bytes would leave the process, rows
that were made before answer at once: it is what a Lambda function pays, without what AWS and the way to it take.
"""

import contextlib
import io
import json
import os
import statistics
import sys
import tempfile
import time
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.httpsession import URLLib3Session

from functions.release import handler as release
from segue.aws.due import place
from segue.aws.settings import Settings
from segue.aws.table import PROFILE, encode, rows
from segue.decisions.decision import Action, Decision, SendRecord, SendState
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.profiles.profile import Profile
from segue.workspace.load import load
from tests.builders import a_profile, a_request

#: Of the example campaign: what falls due at 09:00 for half a million people should be on its way within the hour.
BUDGET = 8_000
DUE, ROUNDS = 2_000, 9
#: What `release` has of its minute: 55 seconds until it is ended, less ten to spare.
SECONDS = 45
NOW = datetime.now(UTC).replace(microsecond=0)


class Rows:
    """As much of DynamoDB and SQS as `release` asks for, each answer made before it is needed."""

    def __init__(self, due: datetime) -> None:
        self.calls: Counter[str] = Counter()
        self.index: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
        self.items: dict[str, bytes] = {}
        for number in range(DUE):
            self._put(a_record(number, due))
        person = _typed({"pk": "P#u-ada", "sk": PROFILE, "doc": encode(Profile, a_profile())})
        self.items[PROFILE] = json.dumps({"Item": {**person, "version": {"N": "1"}}}).encode()
        for bucket in self.index.values():
            bucket.sort()

    def _put(self, record: SendRecord) -> None:
        request, at = record.request, record.due or NOW
        bucket, due = place(at, 9 - request.priority, request.send_id, request.channel)
        keys = {"pk": f"P#{request.profile_id}", "sk": record.key, "due_bucket": bucket, "due": due}
        item = {**keys, "doc": encode(SendRecord, record), "state": record.state.value}
        self.index[bucket].append((due, json.dumps(_typed(keys)).encode()))
        whole = {**_typed(item), "version": {"N": str(record.attempt)}}
        self.items[record.key] = json.dumps({"Item": whole}).encode()

    def answer(self, request: AWSRequest) -> bytes:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        self.calls[operation] += 1
        asked = json.loads(request.body)
        match operation:
            case "Query":
                return self._query(asked)
            case "GetItem":
                return self.items.get(asked["Key"]["sk"]["S"], b"{}")
            case "SendMessage":
                return b'{"MessageId":"00000000-0000-0000-0000-000000000000","MD5OfMessageBody":"0"}'
            case _:
                return json.dumps({"Attributes": asked["Key"]}).encode()

    def _query(self, asked: dict[str, Any]) -> bytes:
        values = sorted(each["S"] for each in asked["ExpressionAttributeValues"].values())
        bucket = next(each for each in values if each.startswith("DUE#"))
        keys = [each for each in values if each != bucket]
        found = self.index.get(bucket, [])
        low = bisect_right(found, (keys[0], b"~"))
        high = low + 1 if asked.get("Limit") == 1 else bisect_right(found, (keys[-1], b"~"))
        items = [row for _, row in found[low:high]]
        return b'{"Count":%d,"ScannedCount":%d,"Items":[%s]}' % (len(items), len(items), b",".join(items))


def a_record(number: int, due: datetime) -> SendRecord:
    decision = Decision(action=Action.DEFER, reason=Reason.OUTSIDE_WINDOW, at=NOW, channel="email", due=due)
    priority = (0, 0, 0, 5)[number % 4]
    request = a_request(f"campaign-{number}.1-send", at=NOW, profile_id=f"u-{number}", priority=priority)
    return SendRecord(request=request, state=SendState.DEFERRED, decisions=(decision,), due=due)


def _typed(item: dict[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"S": value} for name, value in item.items()}


@contextlib.contextmanager
def deployed(rate: str | None, due: datetime) -> Iterator[Rows]:
    kept = Rows(due)

    def send(_session: URLLib3Session, request: AWSRequest) -> AWSResponse:
        body = kept.answer(request)
        return AWSResponse(request.url, 200, {}, SimpleNamespace(stream=lambda: iter([body])))

    queue = "https://sqs.eu-central-1.amazonaws.com/123456789012/q"
    settings = Settings(
        environment="bench", profiles_table="Profiles", requests_queue=queue, deliveries_queue=queue, timers_queue=queue
    )
    here = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-central-1"}
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "workspace.json"
        bundle.write_text(json.dumps({**json.loads(load("workspace").to_bundle()), "policy": policy(rate)}))
        here |= {**settings.to_env(), "SEGUE_WORKSPACE_PATH": str(bundle)}
        with patch.dict(os.environ, here), patch.object(URLLib3Session, "send", send):
            release.wiring.cache_clear()
            rows.cache_clear()
            yield kept
    release.wiring.cache_clear()
    rows.cache_clear()


def policy(rate: str | None) -> Any:
    return Policy.model_validate({"channels": {"email": {"rate": rate}}}).model_dump(mode="json")


def cpu_ms(kept: Rows) -> float:
    """Of one pass, for each request that it woke."""
    context = SimpleNamespace(
        function_name="release",
        memory_limit_in_mb=1769,
        invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:release",
        aws_request_id="1",
        get_remaining_time_in_millis=lambda: 55_000,
    )
    kept.calls.clear()
    started = time.process_time()
    answered = release.handler({}, context)
    took = time.process_time() - started
    assert answered["released"] == DUE, answered
    return took / DUE * 1000


def main() -> int:
    slowest = 0.0
    for what, rate, ahead in (("no rate", None, 10), ("a rate of 1000/s", "1000/s", 1), ("overdue", None, -60)):
        due = NOW + timedelta(minutes=ahead)
        with deployed(rate, due) as kept, contextlib.redirect_stdout(io.StringIO()):
            release.logger.registered_handler.setStream(io.StringIO())
            cpu_ms(kept)
            took = sorted(cpu_ms(kept) for _ in range(ROUNDS))
        middle, each = statistics.median(took), {name: count / DUE for name, count in kept.calls.items()}
        a_minute = SECONDS / middle * 1000
        slowest = max(slowest, took[0])
        print(
            f"release, {what}: {a_minute:,.0f} a minute on one core ({SECONDS / took[-1] * 1000:,.0f} to "
            f"{SECONDS / took[0] * 1000:,.0f}; median of {ROUNDS}), {middle:.2f} ms of CPU each; "
            f"calls each: {', '.join(f'{name} {count:.3g}' for name, count in sorted(each.items()))}; "
            f"budget {BUDGET:,}"
        )
    return 0 if SECONDS / slowest * 1000 >= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
