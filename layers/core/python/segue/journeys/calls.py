"""The use case of the steps that ask others: a connector is called, an audience's connectors are told of a person.

A call is kept once it has an answer, and not repeated then. One that was cut off is made again, under the same key.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from pydantic import TypeAdapter

from segue.decisions.consent import standing
from segue.decisions.policy import Policy
from segue.journeys.connectors import ADD, REMOVE, Audience, Connector, Connectors
from segue.journeys.doing import Membership, Value
from segue.journeys.facts import Read, plain
from segue.journeys.graph import DONE, FAILED, REFUSED, Call, Outgoing
from segue.journeys.ports import Machines
from segue.journeys.saying import rendered, seen
from segue.journeys.tasks import CallTask, present
from segue.messages.render import RenderError, parsed, render_text
from segue.outgoing import Announcements, DomainEvent
from segue.profiles.head import Head
from segue.profiles.ports import Profiles
from segue.profiles.runs import Run

_OUTGOING: TypeAdapter[Outgoing] = TypeAdapter(Outgoing)
_SUCCESS = range(200, 300)


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
    """A call that has an answer. `status` is that of HTTP; none where nobody was asked, or nobody answered.

    `why` says why nobody could be asked: in names of the workspace, without values.
    """

    key: str
    connector: str
    at: datetime
    outcome: str
    status: int | None = None
    why: str | None = None
    said: Mapping[str, Value]


class Unavailable(Exception):
    """No answer, or one that may be another later. `status` is that of HTTP, if there was one."""

    def __init__(self, status: int | None = None) -> None:
        super().__init__(f"status {status}" if status else "no answer")
        self.status = status


class Unset(Exception):
    """There is no secret of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the secret of connectors holds no {name!r}")


class Caller(Protocol):
    """The way out."""

    def call(self, request: HttpRequest) -> int | None:
        """The status. Raise `Unavailable`. `None` where this environment calls nobody."""

    def secret(self, name: str) -> str:
        """Raise `Unset` when there is none of this name."""


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
    found = present(asked, ports.profiles, ports.machines)
    if isinstance(found, str):
        return found
    head, run = found
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
        """What nobody can be asked fails for good: it says why."""
        called = Called(key=key, connector=name, at=self.at, outcome=FAILED, said=said)
        connector = self.ports.connectors.connectors.get(name)
        if connector is None:
            return replace(called, why=f"connectors.yaml knows no {name!r} any more")
        try:
            words = rendered(said, self._seen)
            called = replace(called, said=words)
            request = self._request(connector, words, key)
        except (RenderError, Unset) as error:
            return replace(called, why=str(error))
        try:
            status = self.ports.caller.call(request)
        except Unavailable as unavailable:
            if not self.last:
                raise
            return replace(called, status=unavailable.status)
        return replace(called, status=status, outcome=DONE if status is None or status in _SUCCESS else FAILED)

    def _request(self, connector: Connector, words: Mapping[str, Value], key: str) -> HttpRequest:
        secret = self.ports.caller.secret(connector.secret) if connector.secret else ""
        known = {**self._seen, "said": words, "secret": secret}

        def filled(said: Any, name: str) -> Any:
            match said:
                case str():
                    return render_text(said, known, name)
                case dict():
                    return {word: filled(value, f"{name}.{word}") for word, value in said.items()}
                case list() | tuple():
                    return [filled(value, name) for value in said]
            return said

        body = filled(connector.body, "body") if connector.body is not None else dict(words)
        method = filled(connector.method, "method").strip().upper()
        own = filled(dict(connector.headers), "headers")
        headers = {"Content-Type": "application/json", "Idempotency-Key": key, **own}
        if secret and not _names_secret(connector):
            headers["Authorization"] = f"Bearer {secret}"
        return HttpRequest(
            url=filled(connector.url, "url"),
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


def _names_secret(connector: Connector) -> bool:
    """Whether any of its texts says where the secret goes."""
    return any("secret" in parsed(text, markup=False).analyze().globals for _, text in connector.texts)
