"""`Imports` in memory: files by their key, and what is to go on or has come to its end, in order."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from segue.events.imports import Progress
from segue.events.ports import Overwritten

PIECE_BYTES = 64


@dataclass(slots=True)
class MemoryImports:
    """`files` holds etag and content. Nothing is packed here."""

    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    going_on: list[Progress] = field(default_factory=list)
    ended: list[Progress] = field(default_factory=list)

    def read(self, key: str, etag: str, offset: int) -> Iterator[bytes]:
        if key not in self.files and any(end.key == key for end in self.ended):
            raise Overwritten(key)
        current, content = self.files[key]
        if current != etag:
            raise Overwritten(key)
        for start in range(offset, len(content), PIECE_BYTES):
            yield content[start : start + PIECE_BYTES]

    def go_on(self, so_far: Progress) -> None:
        self.going_on.append(so_far)

    def sum_up(self, end: Progress) -> None:
        self.ended.append(end)
        if self.files.get(end.key, ("", b""))[0] == end.etag:
            del self.files[end.key]
