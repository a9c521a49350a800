"""Whether somebody may say who they are: a browser key is public, so its word needs a hash that only a server can make.

`HMAC-SHA256(secret, "<namespace>:<value>")` in hex, in `context.identity_verification.<namespace>`. The namespace is
part of what is signed, for a user id too: else whoever may choose the user id `email:eve@example.com` has an address.
"""

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from segue.events.carried import Found
from segue.events.identifier import ANONYMOUS
from segue.events.identity import DEVICES

FIELD = "identity_verification"
#: Notes on what was not vouched for begin so, and are counted.
UNVOUCHED = "unvouched"
#: Random, and known to one device only: who can name one has it. All others can be guessed or are public.
FREE = frozenset({ANONYMOUS, *DEVICES})
#: Stands in a call that was rejected in the place of its hashes: the identifiers that were believed, each whole, since
#: a hash vouches for one value and not for its namespace. No namespace is called so.
_VERDICT = "$vouched"
_MOST_HASHES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How far the key of a call is trusted. The default is a server key's: its word is taken.

    `public` is a browser key; `secrets` are those with which the customer's server vouches for it.
    """

    public: bool = False
    required: bool = True
    secrets: tuple[bytes, ...] = field(default=(), repr=False)

    def doubt(self, found: Found, verification: Mapping[str, Any]) -> str | None:
        """Why this is not to be believed, as what follows its place; `None`: it is."""
        namespace = found.identifier.namespace
        if namespace in FREE:
            return None
        if not self.public:
            verdict = verification.get(_VERDICT)
            doubted = isinstance(verdict, list) and str(found.identifier) not in verdict
            return "came with a browser key and was not vouched for" if doubted else None
        hashes = list(_hashes(verification.get(namespace)))
        if any(self._vouches(namespace, value, hashes) for value in {found.said, found.plain}):
            return None
        if hashes:
            return f"does not match its hash in context.{FIELD}.{namespace}"
        return f"has no hash in context.{FIELD}.{namespace}" if self.required else None

    def _vouches(self, namespace: str, value: str, hashes: list[bytes]) -> bool:
        return any(
            hmac.compare_digest(hmac.digest(secret, f"{namespace}:{value}".encode(), "sha256").hex().encode(), given)
            for secret in self.secrets
            for given in hashes
        )


def verification(context: Mapping[str, Any]) -> Mapping[str, Any]:
    written = context.get(FIELD)
    return written if isinstance(written, dict) else {}


def with_verdict(call: Any, vouched: tuple[str, ...]) -> Any:
    """A call as it may be kept: without its hashes, and such that a replay with another key claims no more than it.

    A call whose context is no object is rejected again, whatever key it comes with.
    """
    context = call.get("context") if isinstance(call, dict) else ...
    if context is not None and not isinstance(context, dict):
        return call
    return {**call, "context": {**(context or {}), FIELD: {_VERDICT: list(vouched)}}}


def _hashes(written: Any) -> Iterator[bytes]:
    """One, or a list of them where an event names several identifiers of a namespace."""
    for each in (written if isinstance(written, list) else [written])[:_MOST_HASHES]:
        if isinstance(each, str):
            yield each.strip().lower().encode(errors="replace")
