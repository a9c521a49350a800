"""Worked examples of a cloud source, beside it as `<source>.examples.yaml`: a bus event in, Segment calls out."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel

from segue.events.cloud import Taken, take
from segue.events.identifier import USER, Identifier
from segue.events.patterns import matches
from segue.events.sources import Source
from segue.events.spec import Reception
from segue.workspace.bundle import Workspace

#: What `${environment}` in a pattern stands for here.
ENVIRONMENT = "example"


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceExpected(_Definition):
    """`calls` in order, none for an event that is passed by; of each, what is not said may be anything.

    `rejected` are the fields that are wrong. `matched: false` is an event that the pattern leaves out.
    """

    matched: bool = True
    calls: tuple[Mapping[str, Any], ...] = ()
    rejected: tuple[str, ...] = ()


class SourceExample(_Definition):
    """`event` as the bus delivers it. `people` are the user ids of those whom the event names by profile id."""

    name: str
    event: Mapping[str, Any]
    people: Mapping[str, str] = Field(default_factory=dict)
    expect: SourceExpected


class SourceExamples(RootModel[tuple[SourceExample, ...]]):
    """The content of a file of examples."""


def run_source_example(workspace: Workspace, source: Source, example: SourceExample) -> Iterator[str]:
    """What is wrong, in words: nothing when the example holds."""
    matched = matches(source.pattern_in(ENVIRONMENT), example.event)
    if matched != example.expect.matched:
        yield f"the pattern {'matches' if matched else 'does not match'} this event"
    elif matched:
        yield from _differences(example, _taken(workspace, source, example))


def _taken(workspace: Workspace, source: Source, example: SourceExample) -> Taken:
    def named(profile_id: str) -> Identifier | None:
        user_id = example.people.get(profile_id)
        return None if user_id is None else Identifier(USER, user_id)

    at = datetime.fromisoformat(str(example.event.get("time", "2026-03-10T12:00:00Z"))).astimezone(UTC)
    by = Reception(
        source=source.source,
        received_at=at,
        plan=workspace.plan,
        identity=workspace.identity,
        ip_addresses=workspace.ip_addresses,
        digest="",
        new_id=lambda: source.source,
    )
    return take(source.source, example.event, sources={source.source: source}, named=named, by=by)


def _differences(example: SourceExample, taken: Taken) -> Iterator[str]:
    expect, violations = example.expect, taken.rejected.violations if taken.rejected else ()
    wrong = [f"{each.field}: {each.message}" for each in violations]
    if {each.field for each in violations} != set(expect.rejected):
        yield f"expected {', '.join(expect.rejected) or 'nothing'} to be wrong, but {'; '.join(wrong) or 'nothing'} was"
    calls = [event.as_call() for event in taken.events]
    if len(calls) != len(expect.calls):
        names = ", ".join(map(_told, calls)) or "none"
        yield f"expected {len(expect.calls)} calls, but there were {len(calls)}: {names}"
        return
    for number, (wanted, call) in enumerate(zip(expect.calls, calls, strict=True), start=1):
        for field, expected, found in _misfits(wanted, call):
            yield f"call {number}, {field}: expected {expected!r}, but it is {found!r}"


def _told(call: Mapping[str, Any]) -> str:
    return str(call.get("event", call["type"]))


def _misfits(wanted: Mapping[str, Any], found: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Any, Any]]:
    for name, expected in wanted.items():
        value, place = found.get(name), f"{at}{name}"
        if isinstance(expected, Mapping) and isinstance(value, Mapping):
            yield from _misfits(expected, value, f"{place}.")
        elif expected != value and not (name == "timestamp" and _same_time(expected, value)):
            yield place, expected, value


def _same_time(expected: Any, found: Any) -> bool:
    try:
        return datetime.fromisoformat(str(expected)) == datetime.fromisoformat(str(found))
    except (ValueError, TypeError):
        return False
