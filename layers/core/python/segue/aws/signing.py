"""`SigningKeys` in Secrets Manager: `{"keys": ["newest", "older"]}`, so that a new key does not break sent links.

The `seed` that the infrastructure makes with the secret is the oldest key: nobody has to put one in to begin with.
"""

import json
import time
from typing import Any

#: After a rotation every function signs with the new key within this time; both are read meanwhile.
_FRESH_SECONDS = 300


class SecretSigningKeys:
    def __init__(self, client: Any, secret_id: str) -> None:
        self._client = client
        self._secret_id = secret_id
        self._keys: tuple[str, ...] = ()
        self._read_at = 0.0

    def keys(self) -> tuple[str, ...]:
        """Raise `ValueError` when the secret holds none."""
        if not self._keys or time.monotonic() - self._read_at > _FRESH_SECONDS:
            said = json.loads(self._client.get_secret_value(SecretId=self._secret_id)["SecretString"])
            keys = [*said.get("keys", ()), *([said["seed"]] if "seed" in said else ())]
            if not keys or not all(isinstance(key, str) and key for key in keys):
                raise ValueError('the signing secret must be {"keys": ["newest", "older", …]}')
            self._keys, self._read_at = tuple(keys), time.monotonic()
        return self._keys
