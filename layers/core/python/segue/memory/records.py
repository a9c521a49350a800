"""`Records` in memory: rows of values, written out as they would be kept."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from segue.memory.inbox import MemoryInbox
from segue.memory.rows import MemoryRows
from segue.profiles.ports import Record


class MemoryRecords:
    """Over the rows that profiles and sends share, and the inboxes, which are kept by themselves."""

    def __init__(self, rows: MemoryRows, inbox: MemoryInbox | None = None) -> None:
        self._rows = rows
        self._inbox = inbox or MemoryInbox()

    def between(self, place: str, low: str, high: str, *, newest_first: bool = False) -> Iterator[Record]:
        cards = {f"INBOX#{card_id}": card for card_id, card in self._inbox.boxes.get(place, {}).items()}
        found: dict[str, Any] = {sort: row.value for sort, row in self._rows.between(place, low, high)}
        found |= {key: card for key, card in cards.items() if low <= key < high}
        for key in sorted(found, reverse=newest_first):
            yield Record(place=place, key=key, document=_document(found[key]))

    def forget(self, records: Iterable[Record]) -> None:
        for each in records:
            self._rows.remove(each.place, each.key)
            self._inbox.boxes.get(each.place, {}).pop(each.key.removeprefix("INBOX#"), None)


def _document(value: Any) -> Mapping[str, Any]:
    kind = type(value)
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    document: Mapping[str, Any] = _ADAPTERS[kind].dump_python(value, mode="json", exclude_defaults=True)
    return document


#: To build one takes a hundred times as long as to use it.
_ADAPTERS: dict[type, TypeAdapter[Any]] = {}
