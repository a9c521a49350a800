"""A file of any size is taken in portion by portion: every line once, in bounded memory, whatever breaks it off."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.events import imports as importing
from segue.events.imports import LINES_AT_ONCE, MOST_LINE_BYTES, SOURCE, Progress, bring_in, lines
from segue.events.plan import TrackingPlan
from segue.events.ports import Broken, Busy
from segue.events.spec import Reception
from segue.memory.bus import MemoryBus
from segue.memory.imports import MemoryImports
from segue.profiles.timeline import fingerprint
from tests.builders import NOON

BEGIN = Progress(key="incoming/orders.jsonl", etag="e-1", uploaded_at=NOON - timedelta(minutes=5))
CALL = {"type": "track", "event": "Order Completed", "userId": "ada", "timestamp": "1997-01-06T10:00:00Z"}


def a_file(*calls: Any) -> bytes:
    return b"\n".join(call if isinstance(call, bytes) else json.dumps(call).encode() for call in calls)


def received(now) -> Reception:
    return Reception(source=SOURCE, received_at=now, plan=TrackingPlan(), digest="", new_id=lambda: "new")


def portion(
    content: bytes, *, before: Progress = BEGIN, bus: Any = None, enough: Callable[[], bool] = lambda: False, now=NOON
) -> tuple[Progress, MemoryBus]:
    files = MemoryImports({BEGIN.key: ("e-1", content)})
    bus = bus or MemoryBus()
    return bring_in(before, imports=files, bus=bus, by=received(now), enough=enough), bus


def all_portions(content: bytes, bus: MemoryBus) -> Iterator[Progress]:
    """As an impatient function works: one group of lines at a time."""
    so_far = BEGIN
    while not so_far.done:
        so_far, _ = portion(content, before=so_far, bus=bus, enough=lambda: True)
        yield so_far


def test_events_keep_their_own_times() -> None:
    end, bus = portion(a_file(CALL, {**CALL, "timestamp": None}))

    assert [event.timestamp for event in bus.events] == [datetime(1997, 1, 6, 10, tzinfo=UTC), BEGIN.uploaded_at]
    assert (end.accepted, end.rejected, end.line, end.done) == (2, 0, 2, True)


def test_an_archive_s_old_sent_at_does_not_move_its_events_to_today() -> None:
    archived = {**CALL, "originalTimestamp": "1997-01-06T12:00:00Z", "sentAt": "1997-01-06T12:00:09Z"}

    _, bus = portion(a_file(archived, {**CALL, "sentAt": "1997-01-06T12:00:09Z"}))

    assert {event.timestamp for event in bus.events} == {datetime(1997, 1, 6, 10, tzinfo=UTC)}
    assert bus.events[0].client_time == datetime(1997, 1, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "field", "message"),
    [
        (b"{broken", "line 2", "is not JSON (Expecting property name"),
        (b"[1]", "line 2", "is not a JSON object"),
        (b"\xff\xfe", "line 2", "is not UTF-8"),
        (b'{"a": NaN}', "line 2", "is not JSON that can be read"),
        (b"[" * 100_000, "line 2", "is nested too deeply"),
        (b'{"n": ' + b"9" * 5_000 + b"}", "line 2", "is not JSON that can be read"),
        (b'{"pad": "' + b"x" * MOST_LINE_BYTES + b'"}', "line 2", "is longer than 256 KB"),
        (b'{"type": "track", "event": "X"}', "line 2: userId", "is required"),
    ],
)
def test_a_bad_line_is_kept_with_its_number_and_the_others_are_taken(line, field, message) -> None:
    end, bus = portion(a_file(CALL, line, CALL))

    [rejected] = bus.rejected
    assert (end.accepted, end.rejected) == (2, 1)
    assert rejected.violations[0].field == field
    assert rejected.violations[0].message.startswith(message)


def test_empty_lines_windows_line_ends_and_a_byte_order_mark_are_no_trouble() -> None:
    end, _ = portion(b"\xef\xbb\xbf" + a_file(CALL, b"", CALL).replace(b"\n", b"\r\n") + b"\r\n\r\n")

    assert (end.accepted, end.rejected, end.line) == (2, 0, 4)


def test_the_same_file_again_is_the_same_events_and_equal_lines_are_several() -> None:
    content = a_file(CALL, CALL, {**CALL, "timestamp": None})

    first, again = MemoryBus(), MemoryBus()
    portion(content, bus=first)
    portion(content, bus=again, now=NOON + timedelta(days=1))

    assert len({fingerprint(event) for event in first.events}) == 3
    assert [fingerprint(each) for each in first.events] == [fingerprint(each) for each in again.events]


def test_a_portion_ends_where_time_does_and_the_next_goes_on_with_the_line_after_it() -> None:
    content = a_file(*({**CALL, "messageId": f"m-{number}"} for number in range(2 * LINES_AT_ONCE + 3)), b"bad")
    bus = MemoryBus()

    portions = list(all_portions(content, bus))

    assert [each.line for each in portions] == [200, 400, 404, 404]
    assert [event.message_id for event in bus.events] == [f"m-{number}" for number in range(403)]
    assert bus.rejected[0].violations[0].field == "line 404"


def test_only_memory_for_a_piece_and_a_line_is_taken_of_a_line_of_a_gigabyte() -> None:
    longest = max(len(line.text) for line in lines(b"x" * 100_000 for _ in range(50)))

    assert longest == MOST_LINE_BYTES + 1


@dataclass
class BusyBus(MemoryBus):
    """Takes so many calls, and no more."""

    takes: int = 0
    events: list[Any] = field(default_factory=list)
    rejected: list[Any] = field(default_factory=list)

    def publish(self, events: Any, rejected: Any = ()) -> None:
        if not self.takes:
            raise Busy(2)
        self.takes -= 1
        super().publish(events, rejected)


def test_a_busy_bus_ends_the_portion_where_it_was_and_fails_it_only_without_progress() -> None:
    content = a_file(*[CALL] * (2 * LINES_AT_ONCE))

    so_far, _ = portion(content, bus=BusyBus(takes=1))

    assert (so_far.line, so_far.done) == (LINES_AT_ONCE, False)
    with pytest.raises(Busy):
        portion(content, bus=BusyBus(takes=0))


def test_a_file_that_breaks_off_is_kept_as_rejected_with_the_place_and_what_came_before_is_taken() -> None:
    class Torn(MemoryImports):
        def read(self, key: str, etag: str, offset: int) -> Iterator[bytes]:
            yield from super().read(key, etag, offset)
            raise Broken("the gzip data is broken: pack the file again")

    bus = MemoryBus()
    files = Torn({BEGIN.key: ("e-1", a_file(CALL, CALL) + b"\n")})

    end = bring_in(BEGIN, imports=files, bus=bus, by=received(NOON), enough=lambda: False)

    assert (end.accepted, end.rejected, end.done) == (2, 1, True)
    assert bus.rejected[0].violations[0].field == "incoming/orders.jsonl after line 2"


@given(
    texts=st.lists(st.binary(max_size=40).map(lambda text: text.replace(b"\n", b"")), max_size=12),
    cuts=st.lists(st.integers(0, 300), max_size=8),
    longest=st.integers(1, 20),
)
@settings(max_examples=200, deadline=None)
def test_lines_are_the_same_however_the_file_is_cut_into_pieces(texts, cuts, longest) -> None:
    content = b"\n".join(texts)
    bounds = sorted({0, len(content), *(min(cut, len(content)) for cut in cuts)})
    pieces = [content[start:end] for start, end in pairwise(bounds)]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(importing, "MOST_LINE_BYTES", longest)
        found = list(lines(pieces))

    expected = content.split(b"\n")
    expected = expected[:-1] if not expected[-1] else expected
    assert [line.text for line in found] == [text[: longest + 1] for text in expected]
    assert [line.too_long for line in found] == [len(text) > longest for text in expected]
    assert [line.number for line in found] == list(range(1, len(expected) + 1))
    for line in found:
        rest = list(lines([content[line.end :]], line.end, line.number))
        assert [replace(each, text=b"", too_long=False) for each in rest] == [
            replace(each, text=b"", too_long=False) for each in found[line.number :]
        ]
