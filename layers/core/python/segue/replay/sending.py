"""Sends calls through the HTTP API in batches, from several clients at once, and says how far it came.

The order in which batches arrive does not matter to Segue, and a batch that is sent twice counts once; so a batch whose
answer was lost is simply sent again.
"""

import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from segue.clock import Clock
from segue.replay.files import Read

BATCH_EVENTS, BATCH_BYTES, EVENT_BYTES = 100, 450_000, 32_000
_TRIES = 8
#: At an accelerated clock so much real time is gathered into one batch.
_GATHER = timedelta(seconds=0.1)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What did not go over: the row's number (a batch's first), and why."""

    number: int
    why: str


@dataclass(slots=True)
class Tally:
    """`done`: every row up to this one has been dealt with, so that a replay can go on behind it."""

    done: int = 0
    sent: int = 0
    retries: int = 0
    unreadable: int = 0
    failed: int = 0
    troubles: list[Trouble] = field(default_factory=list)
    at: datetime | None = None

    def note(self, number: int, why: str) -> None:
        if len(self.troubles) < 20:  # noqa: PLR2004 - enough to see what is wrong; the counts tell how much
            self.troubles.append(Trouble(number, why))


@dataclass(slots=True)
class Batch:
    """`last` is the number of the last row in it; `wrong` are the rows on the way that could not be read."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    size: int = 0
    first: int = 0
    last: int = 0


class Refused(Exception):
    """The API said no to this batch, and would again."""


class Stopped(Exception):
    """Nothing more can be sent: the write key is unknown, or the API stayed away for too long."""


@dataclass(slots=True)
class Sender:
    """`url` of the API without a path. `clients` batches are on their way at once."""

    url: str
    write_key: str
    clients: int = 8
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep

    def send_all(self, batches: Iterable[Batch], tally: Tally, watch: Callable[[], None]) -> None:
        """Blocks until every batch has its answer, or raises `Stopped` with the tally as far as it came.

        `watch` is called as the tally changes, from this thread only.
        """
        under_way: deque[tuple[Batch, Future[int]]] = deque()
        with (
            httpx.Client(
                auth=(self.write_key, ""),
                timeout=30,
                transport=self.transport,
                limits=httpx.Limits(max_connections=self.clients),
            ) as http,
            ThreadPoolExecutor(self.clients) as pool,
        ):
            for batch in batches:
                under_way.append((batch, pool.submit(self._send, http, batch)))
                while len(under_way) >= 2 * self.clients or (under_way and under_way[0][1].done()):
                    _settle(*under_way.popleft(), tally)
                watch()
            while under_way:
                _settle(*under_way.popleft(), tally)
                watch()

    def _send(self, http: httpx.Client, batch: Batch) -> int:
        """How often it had to be tried again; `Refused` when it did not help."""
        if not batch.calls:
            return 0
        body = json.dumps({"batch": batch.calls}, separators=(",", ":")).encode()
        why = ""
        for again in range(_TRIES):
            try:
                answer = http.post(f"{self.url}/v1/batch", content=body, headers={"content-type": "application/json"})
            except httpx.TransportError as error:
                why, pause = str(error) or type(error).__name__, 0.2 * 2**again
            else:
                if answer.is_success:
                    return again
                why = f"HTTP {answer.status_code}: {_said(answer)}"
                if answer.status_code == httpx.codes.UNAUTHORIZED:
                    raise Stopped(f"The API does not know this write key ({why})")
                if answer.status_code != httpx.codes.TOO_MANY_REQUESTS and answer.is_client_error:
                    raise Refused(why)
                pause = _retry_after(answer) or 0.2 * 2**again
            self.sleep(min(pause, 10))
        raise Stopped(f"The API at {self.url} does not take events any more ({why})")


def batches(rows: Iterable[Read], tally: Tally, *, after: int = 0, pace: "Pace | None" = None) -> Iterator[Batch]:
    """Rows behind `after`, in batches that the API takes; with a `pace`, each call no sooner than its moment."""
    batch = Batch()
    for row in rows:
        if row.number <= after:
            continue
        if row.wrong is not None:
            tally.unreadable += 1
            tally.note(row.number, row.wrong)
        for call in row.calls:
            size = len(json.dumps(call, separators=(",", ":")))
            if size > EVENT_BYTES:
                tally.failed += 1
                tally.note(row.number, f"the event has {size} bytes; {EVENT_BYTES} are allowed")
                continue
            early = pace.early(call) if pace else timedelta()
            if batch.calls and (early or len(batch.calls) >= BATCH_EVENTS or batch.size + size > BATCH_BYTES):
                yield batch
                batch = Batch()
            if pace and early:
                pace.wait(early)
            if pace:
                tally.at = _moment(call)
            batch.first = batch.first or row.number
            batch.calls.append(call)
            batch.size += size
        batch.last = row.number
    yield batch


@dataclass(slots=True)
class Pace:
    """Either by the stack's clock (an event goes out at its own time), or so many events a second."""

    clock: Clock | None = None
    per_second: float | None = None
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    _next: float = 0.0

    def early(self, call: dict[str, Any]) -> timedelta:
        """For how long in reality this call has to wait; nothing when it is due."""
        if self.per_second:
            now = self.monotonic()
            self._next = max(self._next, now - 0.5) + 1 / self.per_second
            return timedelta(seconds=self._next - now) if self._next - now > 0.05 else timedelta()  # noqa: PLR2004
        at = _moment(call)
        if self.clock is None or at is None:
            return timedelta()
        return max(self._until(at), timedelta())

    def wait(self, early: timedelta) -> None:
        self.sleep(max(early, _GATHER).total_seconds())

    def _until(self, at: datetime) -> timedelta:
        assert self.clock is not None
        standing = self.clock.anchor - self.clock.wall() if self.clock.anchor else timedelta()
        return self.clock.real(at - self.clock.now()) + max(standing, timedelta())


def _settle(batch: Batch, answer: Future[int], tally: Tally) -> None:
    try:
        tally.retries += answer.result()
        tally.sent += len(batch.calls)
    except Refused as error:
        tally.failed += len(batch.calls)
        tally.note(batch.first, str(error))
    tally.done = max(tally.done, batch.last)


def _moment(call: dict[str, Any]) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(call.get("timestamp")))
    except ValueError:
        return None
    return at if at.tzinfo else None


def _retry_after(answer: httpx.Response) -> float:
    try:
        return float(answer.headers.get("retry-after", 0))
    except ValueError:
        return 0


def _said(answer: httpx.Response) -> str:
    return " ".join(answer.text.split())[:200] or "(no text)"
