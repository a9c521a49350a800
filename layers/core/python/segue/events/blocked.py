"""Values that identify nobody, such as `null`, however many events say them: they would make one person of many."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator


def _text(written: Any) -> Any:
    """YAML takes `-1` for a number and `null` for nothing; here they are texts."""
    if written is None or isinstance(written, bool):
        return {None: "null", True: "true", False: "false"}[written]
    return str(written) if isinstance(written, int | float) else written


def _pattern(written: str) -> str:
    if _is_pattern(written):
        try:
            re.compile(written[1:-1])
        except re.error as error:
            message = f"{written} is no regular expression: {error}"
            raise ValueError(message) from None
    return written


def _is_pattern(written: str) -> bool:
    return len(written) > 2 and written.startswith("/") and written.endswith("/")  # noqa: PLR2004 - the two slashes


Block = Annotated[str, BeforeValidator(_text), AfterValidator(_pattern)]

#: What Segment suggests to block for every identifier: https://segment.com/docs/unify/identity-resolution/
BLOCKED: tuple[str, ...] = ("/^[0-]*$/", "-1", "null", "anonymous")


@dataclass(frozen=True, slots=True)
class Blocked:
    """Compared without regard to case and to blanks around the value."""

    values: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, written: tuple[str, ...]) -> "Blocked":
        return cls(
            frozenset(each.strip().casefold() for each in written if not _is_pattern(each)),
            tuple(re.compile(each[1:-1], re.IGNORECASE) for each in written if _is_pattern(each)),
        )

    def holds(self, said: str) -> bool:
        said = said.strip().casefold()
        if said in self.values:
            return True
        for pattern in self.patterns:  # noqa: SIM110 - `any` takes three times as long, and this is asked of every event
            if pattern.search(said):
                return True
        return False
