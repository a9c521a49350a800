"""`Signals` in memory: kept in order until somebody takes them."""

from collections.abc import Iterable

from segue.profiles.signals import Signal


class MemorySignals:
    def __init__(self) -> None:
        self.raised: list[Signal] = []

    def raise_all(self, signals: Iterable[Signal]) -> None:
        self.raised.extend(signals)

    def take(self) -> list[Signal]:
        taken, self.raised = self.raised, []
        return taken
