"""`WriteKeys` in memory."""

from segue.events.keys import WriteKey, WrittenKeys, digest


class MemoryWriteKeys:
    def __init__(self, written: WrittenKeys) -> None:
        self._known = written.by_digest()

    def find(self, key: str) -> WriteKey | None:
        return self._known.get(digest(key))
