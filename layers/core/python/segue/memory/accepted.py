"""`Accepted` in memory, in the rows that sends share."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from segue.decisions.decision import SendRecord
from segue.decisions.ports import Step
from segue.memory.rows import Refused, Write
from segue.memory.sends import MemorySends


class MemoryAccepted:
    def __init__(self, sends: MemorySends) -> None:
        self._sends = sends

    def keep(self, records: Sequence[SendRecord], wake: datetime) -> Collection[str]:
        known: set[str] = set()
        for record in records:
            request = record.request
            place = (request.profile_id, record.key)
            try:
                self._sends.rows.commit([Write(*_row(request.send_id), place)])
                self._sends.take(Step(record=record, was=None, attempt=0, holder=request.profile_id, wake=wake))
            except Refused:
                known.add(request.send_id)
        return known

    def several(self, send_ids: Collection[str]) -> Mapping[str, SendRecord]:
        rows = {send_id: self._sends.rows.read(*_row(send_id)) for send_id in send_ids}
        found = {send_id: self._sends.get(*row.value) for send_id, row in rows.items() if row}
        return {send_id: record for send_id, record in found.items() if record}

    def forget(self, send_ids: Collection[str]) -> None:
        for send_id in send_ids:
            self._sends.rows.remove(*_row(send_id))


def _row(send_id: str) -> tuple[str, str]:
    return f"S#{send_id}", "SEND"
