"""The commands themselves, as far as they need no stack."""

import json
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from segue.cli.main import app
from segue.cli.simulate import events_of
from segue.replay.files import EventFile
from segue.workspace.load import load

WORKSPACE = Path(__file__).parents[3] / "workspace"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The example workspace with three mistakes in two files."""
    shutil.copytree(WORKSPACE, tmp_path / "workspace")
    journey = tmp_path / "workspace" / "journeys" / "win-back.yaml"
    journey.write_text(journey.read_text().replace("wait: 3d", "wait: 3 days").replace("owner:", "ownr:"))
    template = tmp_path / "workspace" / "templates" / "thank-you.yaml"
    template.write_text(template.read_text().replace("{{", "{{ nothing.here }}{{", 1))
    return tmp_path / "workspace"


@pytest.mark.parametrize("name", ["up", "down", "status", "deploy", "replay", "why", "lint", "test", "simulate"])
def test_each_command_explains_itself(name: str) -> None:
    told = run(name, "--help")

    assert told.exit_code == 0
    assert "Usage" in told.output


def test_the_example_workspace_has_no_mistakes() -> None:
    assert run("lint", WORKSPACE).exit_code == 0


def test_lint_is_loud_about_a_browser_that_is_believed(broken: Path) -> None:
    shutil.copytree(WORKSPACE, broken, dirs_exist_ok=True)
    (broken / "identity.yaml").write_text("identity_verification: {required: false}\n")

    told = run("lint", broken)

    assert told.exit_code == 0
    assert "warning W104: whoever reads a browser key off a page" in " ".join(told.output.split())


def test_lint_names_every_mistake_with_its_place(broken: Path) -> None:
    told = run("lint", broken)

    assert told.exit_code == 1
    assert "win-back.yaml:14" in told.output
    assert "ownr" in told.output
    assert "nothing.here" in told.output


def test_the_worked_examples_run() -> None:
    told = run("test", WORKSPACE)

    assert told.exit_code == 0
    assert "all hold" in told.output


def test_an_example_that_does_not_hold_says_what_came(broken: Path) -> None:
    shutil.copytree(WORKSPACE, broken, dirs_exist_ok=True)
    (broken / "journeys" / "listening-tips.examples.yaml").write_text(
        "- {name: wrong, events: [{event: Order Completed}], expect: {messages: []}}\n"
    )

    told = run("test", broken)

    assert told.exit_code == 1
    assert "listening-tips" in told.output


def test_a_file_of_events_is_simulated(tmp_path: Path) -> None:
    order = {"type": "track", "event": "Order Completed", "userId": "ada", "timestamp": "2026-03-10T10:00:00Z"}
    consent = {"consent": {"categoryPreferences": {"marketing": True}}, "timezone": "Europe/Berlin"}
    order |= {"properties": {"order_id": "1", "total": 2.5, "quantity": 1}, "context": consent}
    (tmp_path / "events.jsonl").write_text(json.dumps(order) + "\n{broken")

    told = run("simulate", tmp_path / "events.jsonl", "--workspace", WORKSPACE, "--why", "ada")

    assert told.exit_code == 0
    assert "first-order-thanks" in told.output
    assert "unreadable: not JSON" in told.output


@pytest.mark.parametrize("person", ["ada", "v-1", "Ada@Example.com"])
def test_a_simulation_tells_of_a_person_by_whatever_they_are_known(tmp_path: Path, person: str) -> None:
    """The order was a visitor's, who said later who they are."""
    consent = {"consent": {"categoryPreferences": {"marketing": True}}, "timezone": "Europe/Berlin"}
    order = {"type": "track", "event": "Order Completed", "anonymousId": "v-1", "timestamp": "2026-03-10T10:00:00Z"}
    order |= {"properties": {"order_id": "1", "total": 2.5, "quantity": 1}, "context": consent}
    known = {"type": "identify", "userId": "ada", "anonymousId": "v-1", "timestamp": "2026-03-10T10:05:00Z"}
    known |= {"traits": {"email": "ada@example.com"}}
    (tmp_path / "events.jsonl").write_text(f"{json.dumps(order)}\n{json.dumps(known)}\n")

    told = run("simulate", tmp_path / "events.jsonl", "--workspace", WORKSPACE, "--why", person)

    assert told.exit_code == 0
    assert "  first-order-thanks: " in told.output.split("  time zone   Europe/Berlin\n")[1]
    assert "asked for Tue 2026-03-10 11:00 by first-order-thanks" in told.output


def test_a_simulation_says_when_nobody_is_known_by_that(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text("{}")

    told = run("simulate", tmp_path / "events.jsonl", "--workspace", WORKSPACE, "--why", "nobody")

    assert told.exit_code == 1
    assert "Nobody is known as 'nobody'" in told.output


def test_a_file_out_of_an_archive_is_simulated_at_the_times_that_it_tells(tmp_path: Path) -> None:
    """An archive of Segment's has the corrected time too: it is not to be corrected again, nor by an old `sentAt`."""
    at = datetime(2026, 3, 10, 10, tzinfo=UTC)
    sent = {"type": "track", "event": "Played", "userId": "ada", "sentAt": "2026-03-12T10:00:01Z"}
    (tmp_path / "late.jsonl").write_text(json.dumps({**sent, "timestamp": "2026-03-10T10:00:00Z"}))
    times = {"originalTimestamp": "2026-03-12T10:00:00Z", "timestamp": "2026-03-10T10:00:00Z"}
    (tmp_path / "archive.jsonl").write_text(json.dumps({**sent, **times}))

    workspace = load(WORKSPACE)

    for name in ("late.jsonl", "archive.jsonl"):
        [event] = events_of(EventFile(tmp_path / name), workspace, Counter())

        assert (event.timestamp, event.received_at) == (at, at)


def test_without_a_stack_replay_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("app.py", "cdk.json"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)

    told = run("replay", "events.jsonl")

    assert told.exit_code == 1
    assert "segue up" in told.output


def test_replay_refuses_a_speed_that_is_none() -> None:
    told = run("replay", "events.jsonl", "--to", "http://localhost:1", "--write-key", "k", "--speed", "fast")

    assert told.exit_code == 1
    assert "max, clock or a number" in told.output
