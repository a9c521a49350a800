"""The use case of the steps that ask others: a connector is called, an audience's connectors are told of a person.

A call is kept once it has an answer, and not repeated then. One that was cut off is made again, under the same key.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, Protocol

from liquid.exceptions import LiquidError
from pydantic import TypeAdapter

from segue.decisions.consent import standing
from segue.decisions.policy import Policy
from segue.journeys.connectors import ADD, REMOVE, Audience, Connector, Connectors
from segue.journeys.doing import Membership, Value
from segue.journeys.facts import Read, plain
from segue.journeys.graph import DONE, FAILED, REFUSED, Call, Outgoing
from segue.journeys.ports import Machines
from segue.journeys.saying import rendered, seen, text
from segue.journeys.step import Definition
from segue.outgoing import Announcements, DomainEvent
from segue.profiles.head import Head
from segue.profiles.ports import Profiles
from segue.profiles.runs import Run

_OUTGOING: TypeAdapter[Outgoing] = TypeAdapter(Outgoing)


class CallTask(Definition):
    """As the compiled machine asks it. `act` is an `Outgoing` in JSON; `entered_at` is real time."""

    action: Literal["call"]
    run_id: str
    profile_id: str
    journey: str
    version: str
    step: str
    entered_at: datetime
    token: str
    act: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """`key` is the same whenever the call is repeated."""

    url: str
    method: str
    headers: Mapping[str, str]
    body: str | None
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A call that has an answer. `status` is that of HTTP; none where nobody was asked, or nobody answered."""

    key: str
    connector: str
    at: datetime
    outcome: str
    status: int | None = None
    said: Mapping[str, Value]


class Unavailable(Exception):
    """No answer, or one that may be another later. `status` is that of HTTP, if there was one."""

    def __init__(self, status: int | None = None) -> None:
        super().__init__(f"status {status}" if status else "no answer")
        self.status = status


class Caller(Protocol):
    """The way out."""

    def call(self, request: HttpRequest) -> int | None:
        """The status. Raise `Unavailable`. `None` where this environment calls nobody."""

    def secret(self, name: str) -> str:
        """Raise `LookupError` when there is none of this name."""


class Calls(Protocol):
    """The calls that were made for a person."""

    def get(self, profile_id: str, key: str) -> Called | None: ...

    def keep(self, profile_id: str, called: Called) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """`connectors` and `policy` are the deployed ones. `at` turns a moment of real time into one of the clock."""

    profiles: Profiles
    machines: Machines
    calls: Calls
    caller: Caller
    announcements: Announcements
    connectors: Connectors
    policy: Policy
    brand: Mapping[str, str]
    read: Read = plain
    at: Callable[[datetime], datetime] = lambda real: real


def task(payload: Mapping[str, object] | str) -> CallTask:
    return CallTask.model_validate_json(payload) if isinstance(payload, str) else CallTask.model_validate(payload)


def perform(asked: CallTask, ports: Ports, *, last: bool) -> str:
    """`last`: it will not come again. Raise `Unavailable` when it should; `LookupError` when there is no such run."""
    head = ports.profiles.head(asked.profile_id)
    run = head.runs.value.get(asked.run_id)
    if run is None and not head.profile.value.erased:
        raise LookupError(f"run {asked.run_id} is not known: its machine was started, but it was never kept")
    if run is None or not run.alive:
        ports.machines.leave(asked.token)
        return "left"
    at = ports.at(asked.entered_at)
    outcome = _Desk(asked, head, run, at, ports, last).outcome(_OUTGOING.validate_json(asked.act))
    ports.machines.succeed(asked.token, outcome, at, None)
    return outcome


@dataclass(frozen=True)
class _Desk:
    asked: CallTask
    head: Head
    run: Run
    at: datetime
    ports: Ports
    last: bool

    def outcome(self, wanted: Outgoing) -> str:
        match wanted:
            case Call(connector=name, said=said):
                return self._call(name, said)
            case Membership():
                return self._tell(wanted)

    def _tell(self, wanted: Membership) -> str:
        """Everybody who keeps the audience, whatever one of them answers. Whoever is to be removed need not consent."""
        audience = self.ports.connectors.audiences.get(wanted.audience)
        if audience is None:
            return FAILED
        if wanted.add and not self._consents(audience):
            return REFUSED
        said = {"audience": wanted.audience, "action": ADD if wanted.add else REMOVE}
        outcomes = [self._call(name, said) for name in audience.to]
        return DONE if set(outcomes) == {DONE} else FAILED

    def _consents(self, audience: Audience) -> bool:
        return standing(audience.purpose, None, self.head.profile.value.whole, self.ports.policy, self.at).granted

    def _call(self, name: str, said: Mapping[str, Value]) -> str:
        key = f"{self.run.run_id}.{self.asked.step}.{name}"
        before = self.ports.calls.get(self.head.profile_id, key)
        called = before or self._made(name, key, said)
        if before is None:
            self.ports.calls.keep(self.head.profile_id, called)
        self.ports.announcements.announce([self._news(called)])
        return called.outcome

    def _made(self, name: str, key: str, said: Mapping[str, Value]) -> Called:
        """A connector that has left the workspace, and words that cannot be rendered, fail for good."""
        outcome, status, words = FAILED, None, dict(said)
        connector = self.ports.connectors.connectors.get(name)
        try:
            words = rendered(words, self._seen)
            if connector:
                status = self.ports.caller.call(self._request(connector, words, key))
                outcome = DONE if status is None or 200 <= status < 300 else FAILED  # noqa: PLR2004 - HTTP
        except (LiquidError, LookupError):
            outcome = FAILED
        except Unavailable as unavailable:
            if not self.last:
                raise
            status = unavailable.status
        return Called(key=key, connector=name, at=self.at, outcome=outcome, status=status, said=words)

    def _request(self, connector: Connector, words: Mapping[str, Value], key: str) -> HttpRequest:
        secret = self.ports.caller.secret(connector.secret) if connector.secret else ""
        known = {**self._seen, "said": words, "secret": secret}

        def filled(said: Any) -> Any:
            match said:
                case str():
                    return text(said, known)
                case dict():
                    return {name: filled(value) for name, value in said.items()}
                case list() | tuple():
                    return [filled(value) for value in said]
            return said

        body = filled(connector.body) if connector.body is not None else dict(words)
        method = filled(connector.method).strip().upper()
        headers = {"Content-Type": "application/json", "Idempotency-Key": key, **filled(dict(connector.headers))}
        if secret and not names_secret(connector):
            headers["Authorization"] = f"Bearer {secret}"
        return HttpRequest(
            url=filled(connector.url),
            method=method,
            headers=headers,
            body=None if method == "GET" else json.dumps(body, ensure_ascii=False),
            key=key,
        )

    @cached_property
    def _seen(self) -> Mapping[str, Any]:
        return seen(self.head.profile.value, self.run, self.ports.brand, self.at, self.ports.read)

    def _news(self, called: Called) -> DomainEvent:
        return DomainEvent(
            id=called.key,
            name="Connector Called",
            at=called.at,
            profile_id=self.head.profile_id,
            detail={
                "run_id": self.run.run_id,
                "journey": self.asked.journey,
                "step": self.asked.step,
                "connector": called.connector,
                "outcome": called.outcome,
                "status": called.status,
            },
        )


def names_secret(connector: Connector) -> bool:
    return "secret" in json.dumps([connector.url, dict(connector.headers), connector.body])
