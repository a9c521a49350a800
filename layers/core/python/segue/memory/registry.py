"""`Registry` in memory."""

from segue.journeys.ports import Kept


class MemoryRegistry:
    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Kept] = {}
        self._paused: set[str] = set()

    def keep(self, kept: Kept) -> None:
        self._kept.setdefault((kept.journey.name, kept.journey.version), kept)

    def version(self, journey: str, version: str) -> Kept | None:
        return self._kept.get((journey, version))

    def pause(self, journey: str) -> None:
        self._paused.add(journey)

    def unpause(self, journey: str) -> None:
        self._paused.discard(journey)

    def paused(self, journey: str) -> bool:
        return journey in self._paused
