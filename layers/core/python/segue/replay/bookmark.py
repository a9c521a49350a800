"""Remembers how far a replay came, so that it goes on there: per file, mapping and stack, since a new one is empty."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Bound to the file as it is: one that was changed is read from its beginning. Rows that come twice count once."""

    kept: Path
    seal: str

    @classmethod
    def of(cls, folder: Path, file: Path, mapping: Path | None, stack: str) -> "Bookmark":
        """`stack` is whatever tells one deployed stack from another."""
        name = "\n".join([str(file.resolve()), str(mapping.resolve()) if mapping else "", stack])
        about = file.stat()
        seal = f"{about.st_size}-{about.st_mtime_ns}-{sha256(mapping.read_bytes()).hexdigest() if mapping else ''}"
        return cls(folder / f"{sha256(name.encode()).hexdigest()[:16]}.json", seal)

    def read(self) -> int:
        """The number of the last row that is done; 0 at the beginning."""
        try:
            kept = json.loads(self.kept.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return 0
        return int(kept["done"]) if kept.get("seal") == self.seal else 0

    def write(self, done: int) -> None:
        self.kept.parent.mkdir(parents=True, exist_ok=True)
        draft = self.kept.with_suffix(".new")
        draft.write_text(json.dumps({"seal": self.seal, "done": done}))
        draft.replace(self.kept)
