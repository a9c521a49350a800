"""What pydantic cannot know of the JSON Schema that editors are given: the shorter ways to write a value."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema


@dataclass(frozen=True, slots=True)
class AlsoWritten:
    """Marks a type that a validator makes of a shorter form too, which `short` describes."""

    short: dict[str, Any]

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [self.short, handler(core_schema)]}

    def __hash__(self) -> int:
        return hash(repr(self.short))
