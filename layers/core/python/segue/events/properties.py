"""What the tracking plan says of one property or trait: its type, its other names, the values that it may have."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from segue.schema import AlsoWritten

PropertyType = Literal["any", "string", "number", "integer", "boolean", "datetime", "object", "array"]
Format = Literal["email", "url", "uuid", "date", "currency", "country"]

#: What becomes of an event with a value that does not fit: kept as rejected, let through with notes, or with what
#: offends taken off, and notes.
Answer = Literal["reject", "warn", "strip"]


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_time(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


#: What a value of each type is.
ADMITS: Mapping[PropertyType, Callable[[Any], bool]] = {
    "any": lambda _: True,
    "string": lambda value: isinstance(value, str),
    "number": is_number,
    "integer": lambda value: is_number(value) and float(value).is_integer(),
    "boolean": lambda value: isinstance(value, bool),
    "datetime": is_time,
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
}

FORMATS: Mapping[Format, tuple[re.Pattern[str], str]] = {
    "email": (re.compile(r"[^@\s]+@[^@\s]+"), "an e-mail address"),
    "url": (re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+"), "an address such as https://example.com"),
    "uuid": (re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), "a UUID"),
    "date": (re.compile(r"\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])"), "a date such as 2026-03-10"),
    "currency": (re.compile(r"[A-Za-z]{3}"), "a currency of three letters, such as EUR"),
    "country": (re.compile(r"[A-Za-z]{2}"), "a country of two letters, such as DE"),
}


class Definition(BaseModel):
    """Whatever people write: frozen, and without room for typing errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Property(Definition):
    """What a property or a trait holds. Written short as its type: `total: number`."""

    type: PropertyType = Field(default="any", description="The JSON type of its value; a datetime is ISO 8601.")
    required: bool = Field(default=False, description="Whether each event must have it. Traits come a few at a time.")
    description: str = Field(default="", description="What it says, for those who send and read it.")
    unit: str = Field(default="", description="In what a number counts: EUR, kg, minutes … Free text.")
    enum: tuple[str | int | float | bool, ...] = Field(default=(), description="The only values that it may have.")
    format: Format | None = Field(default=None, description="What a string looks like.")
    aliases: tuple[str, ...] = Field(default=(), description="Other names, which ingest changes to this one.")
    personal: bool | None = Field(default=None, description="Whether it tells who a person is.")
    properties: "Properties" = Field(default_factory=dict, description="What an object holds.")
    items: "Written | None" = Field(default=None, description="What each item of an array is.")

    @model_validator(mode="before")
    @classmethod
    def _type_by_what_is_inside(cls, given: Any) -> Any:
        """Who says `properties` means an object, who says `items` an array."""
        if isinstance(given, dict) and "type" not in given:
            implied = [type_ for word, type_ in (("properties", "object"), ("items", "array")) if word in given]
            return {**given, "type": implied[0]} if implied else given
        return given

    def admits(self, value: Any) -> bool:
        """By its type alone."""
        return ADMITS[self.type](value)


def _long_form(written: Any) -> Any:
    return {"type": written} if isinstance(written, str) else written


Written = Annotated[
    Property,
    BeforeValidator(_long_form),
    AlsoWritten({"enum": list(get_args(PropertyType)), "description": "Its type alone."}),
]
Properties = Mapping[str, Written]
Property.model_rebuild()
