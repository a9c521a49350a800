"""An HTTP call in the Segment API's shape, unwrapped to the calls that it carries."""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segue.events.event import EventType
from segue.events.json_text import NotJson, parsed
from segue.events.times import parse_time
from segue.events.weight import weigh

#: The Segment API's limits.
MOST_BYTES = 500 * 1024
MOST_EVENT_BYTES = 32 * 1024

#: The last part of the path, in the long form and in the short one that browser clients use. `None` is a batch.
CALLS: Mapping[str, EventType | None] = {
    "track": "track",
    "identify": "identify",
    "page": "page",
    "screen": "screen",
    "group": "group",
    "alias": "alias",
    "batch": None,
    "t": "track",
    "i": "identify",
    "p": "page",
    "s": "screen",
    "g": "group",
    "a": "alias",
    "b": None,
}


class Refused(Exception):
    """The whole call is refused. `status` is HTTP's, `code` is for programs; the message names the field."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`body` is as it came over the wire, perhaps compressed. `headers` have their names in lower case."""

    path: str
    body: bytes
    authorization: str | None = None
    encoding: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def type(self) -> EventType | None:
        """The type that the path gives its call; `None` for a batch."""
        last = self.path.rstrip("/").rpartition("/")[2]
        if last not in CALLS:
            raise Refused(404, "not_found", f"there is no {last!r}; try one of {', '.join(CALLS)}")
        return CALLS[last]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The calls of one request, not yet looked at, and what they share.

    `context` and `sent_at` belong to a batch; a single call carries its own. `digest` is the body's, the same in a
    byte-by-byte retry.
    """

    calls: tuple[Any, ...]
    digest: str
    context: Mapping[str, Any] = field(default_factory=dict)
    sent_at: Any = None
    single: bool = False


def unpack(request: Request) -> dict[str, Any]:
    """The body as an object. Raise `Refused` with 400 or 413."""
    try:
        body = parsed(_unzipped(request))
    except NotJson as error:
        raise Refused(400, "invalid_json", f"body: is {error}") from None
    if not isinstance(body, dict):
        raise Refused(400, "invalid_request", "body: must be a JSON object")
    return body


def open_envelope(request: Request, body: dict[str, Any]) -> Envelope:
    """Raise `Refused` with 400 when the batch itself is malformed; what is wrong with one call is found later."""
    digest = hashlib.sha256(request.body).hexdigest()
    if request.type is not None:
        call = {name: value for name, value in body.items() if name != "writeKey"} | {"type": request.type}
        return Envelope(calls=(call,), digest=digest, single=True)
    calls = body.get("batch")
    if not isinstance(calls, list):
        raise Refused(400, "invalid_request", "batch: must be an array of events")
    context = body.get("context")
    if context is not None and not isinstance(context, dict):
        raise Refused(400, "invalid_request", "context: must be an object")
    weight = weigh(context or {})
    if weight.flaw:
        raise Refused(400, "invalid_request", f"context: {weight.flaw}")
    if weight.size > MOST_EVENT_BYTES:
        raise Refused(413, "too_large", f"context: is larger than {MOST_EVENT_BYTES // 1024} KB")
    try:
        parse_time(body.get("sentAt"))
    except ValueError as error:
        raise Refused(400, "invalid_request", f"sentAt: {error}") from None
    return Envelope(calls=tuple(calls), digest=digest, context=context or {}, sent_at=body.get("sentAt"))


def _unzipped(request: Request) -> bytes:
    if len(request.body) > MOST_BYTES:
        raise _too_large()
    match request.encoding.strip().lower():
        case "" | "identity":
            return request.body
        case "gzip" | "x-gzip":
            inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        case other:
            raise Refused(400, "invalid_request", f"Content-Encoding: {other!r} is not understood, only gzip")
    try:
        body = inflate.decompress(request.body, MOST_BYTES + 1)
    except zlib.error:
        raise Refused(400, "invalid_request", "body: is not gzip, though Content-Encoding says so") from None
    if len(body) > MOST_BYTES:
        raise _too_large()
    if not inflate.eof:
        raise Refused(400, "invalid_request", "body: the gzip data is cut off")
    return body


def _too_large() -> Refused:
    return Refused(413, "too_large", f"body: is larger than {MOST_BYTES // 1024} KB")
