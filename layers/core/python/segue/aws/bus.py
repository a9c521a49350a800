"""`EventBus` and `Announcements` on EventBridge."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from segue.events.event import Event
from segue.events.ports import Busy
from segue.events.rejected import Rejected
from segue.outgoing import DomainEvent

#: What consumers match on.
INGEST, OWN = "segue.ingest", "segue"
EVENT, REJECTED = "Event", "Rejected Event"

#: PutEvents' limits: entries in a call, and their bytes together (256 KB, some of it kept for names).
_MOST_ENTRIES, _MOST_BYTES = 10, 240 * 1024
_PAUSES = (0.05, 0.2, None)
_THROTTLED = frozenset({"ThrottlingException", "ThrottledException", "TooManyRequestsException", "InternalFailure"})
_RETRY_AFTER_SECONDS = 2

_EVENTS: TypeAdapter[Event] = TypeAdapter(Event)
_REJECTIONS: TypeAdapter[Rejected] = TypeAdapter(Rejected)

Entry = dict[str, Any]


class EventBridgeBus:
    """Publishing is repeated for the entries that the bus did not take; a consumer tells repetitions by their ids."""

    def __init__(self, client: Any, bus_name: str, threads: int = 4) -> None:
        self._client = client
        self._bus_name = bus_name
        self._threads = threads

    def publish(self, events: Iterable[Event], rejected: Iterable[Rejected] = ()) -> None:
        """Raise `Busy` when the bus is throttled, `RuntimeError` when it refuses an entry for another reason."""
        entries = [self._entry(INGEST, EVENT, encode_event(event)) for event in events]
        entries += [self._entry(INGEST, REJECTED, encode_rejected(each)) for each in rejected]
        self._put_all(entries)

    def announce(self, news: Iterable[DomainEvent]) -> None:
        self._put_all([self._entry(OWN, each.name, _detail(each)) for each in news])

    def _entry(self, source: str, detail_type: str, detail: str) -> Entry:
        return {"Source": source, "DetailType": detail_type, "Detail": detail, "EventBusName": self._bus_name}

    def _put_all(self, entries: Sequence[Entry]) -> None:
        calls = list(_calls(entries))
        if len(calls) == 1:
            self._put(calls[0])
        elif calls:
            with ThreadPoolExecutor(min(self._threads, len(calls))) as threads:
                list(threads.map(self._put, calls))

    def _put(self, entries: list[Entry]) -> None:
        codes: set[str] = set()
        for pause in _PAUSES:
            entries, codes = self._refused(entries)
            if not entries:
                return
            if pause:
                time.sleep(pause)
        if codes <= _THROTTLED:
            raise Busy(_RETRY_AFTER_SECONDS)
        message = f"the bus refused {len(entries)} entries: {', '.join(sorted(codes))}"
        raise RuntimeError(message)

    def _refused(self, entries: list[Entry]) -> tuple[list[Entry], set[str]]:
        try:
            results = self._client.put_events(Entries=entries)["Entries"]
        except ClientError as error:
            if (code := error.response["Error"]["Code"]) not in _THROTTLED:
                raise
            return entries, {code}
        refused = [(entry, result) for entry, result in zip(entries, results, strict=True) if "ErrorCode" in result]
        return [entry for entry, _ in refused], {result["ErrorCode"] for _, result in refused}


def encode_event(event: Event) -> str:
    return _EVENTS.dump_json(event, exclude_defaults=True).decode()


def decode_event(detail: Any) -> Event:
    """From the `detail` of what the bus delivers, already parsed."""
    return _EVENTS.validate_python(detail)


def encode_rejected(rejected: Rejected) -> str:
    return _REJECTIONS.dump_json(rejected, exclude_defaults=True).decode()


def decode_rejected(detail: Any) -> Rejected:
    """From the `detail` of what the bus delivers, already parsed."""
    return _REJECTIONS.validate_python(detail)


def _detail(news: DomainEvent) -> str:
    said = {**news.detail, "id": news.id, "at": news.at.isoformat(), "profile_id": news.profile_id}
    return json.dumps(said, separators=(",", ":"), default=str)


def _calls(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    call: list[Entry] = []
    size = 0
    for entry in entries:
        weight = len(entry["Detail"].encode())
        if call and (len(call) == _MOST_ENTRIES or size + weight > _MOST_BYTES):
            yield call
            call, size = [], 0
        call.append(entry)
        size += weight
    if call:
        yield call
