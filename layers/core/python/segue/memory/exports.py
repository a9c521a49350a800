"""`Exports` in memory."""

from dataclasses import dataclass, field
from typing import IO


@dataclass(slots=True)
class MemoryExports:
    kept: dict[str, bytes] = field(default_factory=dict)

    def put(self, place: str, name: str, document: IO[bytes]) -> str:
        self.kept[f"{place}/{name}.json"] = document.read()
        return f"memory://{place}/{name}.json"

    def forget(self, place: str) -> int:
        theirs = [key for key in self.kept if key.startswith(f"{place}/")]
        for key in theirs:
            del self.kept[key]
        return len(theirs)
