"""`connectors.yaml`: the systems outside that a journey may call, by name, and the audiences that some of them keep."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from segue.journeys.doing import Dotted
from segue.journeys.step import Definition
from segue.schema import AlsoWritten

_HOST = re.compile(r"(?:https://|http://(?=(?:127\.0\.0\.1|localhost)[:/]))[A-Za-z0-9.-]+(?::\d+)?(?:/.*)?", re.DOTALL)


class Connector(Definition):
    """One request over HTTPS. Its texts are Liquid over `said`, `profile`, `run` and `brand`.

    `secret` stands for the value of that name in the environment's secret of connectors; where no text names it, it
    goes as a bearer token. Anything but 2xx is a failure; what may be better later is tried again: 429, 5xx, silence.
    """

    url: str = Field(description="https://… Its host is fixed: no Liquid before the path.")
    method: Annotated[str, Field(description="GET, POST, PUT, PATCH or DELETE; may be Liquid.")] = "POST"
    headers: Mapping[str, str] = Field(default_factory=dict, description="Besides Content-Type and Idempotency-Key.")
    body: Any = Field(default=None, description="JSON; without it everything that is said `with`.")
    secret: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]+$", description="A name in the secret.")
    takes: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\??$")], ...] = Field(
        default=(), description="The words that a step says `with`; with a question mark: may be left out."
    )
    description: str = ""

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if not _HOST.fullmatch(self.url):
            raise ValueError(f"{self.url!r} is no address of a fixed host: write https://host/path")
        return self

    @property
    def may_take(self) -> tuple[str, ...]:
        return tuple(word.removesuffix("?") for word in self.takes)

    @property
    def must_take(self) -> tuple[str, ...]:
        return tuple(word for word in self.takes if not word.endswith("?"))


class Audience(Definition):
    """Whoever is added is told to each connector with `audience` and `action` (add, remove)."""

    to: tuple[Dotted, ...] = Field(min_length=1, description="The connectors that keep it.")
    purpose: str = Field(default="ads", min_length=1, description="What a person must have consented to, to be added.")
    description: str = ""


def _listed(given: Any) -> Any:
    return {"to": given} if isinstance(given, list) else given


_Kept = Annotated[Audience, BeforeValidator(_listed), AlsoWritten({"type": "array", "items": {"type": "string"}})]


class Connectors(Definition):
    """What `connectors.yaml` holds: the systems outside by name, and who keeps which audience."""

    connectors: Mapping[Dotted, Connector] = Field(default_factory=dict)
    audiences: Mapping[Dotted, _Kept] = Field(default_factory=dict)


#: What an audience's connectors are said.
MEMBERSHIP = ("audience", "action")
ADD: Literal["add"] = "add"
REMOVE: Literal["remove"] = "remove"
