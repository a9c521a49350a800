"""Files of events, whole and broken."""

import gzip
import json
from pathlib import Path

import pytest
from pyarrow import Table, parquet

from segue.replay.files import BadFile, EventFile
from segue.replay.mapping import BadMapping, FileMapping

CLICKS = """
columns: [user, item, kind, at]
calls:
  - when: {kind: buy}
    event: Order Completed
    user_id: "shop-{user}"
    timestamp: {column: at, format: unix}
    properties: {product_id: "{item}"}
"""


@pytest.fixture
def mapping(tmp_path: Path) -> FileMapping:
    return a_mapping(tmp_path, CLICKS)


def a_mapping(folder: Path, text: str) -> FileMapping:
    (folder / "mapping.yaml").write_text(text)
    return FileMapping.load(folder / "mapping.yaml")


def test_json_lines_are_taken_as_they_are(tmp_path: Path) -> None:
    call = {"type": "track", "event": "Order Completed", "userId": "ada", "messageId": "m-1"}
    (tmp_path / "events.jsonl").write_text(json.dumps(call) + "\n")

    (read,) = EventFile(tmp_path / "events.jsonl")

    assert read.calls == (call,)


def test_a_call_without_an_id_gets_the_same_one_at_every_replay(tmp_path: Path) -> None:
    line = json.dumps({"type": "track", "event": "Order Completed", "userId": "ada"})
    (tmp_path / "events.jsonl").write_text(f"{line}\n{line}\n")

    first, again = ([read.calls[0]["messageId"] for read in EventFile(tmp_path / "events.jsonl")] for _ in range(2))

    assert first == again
    assert len(set(first)) == 2


@pytest.mark.parametrize("blank", [None, "", " "])
def test_a_blank_id_is_none(tmp_path: Path, blank: str | None) -> None:
    call = {"type": "track", "event": "Order Completed", "userId": "ada", "messageId": blank}
    (tmp_path / "events.jsonl").write_text(json.dumps(call))

    (read,) = EventFile(tmp_path / "events.jsonl")

    assert read.calls[0]["messageId"].startswith("replay-")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{broken", "not JSON (Expecting property name"),
        ("9" * 5_000, "not JSON that can be read"),
        ('{"type": "track", "n": ' + "9" * 5_000 + "}", "not JSON that can be read"),
        ('{"type": "track", "n": NaN}', "not JSON that can be read"),
        ("[" * 100_000, "nested too deeply"),
        ('{"type": "track", "n": 1e400}', "an object that holds a number that is too large"),
        ('{"type": "track", "n": "\\ud800"}', "an object that holds a text that is not Unicode"),
        ('{"type": "track", "n": ' + "[" * 900 + "]" * 900 + "}", "an object that is nested deeper than 64"),
        ("[1]", "not an object"),
    ],
)
def test_a_line_that_cannot_be_sent_is_told_and_the_next_is_read(tmp_path: Path, line: str, why: str) -> None:
    good = json.dumps({"type": "track", "event": "Order Completed", "userId": "ada", "messageId": "m"})
    (tmp_path / "events.jsonl").write_text(f"{line}\n{good}\n")

    bad, read = EventFile(tmp_path / "events.jsonl")

    assert (bad.number, bad.calls) == (1, ())
    assert str(bad.wrong).startswith(why)
    assert read.calls[0]["messageId"] == "m"


def test_a_truncated_last_line_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text('{"type": "track", "userId": "ada"}\n{"type": "tra')

    good, bad = EventFile(tmp_path / "events.jsonl")

    assert good.calls
    assert bad.number == 2
    assert "not JSON" in str(bad.wrong)


def test_rows_become_calls_by_the_mapping(tmp_path: Path, mapping: FileMapping) -> None:
    (tmp_path / "clicks.csv").write_text("7,55,pv,1511658000\n7,56,buy,1511658060\n")

    viewed, bought = EventFile(tmp_path / "clicks.csv", mapping)

    assert viewed.calls == ()
    assert bought.calls[0]["userId"] == "shop-7"
    assert bought.calls[0]["timestamp"] == "2017-11-26T01:01:00+00:00"
    assert bought.calls[0]["properties"] == {"product_id": "56"}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("7,56,buy,15", "1970-01-01"),
        ("7,56,buy", "3 columns instead of 4"),
        ("7,56,buy,", "empty"),
        (",5,buy,1511658000", "neither"),
    ],
)
def test_a_broken_row_says_what_is_wrong(tmp_path: Path, mapping: FileMapping, row: str, why: str) -> None:
    (tmp_path / "clicks.csv").write_text(f"7,56,buy,1511658060\n{row}")

    _, broken = EventFile(tmp_path / "clicks.csv", mapping)

    assert why in str(broken.wrong)


def test_a_gzip_file_that_ends_in_the_middle_is_read_up_to_there(tmp_path: Path, mapping: FileMapping) -> None:
    rows = "".join(f"{user},{user * 7919 % 1000},buy,{1511658000 + user}\n" for user in range(5_000))
    (tmp_path / "clicks.csv.gz").write_bytes(gzip.compress(rows.encode())[:-2_000])

    *read, last = EventFile(tmp_path / "clicks.csv.gz", mapping)

    assert len(read) > 1_000
    assert "ends in the middle" in str(last.wrong)


def test_a_quoted_cell_may_hold_a_line_break(tmp_path: Path) -> None:
    mapping = a_mapping(
        tmp_path, "calls: [{event: Noted, user_id: '{who}', timestamp: {column: at}, properties: {n: '{note}'}}]"
    )
    (tmp_path / "notes.csv").write_text('who,at,note\nada,2026-03-10,"one\ntwo"\n')

    (read,) = EventFile(tmp_path / "notes.csv", mapping)

    assert read.calls[0]["properties"] == {"n": "one\ntwo"}


def test_parquet_keeps_its_types_and_a_customer_number_stays_a_whole_one(tmp_path: Path) -> None:
    rows = [{"who": 13085.0, "at": "2009-12-01 07:45:00", "price": 6.95}, {"who": None, "at": "", "price": 1.0}]
    parquet.write_table(Table.from_pylist(rows), tmp_path / "orders.parquet")
    at, price = "{column: at, zone: Europe/London}", "{price: {column: price, as: number}}"
    call = f"{{event: Order Completed, user_id: '{{who}}', timestamp: {at}, properties: {price}}}"
    mapping = a_mapping(tmp_path, f"calls: [{call}]")

    order, nobody = EventFile(tmp_path / "orders.parquet", mapping)

    assert order.calls[0]["userId"] == "13085"
    assert order.calls[0]["properties"] == {"price": 6.95}
    assert nobody.wrong


def test_a_table_without_a_mapping_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "clicks.csv").write_text("7,56,buy,1511658060\n")

    with pytest.raises(BadFile, match="--mapping"):
        EventFile(tmp_path / "clicks.csv")


def test_a_wrong_mapping_names_every_wrong_field(tmp_path: Path) -> None:
    with pytest.raises(BadMapping, match=r"(?s)Mars/Base.*evnt"):
        a_mapping(tmp_path, "calls: [{evnt: Order Completed, user_id: x, timestamp: {column: at, zone: Mars/Base}}]")
