"""Cloud sources: to which events of which EventBridge bus a workspace listens, and what Segment calls they become.

An expression of a mapping sees the event as the bus delivers it (`detail`, `time`, `id` …); where `each` makes several
calls of one event it also sees `each`, the item, and `position`, from 0.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag
from typing_extensions import TypeAliasType

from segue.events.event import MOST_ID_CHARACTERS, EventType
from segue.events.expressions import Expression, NoAnswer
from segue.events.plan import Violation
from segue.events.weight import weigh
from segue.schema import AlsoWritten


def _shape(given: Any) -> str:
    return FIELDS_TAG if isinstance(given, Mapping) else TEXT_TAG


#: What pydantic adds to the place of an error in a `Tree`.
FIELDS_TAG, TEXT_TAG = "<fields>", "<expression>"

#: An expression that gives an object, or an object of expressions.
if TYPE_CHECKING:
    Tree = Expression | Mapping[str, Any]
else:
    Tree = TypeAliasType(
        "Tree",
        Annotated[
            Annotated[Expression, Tag(TEXT_TAG)] | Annotated[Mapping[str, "Tree"], Tag(FIELDS_TAG)],
            Discriminator(_shape),
        ],
    )

#: A call's fields that are texts, times or ids; `profileId` stands for the identifiers of a person whom we know.
FIELDS = ("event", "userId", "anonymousId", "profileId", "previousId", "groupId", "name", "category")
IDENTIFIERS = ("userId", "anonymousId", "profileId")
_TREES = ("properties", "traits", "context")


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CallMapping(_Definition):
    """One call, or with `each` one for each item. What an expression does not find is left out of the call.

    Nor is a blank text. Without `messageId` it is made of the bus event's id; without `timestamp` it is the bus event's
    `time`. A system that sends the same thing again makes a new bus event of it: so name its own id and time where it
    has them.
    """

    type: EventType
    when: Expression | None = None
    each: Expression | None = None
    event: Expression | None = None
    userId: Expression | None = None  # noqa: N815 - as the Segment spec writes it
    anonymousId: Expression | None = None  # noqa: N815
    profileId: Expression | None = None  # noqa: N815
    previousId: Expression | None = None  # noqa: N815
    groupId: Expression | None = None  # noqa: N815
    name: Expression | None = None
    category: Expression | None = None
    messageId: Expression | None = None  # noqa: N815
    timestamp: Expression | None = None
    properties: Tree | None = None
    traits: Tree | None = None
    context: Tree | None = None


def _listed(given: Any) -> Any:
    return [given] if isinstance(given, Mapping) else given


class Source(_Definition):
    """`bus` is `default`, the name of a bus, or that of a partner event source; infra/config.py may give it another.

    `feedback` marks a source that may say what only a channel's provider knows (`segue.events.keys.FEEDBACK`).
    `${environment}` in a text of the pattern stands for the environment's name.
    """

    source: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)
    description: str = ""
    owner: str = ""
    bus: str = Field(default="default", pattern=r"^[/.\-_A-Za-z0-9]+$")
    pattern: Mapping[str, Any]
    feedback: bool = False
    mapping: Annotated[
        tuple[CallMapping, ...],
        BeforeValidator(_listed),
        Field(min_length=1),
        AlsoWritten({"type": "object", "description": "The one mapping alone."}),
    ]

    def pattern_in(self, environment: str) -> Any:
        return json.loads(json.dumps(self.pattern).replace("${environment}", environment))


@dataclass(frozen=True, slots=True)
class Mapped:
    """The calls of one bus event, each with the place of its mapping, and what of the mappings had no answer."""

    calls: tuple[tuple[str, dict[str, Any]], ...]
    troubles: tuple[Violation, ...]


def map_event(source: Source, bus_event: Mapping[str, Any]) -> Mapped:
    """Never raises for what the event says: that is a trouble. No call and no trouble: no mapping was meant."""
    calls: list[tuple[str, dict[str, Any]]] = []
    troubles: list[Violation] = []
    for number, mapping in enumerate(source.mapping):
        place = f"mapping[{number}]"
        reading = _Reading(place, troubles)
        for position, facts in enumerate(_facts(mapping, bus_event, reading)):
            before = len(troubles)
            call = _call(mapping, facts, reading)
            call.setdefault("messageId", f"{id_of(source.source, bus_event)}:{number}:{position}")
            if len(troubles) == before:
                calls.append((place, call))
    return Mapped(tuple(calls), tuple(troubles))


def id_of(source: str, bus_event: Mapping[str, Any]) -> str:
    """Made of the bus event's id, or of what it says where it has none that can be used; the same in a redelivery."""
    id_ = bus_event.get("id")
    if isinstance(id_, str) and id_ and len(id_) <= MOST_ID_CHARACTERS - 60:
        return f"{source}:{id_}"
    return f"{source}:{hashlib.sha256(weigh(bus_event).text.encode()).hexdigest()[:32]}"


class _Reading:
    """Asks the expressions of one mapping, and notes which had no answer."""

    def __init__(self, name: str, troubles: list[Violation]) -> None:
        self._name = name
        self._troubles = troubles

    def wrong(self, field: str, message: str) -> None:
        self._troubles.append(Violation(f"{self._name}.{field}", message))

    def ask(self, field: str, expression: Expression | None, facts: Mapping[str, Any]) -> Any:
        if expression is None:
            return None
        try:
            return expression.answer(facts)
        except NoAnswer as error:
            self.wrong(field, str(error))
            return None

    def tree(self, field: str, tree: Any, facts: Mapping[str, Any]) -> Any:
        if not isinstance(tree, Mapping):
            return self.ask(field, tree, facts)
        found = {name: self.tree(f"{field}.{name}", below, facts) for name, below in tree.items()}
        return {name: value for name, value in found.items() if value is not None}


def _facts(mapping: CallMapping, bus_event: Mapping[str, Any], reading: _Reading) -> Iterator[Mapping[str, Any]]:
    """What the expressions of each call see; `when` is asked of each item."""
    items: Any = [None]
    if mapping.each is not None:
        items = reading.ask("each", mapping.each, bus_event)
        if items is None:
            return
        if not isinstance(items, list):
            reading.wrong("each", "must give a list")
            return
    for position, item in enumerate(items):
        facts = bus_event if mapping.each is None else {**bus_event, "each": item, "position": position}
        if mapping.when is None or _holds(reading.ask("when", mapping.when, facts)):
            yield facts


def _call(mapping: CallMapping, facts: Mapping[str, Any], reading: _Reading) -> dict[str, Any]:
    call: dict[str, Any] = {"type": mapping.type, "timestamp": facts.get("time")}
    for field in (*FIELDS, "messageId", "timestamp"):
        answer = reading.ask(field, getattr(mapping, field), facts)
        if not _is_blank(answer):
            call[field] = answer
    for field in _TREES:
        answer = reading.tree(field, getattr(mapping, field), facts)
        if answer is not None:
            call[field] = answer
    return call


def _is_blank(answer: Any) -> bool:
    """As a Segment call has it: a blank text says nothing, so what is there without it holds."""
    return answer is None or (isinstance(answer, str) and not answer.strip())


def _holds(answer: Any) -> bool:
    """As JMESPath has it: false, nothing and what is empty are no; a number is yes."""
    return answer is not None and answer is not False and answer not in ("", [], {})
