"""Things that people write as text and that are parsed once."""

from typing import Any, ClassVar, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class Written:
    """In a pydantic model, and in JSON, it is its text."""

    __slots__ = ()

    #: As a message names it, such as `a condition`.
    NOUN: ClassVar[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise `ValueError` with one clear line."""
        raise NotImplementedError

    @classmethod
    def _read(cls, given: Any) -> Self:
        if isinstance(given, cls):
            return given
        if not isinstance(given, str):
            message = f"{cls.NOUN} is a text, not a {type(given).__name__}"
            raise ValueError(message)  # noqa: TRY004 - pydantic gathers ValueErrors
        return cls.parse(given)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        parsed = core_schema.no_info_after_validator_function(cls.parse, core_schema.str_schema())
        return core_schema.json_or_python_schema(
            json_schema=parsed,
            python_schema=core_schema.no_info_plain_validator_function(cls._read),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )
