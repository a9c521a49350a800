"""How the rows of a table become Segment calls: a small YAML file beside a CSV or Parquet file.

    columns: [user, item, category, behaviour, at]     # when the file has no header
    calls:
      - when: {behaviour: buy}
        type: track
        event: Order Completed
        user_id: "taobao-{user}"
        timestamp: {column: at, format: unix}
        properties: {product_id: "{item}", category: "{category}"}

A text is a pattern over the row's columns; `{column: x, as: number}` takes a column's value as that type. What is
empty in the row is left out of the call.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

Row = Mapping[str, Any]
#: Outside of these a moment is a slip of the file, such as an epoch whose digits were cut off.
EARLIEST, LATEST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class Unreadable(Exception):
    """A row that cannot become a call; the message says why."""


class BadMapping(Exception):
    """The mapping file itself is wrong."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name!r} is not a time zone such as Europe/Berlin") from None
    return name


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Typed(_Definition):
    """A column's value as a type of JSON."""

    column: str
    kind: Literal["text", "number", "integer", "boolean"] = Field("text", alias="as")

    def of(self, row: Row) -> Any:
        value = _cell(row, self.column)
        if value is None:
            return None
        try:
            match self.kind:
                case "text":
                    return str(value)
                case "number":
                    return float(value)
                case "integer":
                    return int(float(value))
                case "boolean":
                    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[
                        str(value).lower()
                    ]
        except (ValueError, KeyError, OverflowError):
            raise Unreadable(f"{self.column} is {value!r}, not a {self.kind}") from None


class Moment(_Definition):
    """`format` is `iso`, `unix` (seconds), `unix_ms`, or a pattern of strptime; `zone` is for times without one."""

    column: str
    format: str = "iso"
    zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"

    def of(self, row: Row) -> datetime:
        value = _cell(row, self.column)
        if value is None:
            raise Unreadable(f"{self.column} is empty, so there is no time")
        try:
            at = value if isinstance(value, datetime) else self._parse(str(value))
        except (ValueError, OverflowError):
            raise Unreadable(f"{self.column} is {value!r}, not a time of the format {self.format}") from None
        at = (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(self.zone))).astimezone(UTC)
        if not EARLIEST <= at < LATEST:
            raise Unreadable(f"{self.column} is {value!r}, which would be {at:%Y-%m-%d}: cut off, or another format?")
        return at

    def _parse(self, text: str) -> datetime:
        match self.format:
            case "iso":
                return datetime.fromisoformat(text)
            case "unix":
                return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(text))
            case "unix_ms":
                return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=float(text))
            case pattern:
                return datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is added by the caller


Value = str | int | float | bool | Typed


class Call(_Definition):
    """One Segment call per row, for the rows in which every column of `when` has the given value (or one of a list)."""

    type: Literal["track", "identify", "page", "screen", "group", "alias"] = "track"
    when: dict[str, str | list[str]] = Field(default_factory=dict)
    event: str | None = None
    name: str | None = None
    user_id: Value | None = None
    anonymous_id: Value | None = None
    previous_id: Value | None = None
    group_id: Value | None = None
    message_id: str | None = None
    timestamp: Moment
    properties: dict[str, Value] = Field(default_factory=dict)
    traits: dict[str, Value] = Field(default_factory=dict)
    context: dict[str, Value] = Field(default_factory=dict)

    def matches(self, row: Row) -> bool:
        return all(
            str(_cell(row, column)) in (wanted if isinstance(wanted, list) else [wanted])
            for column, wanted in self.when.items()
        )

    def of(self, row: Row, fallback_id: str) -> dict[str, Any]:
        made: dict[str, Any] = {
            "type": self.type,
            "messageId": _value(self.message_id, row) or fallback_id,
            "timestamp": self.timestamp.of(row).isoformat(),
            "event": _value(self.event, row),
            "name": _value(self.name, row),
            "userId": _text(self.user_id, row),
            "anonymousId": _text(self.anonymous_id, row),
            "previousId": _text(self.previous_id, row),
            "groupId": _text(self.group_id, row),
            "properties": _values(self.properties, row),
            "traits": _values(self.traits, row),
            "context": _values(self.context, row),
        }
        made = {name: value for name, value in made.items() if value not in (None, {}, "")}
        if "userId" not in made and "anonymousId" not in made:
            raise Unreadable("it has neither a user id nor an anonymous id")
        return made


class FileMapping(_Definition):
    """`columns` name the columns of a file without a header; `delimiter: " "` means any run of blanks."""

    columns: list[str] | None = None
    delimiter: str = ","
    calls: list[Call] = Field(min_length=1)

    @classmethod
    def load(cls, path: Path) -> "FileMapping":
        try:
            return cls.model_validate(yaml.safe_load(path.read_text()))
        except yaml.YAMLError as error:
            raise BadMapping(f"{path} is not YAML: {error}") from None
        except ValidationError as error:
            wrong = [f"  {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
            raise BadMapping(f"{path} is not a mapping:\n" + "\n".join(wrong)) from None

    def of(self, row: Row, row_id: str) -> Iterator[dict[str, Any]]:
        """The calls of a row; `row_id` makes ids that are the same at every replay."""
        for number, call in enumerate(self.calls):
            if call.matches(row):
                yield call.of(row, f"{row_id}-{number}" if len(self.calls) > 1 else row_id)


def _cell(row: Row, column: str) -> Any:
    if column not in row:
        raise Unreadable(f"there is no column {column!r}; there are {', '.join(row)}")
    value = row[column]
    return None if value in ("", None) or value != value else value  # noqa: PLR0124 - NaN, as Parquet writes nothing


def _value(given: Value | None, row: Row) -> Any:
    if isinstance(given, Typed):
        return given.of(row)
    if not isinstance(given, str):
        return given
    cells = {name: _cell(row, name) for name in _PLACEHOLDER.findall(given)}
    if any(cell is None for cell in cells.values()):
        return None
    return _PLACEHOLDER.sub(lambda found: _plain(cells[found[1]]), given)


def _text(given: Value | None, row: Row) -> str | None:
    value = _value(given, row)
    return None if value is None else _plain(value)


def _values(given: Mapping[str, Value], row: Row) -> dict[str, Any]:
    made = {name: _value(value, row) for name, value in given.items()}
    return {name: value for name, value in made.items() if value is not None}


def _plain(value: Any) -> str:
    """Parquet keeps whole numbers with gaps as floats: 13085.0 is the customer 13085."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
