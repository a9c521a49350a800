"""What a recipient holds instead of a login: signed tokens, safe in an address. They carry ids, no personal data."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer


class Untrusted(Exception):
    """No token of ours, or one that is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribe:
    """Holds for ever, since an e-mail does. `topic` is what the message was about, if it was about one."""

    profile_id: str
    channel: str
    send_id: str
    topic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxAccess:
    """To the inbox of this profile. One for an anonymous profile never opens that of the person it is linked to."""

    profile_id: str
    until: datetime


def sign_unsubscribe(claim: Unsubscribe, keys: Sequence[str]) -> str:
    return _sign("unsubscribe", [claim.profile_id, claim.channel, claim.send_id, claim.topic], keys)


def read_unsubscribe(token: str, keys: Sequence[str]) -> Unsubscribe:
    """Raise `Untrusted`."""
    profile_id, channel, send_id, topic = _read("unsubscribe", token, keys)
    return Unsubscribe(profile_id=profile_id, channel=channel, send_id=send_id, topic=topic)


def sign_inbox(access: InboxAccess, keys: Sequence[str]) -> str:
    return _sign("inbox", [access.profile_id, int(access.until.timestamp())], keys)


def read_inbox(token: str, keys: Sequence[str], now: datetime) -> InboxAccess:
    """Raise `Untrusted`."""
    profile_id, until = _read("inbox", token, keys)
    access = InboxAccess(profile_id=profile_id, until=datetime.fromtimestamp(until, UTC))
    if now >= access.until:
        raise Untrusted("the token is over")
    return access


def _sign(purpose: str, said: list[Any], keys: Sequence[str]) -> str:
    signed = _serializer(purpose, keys).dumps(said)
    return signed.decode() if isinstance(signed, bytes) else signed


def _read(purpose: str, token: str, keys: Sequence[str]) -> list[Any]:
    try:
        said: list[Any] = _serializer(purpose, keys).loads(token)
    except BadSignature:
        raise Untrusted("not signed by us") from None
    return said


def _serializer(purpose: str, keys: Sequence[str]) -> URLSafeSerializer:
    """Keys come newest first; itsdangerous signs with the last and reads with any."""
    if not keys:
        raise ValueError("there are no signing keys")
    return URLSafeSerializer(
        list(reversed(keys)), salt=f"segue.{purpose}", signer_kwargs={"digest_method": hashlib.sha256}
    )
