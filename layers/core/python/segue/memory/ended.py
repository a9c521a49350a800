"""`Ended` in memory: all records are looked through."""

from datetime import datetime

from segue.decisions.decision import SendRecord
from segue.decisions.reasons import Reason
from segue.memory.rows import MemoryRows


class MemoryEnded:
    def __init__(self, rows: MemoryRows) -> None:
        self._rows = rows

    def page(
        self, reason: Reason, since: datetime, until: datetime, *, limit: int, before: str = ""
    ) -> tuple[list[SendRecord], str]:
        found = {
            f"{at.isoformat(timespec='milliseconds')}#{row.value.request.send_id}": row.value
            for _, _, row in self._rows.everything()
            if isinstance(row.value, SendRecord) and row.value.reason is reason and (at := row.value.finished_at)
            if since <= at < until
        }
        keys = sorted((key for key in found if not before or key < before), reverse=True)
        return [found[key] for key in keys[:limit]], keys[limit - 1] if len(keys) > limit else ""
