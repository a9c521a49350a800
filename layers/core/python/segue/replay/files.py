"""Reads a file of events row by row, whatever its kind, and never falls over a row that is broken."""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Protocol

from segue.events.json_text import NotJson, parsed
from segue.events.weight import weigh
from segue.replay.mapping import Row, Unreadable

_JSON_LINES = (".jsonl", ".ndjson", ".json")


class BadFile(Exception):
    """The file cannot be read at all, or not without a mapping."""


class RowMapping(Protocol):
    """What is made of a row. `columns` and `delimiter` are those of a text file; without `columns`, it has a header."""

    @property
    def columns(self) -> list[str] | None: ...

    @property
    def delimiter(self) -> str: ...

    def of(self, row: Row, row_id: str) -> Iterator[dict[str, Any]]:
        """Raise `Unreadable` with what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Read:
    """One row: its number (from 1, as an editor counts lines), the calls in it, and what was wrong with it."""

    number: int
    calls: tuple[dict[str, Any], ...] = ()
    wrong: str | None = None


@dataclass(slots=True)
class EventFile:
    """`size` and `position` are in the same unit (bytes of the file, or rows of a Parquet file), for a progress bar."""

    path: Path
    mapping: RowMapping | None = None
    position: int = field(default=0, init=False)
    prefix: str = field(default="", init=False)

    def __post_init__(self) -> None:
        if not self.path.is_file():
            raise BadFile(f"There is no file {self.path}")
        if self.mapping is not None or self.kind not in _JSON_LINES:
            self.prefix = f"{self.path.name.split('.', maxsplit=1)[0]}-{_digest(str(self._needed))[:6]}"

    @property
    def kind(self) -> str:
        return Path(self.path.name.removesuffix(".gz")).suffix.lower()

    @property
    def size(self) -> int:
        if self.kind == ".parquet":
            from pyarrow import parquet  # noqa: PLC0415 - a heavy import, for those who need it

            return int(parquet.ParquetFile(self.path).metadata.num_rows)
        return self.path.stat().st_size

    def __iter__(self) -> Iterator[Read]:
        if self.kind == ".parquet":
            return (self._mapped(number, row) for number, row in self._parquet_rows())
        return self._text_rows()

    def _text_rows(self) -> Iterator[Read]:
        number = 0
        with self.path.open("rb") as raw:
            text = io.TextIOWrapper(_unpacked(raw, self.path), encoding="utf-8-sig", errors="replace", newline="")
            try:
                for read in self._json_lines(text) if self.kind in _JSON_LINES else self._table(text):
                    number = read.number
                    self.position = raw.tell()
                    yield read
            except (EOFError, OSError, csv.Error) as error:
                yield Read(number + 1, wrong=f"the file ends in the middle, or is not what its name says: {error}")

    def _json_lines(self, text: Iterable[str]) -> Iterator[Read]:
        return (self._json(number, line) for number, line in enumerate(text, start=1) if line.strip())

    def _json(self, number: int, line: str) -> Read:
        try:
            given = parsed(line)
        except NotJson as error:
            return Read(number, wrong=str(error))
        if flaw := weigh(given).flaw:
            return Read(number, wrong=f"an object that {flaw}")
        if not isinstance(given, dict):
            return Read(number, wrong="not an object")
        if self.mapping is not None:
            return self._mapped(number, given)
        if "type" not in given:
            return Read(number, wrong="not a Segment call: it has no type")
        if not _says(given.get("messageId")):
            given["messageId"] = f"replay-{_digest(line.strip())}-{number}"
        return Read(number, calls=(given,))

    def _table(self, text: Iterable[str]) -> Iterator[Read]:
        """The first row names the columns unless the mapping does. `number` is the last line of a row."""
        mapping = self._needed
        rows = csv.reader(text, delimiter=mapping.delimiter, skipinitialspace=mapping.delimiter == " ")
        columns = mapping.columns
        for cells in rows:
            cells = [cell for cell in cells if cell] if mapping.delimiter == " " else cells  # noqa: PLW2901
            if not cells:
                continue
            if columns is None:
                columns = cells
            elif len(cells) != len(columns):
                yield Read(rows.line_num, wrong=f"{len(cells)} columns instead of {len(columns)}")
            else:
                yield self._mapped(rows.line_num, dict(zip(columns, cells, strict=True)))

    def _parquet_rows(self) -> Iterator[tuple[int, Row]]:
        from pyarrow import parquet  # noqa: PLC0415 - a heavy import, for those who need it

        for batch in parquet.ParquetFile(self.path).iter_batches(batch_size=2_000):
            for row in batch.to_pylist():
                self.position += 1
                yield self.position, row

    def _mapped(self, number: int, row: Row) -> Read:
        try:
            return Read(number, calls=tuple(self._needed.of(row, f"{self.prefix}-{number}")))
        except Unreadable as error:
            return Read(number, wrong=str(error))

    @property
    def _needed(self) -> RowMapping:
        if self.mapping is None:
            raise BadFile(f"{self.path.name} is a table: say with --mapping how its rows become events")
        return self.mapping


def _says(written: Any) -> bool:
    """A blank text is no id, as ingest has it."""
    return written is not None and not (isinstance(written, str) and not written.strip())


def _unpacked(raw: IO[bytes], path: Path) -> Any:
    return gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
