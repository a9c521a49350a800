"""`Sends` in memory, in the same rows as the profiles that change with them."""

from bisect import bisect_left
from collections.abc import Container, Iterator, Mapping
from datetime import datetime, timedelta

from segue.decisions.decision import SendRecord, SendState
from segue.decisions.ports import LOST_AFTER, Backlog, Overtaken, Step, Waiting, together
from segue.memory.profiles import LEDGER, PROFILE, RUNS
from segue.memory.rows import MemoryRows, Refused, Write
from segue.profiles.head import Versioned
from segue.profiles.ports import Conflict

#: When, how urgent, and the row.
_Due = tuple[datetime, int, str, str]


class MemorySends:
    def __init__(self, rows: MemoryRows | None = None) -> None:
        self.rows = rows or MemoryRows()
        self._agenda: list[_Due] = []
        self._wakes: dict[tuple[str, str], _Due] = {}

    def get(self, profile_id: str, key: str) -> SendRecord | None:
        row = self._row(profile_id, key)
        return row.value if row else None

    def take(self, step: Step) -> None:
        place = (step.record.request.profile_id, step.record.key)
        row = self._row(*place)
        if (row and (row.value.state, row.value.attempt)) != ((step.was, step.attempt) if step.was else None):
            raise Overtaken(step.record.request.send_id)
        writes = [Write(*place, step.record, row.version if row else 0)]
        if other := step.displaced:
            its_place = (other.record.request.profile_id, other.record.key)
            its_row = self._row(*its_place)
            if its_row is None or (its_row.value.state, its_row.value.attempt) != (other.was, other.attempt):
                raise Conflict(step.record.request.send_id)
            writes.append(Write(*its_place, other.record, its_row.version))
        if step.ledger:
            writes.append(Write(step.holder, LEDGER, step.ledger.value, step.ledger.version))
        if step.runs:
            writes.append(Write(step.holder, RUNS, step.runs.value, step.runs.version))
        unmoved = {(step.unmoved.value.profile_id, PROFILE): step.unmoved.version} if step.unmoved else None
        try:
            self.rows.commit(writes, unmoved)
        except Refused as refused:
            if place in refused.stood:
                raise Overtaken(step.record.request.send_id) from None
            raise
        for each in (step, step.displaced) if step.displaced else (step,):
            self._follow(each.record, each.wake)

    def due(
        self,
        now: datetime,
        ahead: timedelta,
        back: timedelta,  # noqa: ARG002 - nothing is dear here
        closed: Container[str] = frozenset(),
    ) -> Iterator[Waiting]:
        end = bisect_left(self._agenda, (now + ahead,))
        kept = [due for due in self._agenda[:end] if self._stands(due)]
        self._agenda[:end] = kept
        for at, rank, profile_id, key in sorted(kept, key=lambda due: (max(due[0], now), due[1], due[0])):
            name = self._channel(profile_id, key)
            if name not in closed:
                yield Waiting(profile_id, key, name, 9 - rank, at)

    def waiting(self, now: datetime, ahead: timedelta) -> Mapping[str, Backlog]:
        found: dict[str, Backlog] = {}
        for wake, _, profile_id, key in self._wakes.values():
            name = self._channel(profile_id, key)
            if name and wake < now + ahead:
                late = wake < now
                counted = Backlog(count=1, overdue=int(late), oldest=wake if late else None)
                found[name] = together(found.get(name, Backlog()), counted)
        return found

    def next_wake(self) -> datetime | None:
        """When `due` finds something deferred next."""
        while self._agenda and not self._stands(self._agenda[0]):
            del self._agenda[0]
        return next((due[0] for due in self._agenda if self._stands(due) and self._channel(*due[2:])), None)

    def wake_again(self, record: SendRecord, at: datetime) -> None:
        stood = self.get(record.request.profile_id, record.key)
        if stood and (stood.state, stood.attempt) == (record.state, record.attempt):
            self._plan(stood, at)

    def decided(self, profile_id: str, since: datetime | None = None) -> Iterator[SendRecord]:
        low = f"DECISION#{since.isoformat(timespec='milliseconds')}" if since else "DECISION#"
        return (row.value for _, row in reversed(self.rows.between(profile_id, low, "DECISION$")))

    def _follow(self, record: SendRecord, wake: datetime | None) -> None:
        self._wakes.pop((record.request.profile_id, record.key), None)
        if record.state.on_its_way:
            self._plan(record, record.decisions[-1].at + LOST_AFTER)
        elif wake and record.state is SendState.DEFERRED:
            self._plan(record, wake)

    def _plan(self, record: SendRecord, at: datetime) -> None:
        rank = 0 if record.state.on_its_way else 9 - record.request.priority
        due = (at, rank, record.request.profile_id, record.key)
        self._wakes[record.request.profile_id, record.key] = due
        index = bisect_left(self._agenda, due)
        if self._agenda[index : index + 1] != [due]:
            self._agenda.insert(index, due)

    def _stands(self, due: tuple[datetime, int, str, str]) -> bool:
        return self._wakes.get(due[2:]) == due

    def _channel(self, profile_id: str, key: str) -> str:
        """None of what is on its way."""
        row = self._row(profile_id, key)
        return row.value.message.channel if row and not row.value.state.on_its_way else ""

    def _row(self, profile_id: str, key: str) -> Versioned[SendRecord] | None:
        return self.rows.read(profile_id, key)
