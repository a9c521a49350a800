"""What goes over the wire, and what happens when it does not."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from segue.clock import Clock
from segue.replay.bookmark import Bookmark
from segue.replay.files import Read
from segue.replay.sending import Pace, Sender, Stopped, Tally, batches

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def a_row(number: int, at: datetime = NOON, **more: Any) -> Read:
    return Read(
        number, calls=({"type": "track", "event": "Seen", "userId": "ada", "timestamp": at.isoformat(), **more},)
    )


def send(rows: list[Read], answer: Any, *, after: int = 0) -> tuple[Tally, list[dict[str, Any]]]:
    """The tally, and the bodies that arrived; `answer` gives the response to the nth call."""
    bodies: list[dict[str, Any]] = []

    def api(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return answer(len(bodies))

    tally = Tally(done=after)
    sender = Sender("http://api", "key", clients=1, transport=httpx.MockTransport(api), sleep=lambda _: None)
    sender.send_all(batches(rows, tally, after=after), tally, lambda: None)
    return tally, bodies


def fine(_: int) -> httpx.Response:
    return httpx.Response(200, json={"success": True})


def test_events_go_in_batches_of_a_hundred() -> None:
    tally, bodies = send([a_row(number) for number in range(1, 251)], fine)

    assert [len(body["batch"]) for body in bodies] == [100, 100, 50]
    assert (tally.sent, tally.done) == (250, 250)


def test_a_batch_stays_below_the_size_that_the_api_takes() -> None:
    _, bodies = send([a_row(number, properties={"text": "x" * 30_000}) for number in range(1, 31)], fine)

    assert len(bodies) > 1
    assert all(len(json.dumps(body)) < 500_000 for body in bodies)


def test_an_event_that_is_too_large_is_told_and_not_sent() -> None:
    tally, bodies = send([a_row(1, properties={"text": "x" * 40_000}), a_row(2)], fine)

    assert (tally.sent, tally.failed) == (1, 1)
    assert tally.troubles[0].number == 1
    assert len(bodies) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_may_pass_is_tried_again(status: int) -> None:
    tally, bodies = send([a_row(1)], lambda nth: httpx.Response(status if nth < 3 else 200))

    assert (tally.sent, tally.retries, tally.failed) == (1, 2, 0)
    assert bodies[0] == bodies[2]


def test_a_refused_batch_is_told_and_the_next_one_goes_on() -> None:
    rows = [a_row(number) for number in range(1, 151)]

    tally, _ = send(rows, lambda nth: httpx.Response(400, text="batch: no") if nth == 1 else httpx.Response(200))

    assert (tally.sent, tally.failed, tally.done) == (50, 100, 150)
    assert "batch: no" in tally.troubles[0].why


def test_an_unknown_key_stops_at_once() -> None:
    with pytest.raises(Stopped, match="write key"):
        send([a_row(1)], lambda _: httpx.Response(401, text="who?"))


def test_an_api_that_stays_away_stops_the_replay_where_it_was() -> None:
    rows = [a_row(number) for number in range(1, 301)]
    tally = Tally()

    def api(request: httpx.Request) -> httpx.Response:
        if b'"n":2' in request.content:
            raise httpx.ConnectError("gone")
        return httpx.Response(200)

    rows[150].calls[0]["properties"] = {"n": 2}
    sender = Sender("http://api", "key", clients=1, transport=httpx.MockTransport(api), sleep=lambda _: None)
    with pytest.raises(Stopped, match="gone"):
        sender.send_all(batches(rows, tally), tally, lambda: None)

    assert tally.done == 100


def test_a_replay_goes_on_behind_the_last_row_that_is_done() -> None:
    _, bodies = send([a_row(number) for number in range(1, 11)], fine, after=7)

    assert len(bodies[0]["batch"]) == 3


def test_unreadable_rows_are_counted_and_passed_over() -> None:
    tally, _ = send([a_row(1), Read(2, wrong="not JSON")], fine)

    assert (tally.sent, tally.unreadable, tally.done) == (1, 1, 2)


def test_with_a_clock_no_event_goes_before_its_time() -> None:
    wall = [datetime(2026, 11, 22, tzinfo=UTC)]
    clock = Clock(NOON, wall[0], rate=60, wall=lambda: wall[0])

    def sleep(seconds: float) -> None:
        wall[0] += timedelta(seconds=seconds)

    rows = [a_row(1), a_row(2, NOON + timedelta(minutes=10)), a_row(3, NOON + timedelta(minutes=30))]
    sent = [(batch, clock.now()) for batch in batches(rows, Tally(), pace=Pace(clock=clock, sleep=sleep))]

    assert [len(batch.calls) for batch, _ in sent] == [1, 1, 1]
    assert all(datetime.fromisoformat(batch.calls[0]["timestamp"]) <= at for batch, at in sent)
    assert sent[-1][1] < NOON + timedelta(minutes=31)


def test_a_clock_that_has_not_begun_to_run_is_waited_for() -> None:
    wall = datetime(2026, 11, 22, tzinfo=UTC)
    clock = Clock(NOON, wall + timedelta(seconds=30), rate=60, wall=lambda: wall)

    early = Pace(clock=clock).early(a_row(1, NOON + timedelta(minutes=1)).calls[0])

    assert early == timedelta(seconds=31)


def test_a_bookmark_holds_for_this_file_as_it_is_and_this_stack(tmp_path: Any) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("{}\n")
    Bookmark.of(tmp_path / "kept", file, None, "stack-1").write(41)

    assert Bookmark.of(tmp_path / "kept", file, None, "stack-1").read() == 41
    assert Bookmark.of(tmp_path / "kept", file, None, "stack-2").read() == 0
    file.write_text("{}\n{}\n")
    assert Bookmark.of(tmp_path / "kept", file, None, "stack-1").read() == 0
