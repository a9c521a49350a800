"""Who may send events: write keys, several per workspace, known here by their digest only."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from segue.events.event import IMPORT_SOURCE, OWN_SOURCE
from segue.events.vouching import Trust

Kind = Literal["server", "browser"]

#: What only a channel's provider can know (https://segment.com/docs/connections/spec/email/). It may silence a person
#: for good, so a key that anybody can read off a page does not say it. The list is in docs/sending-events.md.
FEEDBACK = frozenset({"Email Delivered", "Email Opened", "Email Link Clicked", "Email Bounced", "Email Marked as Spam"})

#: What events are from that come another way: of imported files, and of what Segue tells itself.
TAKEN = frozenset({IMPORT_SOURCE, OWN_SOURCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteKey:
    """`name` is the source of the events that come with it. A `browser` key is public: any page shows it.

    With `identity_secrets` the customer's server vouches for who a browser says it is: see `vouching`.
    """

    name: str
    kind: Kind
    identity_secrets: tuple[bytes, ...] = field(default=(), repr=False)

    def barred(self, name: str) -> str | None:
        """Why it may not send an event of this canonical name; `None`: it may."""
        return f"{name!r} needs a server key" if self.kind == "browser" and name in FEEDBACK else None

    def trust(self, *, required: bool) -> Trust:
        """`required` as `identity_verification` of the workspace says."""
        return Trust(public=self.kind == "browser", required=required, secrets=self.identity_secrets)


def _listed(written: Any) -> Any:
    return [written] if isinstance(written, str) else written


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(min_length=1)
    kind: Kind = "server"
    key: SecretStr = Field(min_length=8)
    identity_secret: Annotated[tuple[Annotated[SecretStr, Field(min_length=32)], ...], BeforeValidator(_listed)] = ()

    @field_validator("name")
    @classmethod
    def _is_free(cls, name: str) -> str:
        """What it says may be quoted: it is one of two words."""
        if name in TAKEN:
            message = f"{name!r} is the source of other events already; give this key another name"
            raise ValueError(message)
        return name

    @model_validator(mode="after")
    def _secret_is_no_key(self) -> Self:
        if self.key in self.identity_secret:
            message = "identity_secret is the key itself, which every page shows"
            raise ValueError(message)
        return self


class WrittenKeys(BaseModel):
    """The secret as people write it: `{"keys": [{"name": "web", "kind": "browser", "key": "…"}]}`.

    To rotate a key, add a second one of the same name, move the clients to it, then take the first one away. A key's
    `identity_secret` is one or, while it is rotated, a list.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    keys: tuple[_Written, ...] = ()

    @classmethod
    def parse(cls, secret: str) -> "WrittenKeys":
        """Raise `ValueError` that says what is wrong and quotes nothing, not even a name that may be a key."""
        try:
            return cls.model_validate_json(secret)
        except ValidationError as error:
            wrong = "; ".join(_told(each) for each in error.errors(include_url=False, include_input=False))
            message = f"the secret of write keys cannot be read: {wrong}"
            raise ValueError(message) from None

    def by_digest(self) -> dict[str, WriteKey]:
        return {
            digest(written.key.get_secret_value()): WriteKey(
                name=written.name,
                kind=written.kind,
                identity_secrets=tuple(each.get_secret_value().encode() for each in written.identity_secret),
            )
            for written in self.keys
        }


def _told(error: ErrorDetails) -> str:
    unknown = error["type"] == "extra_forbidden"
    where = ".".join(str(step) for step in (error["loc"][:-1] if unknown else error["loc"]))
    return f"{where or 'at the top'}: {error['msg']}"


def digest(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


def presented(authorization: str | None, body: Mapping[str, Any] | None) -> str | None:
    """The key of a call: the user name of Basic authorization, else `writeKey` in the body."""
    if authorization:
        return _basic_user(authorization)
    key = (body or {}).get("writeKey")
    return key if isinstance(key, str) and key else None


def _basic_user(authorization: str) -> str | None:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(credentials.strip(), validate=True).decode().partition(":")[0] or None
    except (binascii.Error, ValueError):
        return None
