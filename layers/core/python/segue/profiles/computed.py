"""`traits.yaml`: what is computed of a person from their events, as a team writes it."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from segue.duration import Duration, write
from segue.events.conditions import Condition

Kind = Literal["count", "sum", "average", "min", "max", "first", "last", "most_frequent", "distinct"]

#: Kinds that need numbers.
NUMERIC = frozenset({"sum", "average", "min", "max"})

_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=3660)


class Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _several(written: Any) -> Any:
    return (written,) if isinstance(written, str) else written


Several = Annotated[tuple[str, ...], BeforeValidator(_several), Field(min_length=1)]

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


def _text(written: Any) -> str:
    if isinstance(written, str):
        return written
    message = f"a condition is a text, not a {type(written).__name__}"
    raise ValueError(message)  # pydantic gathers ValueErrors


def _over_event(written: Any) -> Condition:
    return written if isinstance(written, Condition) else Condition.parse(_text(written), {"event"})


def formula(written: Any) -> Condition:
    """Over `computed` and `traits`, with every number a double, as CEL asks it of a division: `2` is read as `2.0`."""
    if isinstance(written, Condition):
        return written
    doubles = _NUMBER.sub(lambda found: f"{found[0]}.0" if found[0].isdigit() else found[0], _text(written))
    return Condition.parse(doubles, {"computed", "traits"})


#: A whole number that is no position; texts are found too, so that what stands in them is left alone.
_NUMBER = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(?<![\w.\[])\d+(?![\w.\]])""")

_WRITTEN = (PlainSerializer(str, return_type=str), WithJsonSchema({"type": "string"}))
OverEvent = Annotated[Condition, PlainValidator(_over_event), *_WRITTEN]
Formula = Annotated[Condition, PlainValidator(formula), *_WRITTEN]


class Trait(Definition):
    """A trait over events, or a `formula` over other traits.

    `over` is a sliding window, kept in 24 to 100 buckets and exact to the bucket; without it all time counts. Of
    several properties the first that is there counts.
    """

    kind: Kind | None = None
    event: Several | None = None
    property: Several | None = None
    where: OverEvent | None = None
    over: Duration | None = None
    formula: Formula | None = None
    description: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = {"kind": self.kind, "event": self.event, "property": self.property, "where": self.where}
        if self.formula:
            _refuse(next((word for word, value in {**given, "over": self.over}.items() if value is not None), None))
            return self
        if self.kind is None or self.event is None:
            message = "write a kind and an event, or a formula"
            raise ValueError(message)
        if self.kind != "count" and self.property is None:
            message = f"{self.kind!r} needs a property"
            raise ValueError(message)
        if self.over and not _SHORTEST <= self.over <= _LONGEST:
            message = f"a window of {write(self.over)}: between a minute and ten years, please"
            raise ValueError(message)
        return self

    def key(self, name: str) -> str:
        """Under which its state is kept. It changes with the definition: what is counted otherwise is counted anew."""
        said = self.model_dump(mode="json", exclude={"description"}, exclude_none=True)
        return f"{name}~{hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:6]}"


def _refuse(word: str | None) -> None:
    if word:
        message = f"{word!r} does not go with a formula"
        raise ValueError(message)


class Rfm(Definition):
    """Recency, frequency and monetary value: which event is an order, and where its value stands.

    A refund takes its value off; it does not take the order back.
    """

    event: str = "Order Completed"
    value: Several = ("revenue", "total")
    refund: str | None = "Order Refunded"


class Sessions(Definition):
    """`after` so long without anything done, a session is over. `sources`: only what comes from them is a visit.

    `tell`: whether its start and end are events, which journeys can wait for; else it is only known.
    """

    after: Duration = timedelta(minutes=30)
    sources: Several | None = None
    tell: bool = True


class Stage(Definition):
    """A stage of life. Of the list the first whose condition holds; one without a condition always does."""

    stage: Name
    when: Condition | None = None


class Traits(Definition):
    """What `traits.yaml` holds. Without `sessions` there are none."""

    computed: Mapping[Name, Trait] = Field(default_factory=dict)
    rfm: Rfm = Rfm()
    sessions: Sessions | None = None
    lifecycle: tuple[Stage, ...] = ()


class Segment(Definition):
    when: Condition
    description: str = ""


def _long_form(written: Any) -> Any:
    return {"when": written} if isinstance(written, str) else written


class Segments(Definition):
    """What `segments.yaml` holds: by name, a condition over `profile` and `now`."""

    segments: Mapping[
        Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")], Annotated[Segment, BeforeValidator(_long_form)]
    ] = Field(default_factory=dict)
