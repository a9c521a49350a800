"""What `segue` does when the emulated AWS was killed: on a stack of its own, so that no other test loses it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from segue.local import emulator, stack
from segue.local.project import Project
from tests.e2e.conftest import eventually

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project() -> Iterator[Project]:
    project = Project(ROOT, ".segue/e2e-crash")
    stack.down(project)
    yield project
    stack.down(project)


def segue(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SEGUE_STATE": ".segue/e2e-crash"}
    command = [str(Path(sys.executable).with_name("segue")), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_killed_emulator_is_told_and_replaced(project: Project, tmp_path: Path) -> None:
    port = str(emulator.any_port())
    first = segue("up", "--port", port)
    assert first.returncode == 0, first.stderr
    event = {"type": "track", "event": "Seen", "userId": "ada", "timestamp": "2026-03-10T12:00:00Z"}
    (tmp_path / "events.jsonl").write_text(json.dumps(event))
    assert segue("replay", str(tmp_path / "events.jsonl")).returncode == 0

    running = emulator.known(project)
    assert running is not None
    os.kill(running.pid, signal.SIGKILL)
    eventually(lambda: not running.alive)

    told = segue("status")
    assert told.returncode == 1
    assert "gone" in told.stderr
    again = segue("up", "--port", port)
    assert again.returncode == 0, again.stderr
    assert "a replay begins from the start" in again.stderr
    assert "1 events sent" in segue("replay", str(tmp_path / "events.jsonl")).stdout
    assert eventually(lambda: segue("why", "ada").returncode == 0, within=60)
    assert segue("down").returncode == 0
    assert not project.state.joinpath("tmp").exists()
