"""Worked examples of a journey, beside it as `<journey>.examples.yaml`: events in, path and messages out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    RootModel,
    WithJsonSchema,
    field_validator,
)

from segue import duration
from segue.events.enrichment.enrich import enriched
from segue.events.enrichment.visitor import NOBODY
from segue.events.event import NAMES, OWN_NAMES, Event, EventType
from segue.events.identity import Identity
from segue.events.recognise import recognise
from segue.profiles.runs import Ended
from segue.schema import AlsoWritten
from segue.simulate import Simulated, SimulatedRun, simulate
from segue.workspace.bundle import Workspace
from segue.workspace.kinds import EXAMPLES

#: A Tuesday, in the middle of what most windows allow.
START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)

#: What is known of the person was known so long before.
BEFORE = timedelta(days=30)

_IDENTITY = Identity()
_WRITTEN: Mapping[str, EventType] = {name: type_ for type_, name in NAMES.items()}


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _offset(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    if given == "0":
        return timedelta()
    if not given.startswith("+"):
        message = f"{given!r}: write how long after the start, such as +1h or +2d, or 0"
        raise ValueError(message)
    return duration.parse(given[1:])


Offset = Annotated[
    timedelta,
    BeforeValidator(_offset),
    PlainSerializer(lambda at: f"+{duration.write(at)}" if at else "0"),
    WithJsonSchema({"type": "string", "pattern": r"^(0|\+\S+)$", "examples": ["0", "+1h", "+3d12h"]}),
]


class Person(_Definition):
    """What is known before the first event; a person who can be reached by e-mail and likes it, unless it says else."""

    traits: Mapping[str, Any] = Field(default={"email": "person@example.com"})
    time_zone: str = "UTC"
    consents: Mapping[str, bool] = Field(default={"marketing": True})


class ExampleEvent(_Definition):
    """By the name that journeys use. `user_id` and `anonymous_id` are for examples of more than one identifier."""

    event: str
    at: Offset = timedelta()
    properties: Mapping[str, Any] = Field(default_factory=dict)
    traits: Mapping[str, Any] = Field(default_factory=dict)
    context: Mapping[str, Any] = Field(default_factory=dict)
    user_id: str | None = None
    anonymous_id: str | None = None

    @field_validator("event")
    @classmethod
    def _can_be_sent(cls, name: str) -> str:
        if name in OWN_NAMES:
            message = f"{name!r} is told by Segue alone: write the events that it follows from"
            raise ValueError(message)
        return name


class ExpectedMessage(_Definition):
    """A message that went out; what is not said may be anything."""

    template: str
    channel: str | None = None
    at: Offset | None = None


def _message(given: Any) -> Any:
    return {"template": given} if isinstance(given, str) else given


_Message = Annotated[
    ExpectedMessage,
    BeforeValidator(_message),
    AlsoWritten({"type": "string", "description": "The name of its template alone."}),
]


class Expected(_Definition):
    """What is not said may be anything. `began: false` is a person whom the journey leaves alone."""

    began: bool = True
    path: tuple[tuple[str, str], ...] | None = None
    messages: tuple[_Message, ...] | None = None
    ended: Ended | None = None


class Example(_Definition):
    """`path` and `ended` are those of the journey's first run, `messages` those of all its runs, in order."""

    name: str
    start: AwareDatetime = START
    profile: Person = Person()
    events: tuple[ExampleEvent, ...] = Field(min_length=1)
    expect: Expected

    def stream(self, person: str = "person", identity: Identity = _IDENTITY) -> Iterator[Event]:
        """The events as ingest would send them on, what is known of the person first."""
        for event in self._told(person):
            yield recognise(event, identity).event

    def _told(self, person: str) -> Iterator[Event]:
        known = self.profile
        context = {"timezone": known.time_zone, "consent": {"categoryPreferences": dict(known.consents)}}
        first = ExampleEvent(event=NAMES["identify"], traits=known.traits)
        yield _event(first, self.start - BEFORE, f"{person}-0", person, context)
        for number, event in enumerate(sorted(self.events, key=lambda event: event.at), start=1):
            yield _event(event, self.start + event.at, f"{person}-{number}", person, event.context)


class Examples(RootModel[tuple[Example, ...]]):
    """The content of a file of examples."""


def written(workspace: Path) -> Iterator[tuple[str, Example]]:
    """All examples in a workspace's folder, each with its journey's name."""
    for file in sorted(workspace.glob(f"journeys/*{EXAMPLES}")):
        for example in Examples.model_validate(yaml.safe_load(file.read_text())).root:
            yield file.name.removesuffix(EXAMPLES), example


@dataclass(frozen=True, slots=True)
class Verdict:
    """`wrong` is empty when the example holds; else each line says what was expected and what came."""

    example: Example
    wrong: tuple[str, ...]
    simulated: Simulated


def run_example(workspace: Workspace, journey: str, example: Example) -> Verdict:
    """Other journeys stand still, so that an example speaks of its own only; so nothing need be spread."""
    parts = {name: getattr(workspace, name) for name in Workspace.model_fields}
    policy = workspace.policy.without("spread")
    alone = Workspace(**{**parts, "journeys": (workspace.journeys_by_name[journey],), "policy": policy})
    simulated = simulate(alone, example.stream(identity=workspace.identity))
    return Verdict(example, tuple(differences(example, journey, simulated)), simulated)


def differences(example: Example, journey: str, simulated: Simulated, late: timedelta = timedelta()) -> Iterator[str]:
    """In words. Messages may be `late`: a stack takes a moment for what a simulation does in none."""
    expect = example.expect
    runs = [run for run in simulated.runs if run.journey == journey]
    if bool(runs) != expect.began:
        yield f"expected {'a run' if expect.began else 'no run'} of {journey}, but {_count(runs)} began"
        return
    if runs and expect.path is not None and runs[0].path != expect.path:
        yield f"expected the path {path(expect.path)}, but it went {path(runs[0].path)}"
    if runs and expect.ended is not None and runs[0].ended is not expect.ended:
        came = f"ended with {runs[0].ended}" if runs[0].ended else "went on"
        yield f"expected it to end with {expect.ended}, but it {came}"
    yield from _messages(example, simulated, late)


def _messages(example: Example, simulated: Simulated, late: timedelta) -> Iterator[str]:
    expected = example.expect.messages
    if expected is None:
        return
    sent = sorted(
        (record for record in simulated.sends if record.state == "sent" and record.finished_at),
        key=lambda record: (record.finished_at, record.request.send_id),
    )
    came = [
        ExpectedMessage(
            template=record.message.template,
            channel=record.message.channel,
            at=record.finished_at - example.start if record.finished_at else None,
        )
        for record in sent
    ]
    fits = len(came) == len(expected) and all(
        _fits(one, other, late) for one, other in zip(expected, came, strict=True)
    )
    if not fits:
        yield f"expected the messages {_list(expected)}, but these went out: {_list(came)}"


def _fits(expected: ExpectedMessage, came: ExpectedMessage, late: timedelta) -> bool:
    said = expected.model_dump(exclude_none=True, exclude={"at"})
    in_time = expected.at is None or (came.at is not None and expected.at <= came.at <= expected.at + late)
    return in_time and said == came.model_dump(include=set(said))


def _event(event: ExampleEvent, at: datetime, message_id: str, person: str, context: Mapping[str, Any]) -> Event:
    type_ = _WRITTEN.get(event.event, "track")
    return Event(
        message_id=message_id,
        type=type_,
        name=event.event,
        timestamp=at,
        received_at=at,
        source="example",
        user_id=event.user_id or (None if event.anonymous_id else person),
        anonymous_id=event.anonymous_id,
        properties=event.properties,
        traits=event.traits,
        context=enriched(context, NOBODY, event.properties if type_ == "page" else None).context,
    )


def _count(runs: list[SimulatedRun]) -> str:
    return f"{len(runs) or 'none'}"


def path(taken: Iterable[tuple[str, str]]) -> str:
    return " → ".join(f"{step} {outcome}" for step, outcome in taken) or "nowhere"


def _list(messages: Iterable[ExpectedMessage]) -> str:
    said = [
        " ".join(
            filter(
                None,
                (
                    message.template,
                    f"by {message.channel}" if message.channel else "",
                    f"at {_offset_text(message.at)}" if message.at is not None else "",
                ),
            )
        )
        for message in messages
    ]
    return ", ".join(said) or "none"


def _offset_text(at: timedelta) -> str:
    return f"+{duration.write(at)}" if at else "0"
