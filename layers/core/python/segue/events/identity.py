"""How a workspace knows people: the namespaces of identifiers by rank, how each is read, and what is no identifier."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from segue.events.blocked import BLOCKED, Block, Blocked
from segue.events.identifier import ANONYMOUS, USER
from segue.events.normalise import knows_region
from segue.meant import meant
from segue.problem import Kind, Problem

EMAIL, PHONE, GA = "email", "phone", "ga_client_id"
#: What an event's `context.device` says, in each case of `type: android` and `type: ios`.
DEVICES = ("android.id", "android.idfa", "android.push_token", GA, "ios.id", "ios.idfa", "ios.push_token")
#: Where unknown types of `context.externalIds` stand in the ranking.
_UNKNOWN = ""
_PLACES = ("traits.{}", "context.traits.{}", "properties.{}")
_OWN_PLACES: Mapping[str, tuple[str, ...]] = {
    USER: (), ANONYMOUS: (), **dict.fromkeys(DEVICES, ()), GA: ("context.integrations.Google Analytics.clientId",)
}  # fmt: skip
#: A colon would make two identifiers look like one.
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_LIMITS = {USER: 1}
_LIMIT = 5

Normal = Literal["email", "phone", "none"]


def is_name(namespace: str) -> bool:
    return _NAME.fullmatch(namespace) is not None


def _name(namespace: str) -> str:
    if not is_name(namespace):
        message = f"{namespace!r} is no name of a namespace: lower-case letters, digits, '_', '.' and '-'"
        raise ValueError(message)
    return namespace


def _path(path: str) -> str:
    root, _, rest = path.partition(".")
    if root not in ("traits", "properties", "context") or not all(rest.split(".")):
        message = f"{path!r} is no path into an event: begin with traits., properties. or context."
        raise ValueError(message)
    return path


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Namespace(_Definition):
    """What is not said is as the namespace has it by default; `paths` are written in snake_case or camelCase alike."""

    limit: Annotated[int, Field(ge=1)] | None = None
    paths: tuple[Annotated[str, AfterValidator(_path)], ...] | None = None
    normalise: Normal | None = None
    hash: bool | None = None
    block: tuple[Block, ...] = ()


class Verification(_Definition):
    """`required`: a browser key's word on who somebody is needs a hash that only your server can make."""

    required: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for the identifiers of a namespace; the lower the `rank`, the more it counts."""

    namespace: str
    rank: int
    limit: int
    normalise: Normal
    hashed: bool
    blocked: Blocked


class Identity(_Definition):
    """`identity.yaml`. Namespaces are ranked as they are written; those that are not keep their places.

    `null` turns a namespace off. `block` adds to `BLOCKED`, for all namespaces.
    """

    namespaces: Mapping[Annotated[str, AfterValidator(_name)], Namespace | None] = Field(default_factory=dict)
    block: tuple[Block, ...] = ()
    default_region: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    identity_verification: Verification = Verification()

    @property
    def ranking(self) -> tuple[str, ...]:
        """The namespaces that are on, the most telling first; types of `externalIds` not named come before devices."""
        return tuple(self._rules)

    def rank(self, namespace: str) -> tuple[int, str]:
        """A key to sort identifiers by."""
        return (self._ranks.get(namespace, self._ranks[_UNKNOWN]), namespace)

    def limit(self, namespace: str) -> int:
        """How many identifiers of it one person may have."""
        rule = self.rule(namespace)
        return rule.limit if rule else 0

    def rule(self, namespace: str) -> Rule | None:
        """`None` for one that is turned off, or whose name cannot be one."""
        rule = self._rules.get(namespace)
        if rule is None and namespace not in self._ranks and is_name(namespace):
            return self._made(namespace)
        return rule

    def doubt(self, namespace: str) -> str:
        """What to say when nobody is known in it, if nobody has named it: it may be misspelt; else nothing."""
        if namespace in self._rules:
            return ""
        return f"identity.yaml names no such namespace; {meant(namespace, sorted(self._rules))}"

    @cached_property
    def places(self) -> tuple[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], ...]:
        """Where to look, by the object to look in: its path, and the keys in it, each with its namespace."""
        places: dict[tuple[str, ...], dict[str, str]] = {}
        for namespace in self._rules:
            for path in self._paths(namespace):
                *parent, leaf = path.split(".")
                keys = places.setdefault(tuple(parent), {})
                for key in (leaf, _snake(leaf), _camel(leaf)):
                    keys.setdefault(key, namespace)
        return tuple((parent, tuple(keys.items())) for parent, keys in places.items())

    @cached_property
    def _ranks(self) -> dict[str, int]:
        own = (USER, EMAIL, PHONE, ANONYMOUS, *DEVICES)
        custom = [namespace for namespace in self.namespaces if namespace not in own]
        ranked = [USER, EMAIL, PHONE, *custom, _UNKNOWN, ANONYMOUS, *DEVICES]
        written = iter(self.namespaces)
        ranked = [next(written) if namespace in self.namespaces else namespace for namespace in ranked]
        return {namespace: rank for rank, namespace in enumerate(ranked)}

    @cached_property
    def _rules(self) -> dict[str, Rule]:
        off = {namespace for namespace, written in self.namespaces.items() if written is None} | {_UNKNOWN}
        return {namespace: self._made(namespace) for namespace in self._ranks if namespace not in off}

    @cached_property
    def _blocked(self) -> Blocked:
        return Blocked.of((*BLOCKED, *self.block))

    def _made(self, namespace: str) -> Rule:
        written = self.namespaces.get(namespace) or Namespace()
        own: Normal = "email" if namespace == EMAIL else "phone" if namespace == PHONE else "none"
        return Rule(
            namespace=namespace,
            rank=self.rank(namespace)[0],
            limit=written.limit or _LIMITS.get(namespace, _LIMIT),
            normalise=written.normalise or own,
            hashed=namespace == EMAIL if written.hash is None else written.hash,
            blocked=Blocked.of((*BLOCKED, *self.block, *written.block)) if written.block else self._blocked,
        )

    def _paths(self, namespace: str) -> tuple[str, ...]:
        written = self.namespaces.get(namespace)
        if written and written.paths is not None:
            return written.paths
        return _OWN_PLACES.get(namespace) or (
            () if namespace in _OWN_PLACES else tuple(place.format(namespace) for place in _PLACES)
        )


def problems(identity: Identity) -> Iterator[Problem]:
    """What one file by itself says wrong, beyond its form; and what it allows that is dangerous."""
    region = identity.default_region
    if region and not knows_region(region):
        message, hint = f"{region!r} is no region that has phone numbers", "write an ISO 3166 code, such as US or DE"
        yield Problem(place=("default_region",), message=message, hint=hint)
    if not identity.identity_verification.required:
        yield Problem(
            place=("identity_verification", "required"),
            message="whoever reads a browser key off a page can write into any person's profile and merge people",
            hint="make it true as soon as your server makes hashes: see docs/sending-events.md",
            kind=Kind.UNVERIFIED,
        )


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda found: f"_{found[1].lower()}", key)


def _camel(key: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), key)
