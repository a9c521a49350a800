"""A call of a service or a tool to the API, which API Gateway has let in by IAM: who calls, and what is asked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from segue.aws.http import body, header
from segue.decisions.policy import CHANNELS
from segue.decisions.reasons import Reason
from segue.meant import meant
from segue.messages.wish import fit_key
from segue.misfit import in_words
from segue.profiles import cursor
from segue.profiles.cursor import Span
from segue.profiles.showing import WantedDecisions, WantedSpan

T = TypeVar("T", bound=BaseModel)

#: Each day of a look over all people costs eight queries.
MOST_DAYS = 31

#: What a path names is shorter; DynamoDB refuses to look for a key of more than a KB.
MOST_LETTERS = 200
_MOST_KEY_BYTES = 1024


class Refused(Exception):
    """Answered as `{"code", "message"}` with this status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Search(BaseModel):
    """Whom: `{"namespace": "email", "value": "ada@example.com"}`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    namespace: str = Field(min_length=1, max_length=64)
    value: str = Field(min_length=1, max_length=1024)


class Unlinking(Search):
    """Which identifier is not this person's, and why; the reason stands in their timeline."""

    reason: str = Field(min_length=3, max_length=200)


class Why(BaseModel):
    """Of an erasure. It is kept with the receipt, so it says nothing of the person."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    reason: str = Field(min_length=3, max_length=200)


class Ending(WantedSpan):
    """Of whatever ended with a reason: of the last day before `until`, if nothing is said."""

    reason: Reason

    def place(self, now: datetime) -> tuple[Span, str]:
        """Of which span all the pages are, the first one's, and where in it this one begins. Raise `Refused`."""
        span, before = _place(self.cursor) if self.cursor else (self._span(now), "")
        if not timedelta() < span[1] - span[0] <= timedelta(days=MOST_DAYS):
            raise Refused(400, "bad_request", f"since: is at most {MOST_DAYS} days before until, or before now")
        return span, before

    def _span(self, now: datetime) -> Span:
        until = self.until or now
        return self.since or until - timedelta(days=1), until


def _channel(name: str) -> str:
    if name not in CHANNELS:
        raise ValueError(f"there is none of this name; {meant(name, CHANNELS)}")
    return name


class OfPerson(WantedDecisions):
    """With a reason and a channel that there are: of another, nothing would ever be found."""

    reason: Reason | None = None
    channel: Annotated[str, AfterValidator(_channel)] | None = None


def after(page_ends: str, span: Span) -> str:
    """The cursor to what comes after a page of the `Ended`."""
    at, _, id_ = page_ends.partition("#")
    return cursor.write((datetime.fromisoformat(at), id_), span)


def _place(written: str) -> tuple[Span, str]:
    (at, id_), span = cursor.read_with_span(written)
    before = f"{at.isoformat(timespec='milliseconds')}#{id_}"
    if len(before.encode()) > _MOST_KEY_BYTES:
        raise cursor.BadCursor
    return span, before


@dataclass(frozen=True)
class Call:
    """`event` as an HTTP API writes it, payload format 2.0."""

    event: Mapping[str, Any]

    @cached_property
    def caller(self) -> str:
        """The ARN of whoever signed the call. Raise `Refused` where none did: the route then lacks its authorizer."""
        authorizer = self.event["requestContext"].get("authorizer") or {}
        arn = (authorizer.get("iam") or {}).get("userArn")
        if not arn:
            raise Refused(403, "forbidden", "the call is not signed by an identity of AWS")
        return str(arn)

    @property
    def principal(self) -> str:
        """The caller, whatever the session: a retry comes from the same role, and perhaps another function."""
        who, role, session = self.caller.rpartition("/")
        return who if ":assumed-role/" in who else f"{who}{role}{session}"

    @property
    def id(self) -> str:
        """Of what the path names. Raise `Refused` where nothing can be of this name."""
        id_ = str(self.event["pathParameters"]["id"])
        if len(id_) > MOST_LETTERS:
            raise Refused(404, "not_found", "there is nothing of such a long name")
        return id_

    @cached_property
    def key(self) -> str | None:
        """The header `Idempotency-Key`, with or without the quotes that a structured header has. Raise `Refused`.

        An empty one is none of the caller's wish, but of a mistake: it would be sent again with each try.
        """
        given = header(self.event, "idempotency-key")
        if given is None:
            return None
        said = given.strip()
        try:
            return fit_key(said[1:-1] if len(said) > 1 and said[0] == said[-1] == '"' else said)
        except ValueError as error:
            raise Refused(400, "bad_request", f"Idempotency-Key: {error}") from None

    def said(self, most_bytes: int) -> dict[str, Any]:
        """The body as an object. Raise `Refused`."""
        text = body(self.event)
        if len(text) > most_bytes:
            raise Refused(413, "too_large", f"the body is larger than {most_bytes // 1024} KB")
        said = _json(text)
        if not isinstance(said, dict):
            raise Refused(400, "bad_request", "the body is no JSON object")
        return said

    def query(self, kind: type[T]) -> T:
        return read(kind, self.event.get("queryStringParameters") or {}, "the query")

    def body(self, kind: type[T]) -> T:
        """JSON; where there is none, what the query says."""
        text = body(self.event)
        if not text:
            return self.query(kind)
        return read(kind, _json(text), "the body")


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(400, "bad_request", "the body is not JSON") from None


def read(kind: type[T], said: Any, what: str) -> T:
    """`what` it is. Raise `Refused`."""
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        wrong = in_words(error, kind, said)
        raise Refused(400, "bad_request", f"{what} is not as it should be: {wrong}") from None
