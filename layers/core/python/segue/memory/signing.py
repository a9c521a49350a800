"""`SigningKeys` in memory."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MemorySigningKeys:
    known: tuple[str, ...] = ("only-in-memory",)

    def keys(self) -> tuple[str, ...]:
        return self.known
