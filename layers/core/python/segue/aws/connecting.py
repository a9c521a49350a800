"""`Calls` on DynamoDB, `CALL#<key>` in the person's partition; and `Caller` over HTTPS, with secrets of one secret."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from segue.aws.table import Row, decode, encode, partition
from segue.journeys.calls import Called, HttpRequest, Unavailable

_PREFIX = "CALL#"
#: A value that was replaced is used no longer than this.
_KEPT_SECONDS = 60.0
#: What may be another answer later.
_LATER = frozenset({408, 425, 429})
_SERVER_ERROR = 500


class DynamoCalls:
    def __init__(self, rows: type[Row]) -> None:
        self._rows = rows

    def get(self, profile_id: str, key: str) -> Called | None:
        try:
            row = self._rows.get(partition(profile_id), f"{_PREFIX}{key}", consistent_read=True)
        except self._rows.DoesNotExist:
            return None
        called: Called = decode(Called, row.doc or "")
        return called

    def keep(self, profile_id: str, called: Called) -> None:
        self._rows(partition(profile_id), f"{_PREFIX}{called.key}", doc=encode(Called, called)).save()


class HttpCaller:
    """`dry`: nobody is called. Redirects are not followed, and no answer is read beyond its status."""

    def __init__(
        self, client: Any, secret_id: str, *, dry: bool, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._secret_id = secret_id
        self._dry = dry
        self._seconds = seconds
        self._known: Mapping[str, str] | None = None
        self._read_at = 0.0
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=3, read=7), retries=False)

    def call(self, request: HttpRequest) -> int | None:
        if self._dry:
            return None
        try:
            answer = self._pool.request(
                request.method,
                request.url,
                body=request.body.encode() if request.body is not None else None,
                headers=dict(request.headers),
                redirect=False,
                preload_content=False,
            )
        except HTTPError as error:
            raise Unavailable from error
        status = int(answer.status)
        answer.release_conn()
        answer.close()
        if status >= _SERVER_ERROR or status in _LATER:
            raise Unavailable(status)
        return status

    def secret(self, name: str) -> str:
        if self._dry:
            return "a-secret"
        if self._known is None or self._seconds() - self._read_at >= _KEPT_SECONDS:
            self._read_at = self._seconds()
            self._known = json.loads(self._client.get_secret_value(SecretId=self._secret_id)["SecretString"])
        return self._known[name]
