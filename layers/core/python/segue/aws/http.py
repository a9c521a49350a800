"""API Gateway's HTTP API, payload format 2.0: what a call says, and how it is answered."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

Answer = dict[str, Any]

JSON = {"Content-Type": "application/json", "Cache-Control": "no-store"}


def header(event: Mapping[str, Any], name: str) -> str | None:
    """Header names arrive in lower case from API Gateway, but not from everything that stands in for it."""
    for said, value in (event.get("headers") or {}).items():
        if said.lower() == name.lower():
            return str(value)
    return None


def headers(event: Mapping[str, Any]) -> dict[str, str]:
    """All of them, by their names in lower case."""
    return {name.lower(): str(value) for name, value in (event.get("headers") or {}).items()}


def body(event: Mapping[str, Any]) -> bytes:
    """The bytes as the client sent them; empty when there are none, or when what is marked as base64 is not."""
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(text).encode(errors="surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def answer(status: int, said: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
    """In JSON, which nobody on the way may keep."""
    return {"statusCode": status, "headers": {**JSON, **(headers or {})}, "body": json.dumps(said)}
