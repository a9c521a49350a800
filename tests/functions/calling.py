"""The API for services and tools as API Gateway calls it: a recorded call, and what docs/api.md shows."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

from functions.api import handler as api
from segue.profiles.identity import user_profile_id

ROOT = Path(__file__).parents[2]
RECORDED = json.loads((ROOT / "tests" / "events" / "api_gateway_v2_iam.json").read_text())
ADA = user_profile_id("ada")
CALLER = RECORDED["requestContext"]["authorizer"]["iam"]["userArn"]
CONTEXT = SimpleNamespace(
    function_name="f",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:f",
    aws_request_id="1",
    get_remaining_time_in_millis=lambda: 30_000,
)


def call(
    route: str,
    *,
    id_: str | None = None,
    query: dict | None = None,
    body: object = None,
    caller: str | None = CALLER,
    key: str | None = None,
    text: str | None = None,
):
    """Status and body of the answer. `text` is a body as it is; `key` goes into the header Idempotency-Key."""
    event = json.loads(json.dumps(RECORDED)) | {"routeKey": route, "body": text or (body and json.dumps(body))}
    event["requestContext"]["authorizer"] = {"iam": {"userArn": caller}} if caller else None
    if key is not None:
        event["headers"]["idempotency-key"] = key
    if id_:
        event["pathParameters"] = {"id": id_}
    if query:
        event["queryStringParameters"] = query
    answered = api.handler(event, CONTEXT)
    return answered["statusCode"], json.loads(answered["body"])


def shown_in_docs() -> dict[str, list[dict]]:
    """The blocks of JSON under each heading."""
    sections = re.split(r"^## ", (ROOT / "docs" / "api.md").read_text(), flags=re.MULTILINE)[1:]
    found = {}
    for section in sections:
        heading = section.partition("\n")[0]
        found[heading] = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", section, re.DOTALL)]
    return found


DOCS = shown_in_docs()
