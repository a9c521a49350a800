"""`WriteKeys` in one secret of Secrets Manager, written as `segue.events.keys.WrittenKeys` says."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from segue.events.keys import WriteKey, WrittenKeys, digest

#: A key that was taken away works no longer than this; one that was added works at once …
_KEPT_SECONDS = 60.0
#: … since an unknown key makes us look again, though not more often than this.
_LOOK_SECONDS = 5.0

_LOG = logging.getLogger(__name__)


class SecretWriteKeys:
    """In memory there are digests only. While Secrets Manager can't be reached, the keys known last hold."""

    def __init__(self, client: Any, secret_id: str, seconds: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._secret_id = secret_id
        self._seconds = seconds
        self._known: Mapping[str, WriteKey] | None = None
        self._read_at = 0.0

    def find(self, key: str) -> WriteKey | None:
        known = self._keys(_KEPT_SECONDS)
        wanted = digest(key)
        return known.get(wanted) or self._keys(_LOOK_SECONDS).get(wanted)

    def _keys(self, no_older_than: float) -> Mapping[str, WriteKey]:
        now = self._seconds()
        if self._known is not None and now - self._read_at < no_older_than:
            return self._known
        self._read_at = now
        try:
            secret = self._client.get_secret_value(SecretId=self._secret_id)["SecretString"]
            self._known = WrittenKeys.parse(secret).by_digest()
        except Exception as error:
            if self._known is None:
                raise
            _LOG.warning("write keys could not be read again, the last known ones hold: %s", type(error).__name__)
        return self._known
