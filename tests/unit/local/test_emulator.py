"""Finding, refusing and ending: without the emulator itself, which tests/e2e runs."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from segue.events.keys import WrittenKeys
from segue.local import emulator, stack
from segue.local.emulator import Emulator, PortTaken
from segue.local.project import Missing, Project
from segue.local.stack import NotUp


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for name in ("app.py", "cdk.json"):
        (tmp_path / name).touch()
    (tmp_path / ".segue").mkdir()
    return Project(tmp_path)


def test_the_write_keys_of_a_local_stack_are_such_as_ingest_reads():
    keys = WrittenKeys.model_validate(stack._write_keys()).by_digest()

    assert {key.name: bool(key.identity_secrets) for key in keys.values()} == {
        "local server": False,
        "local browser": True,
    }


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process of somebody else's."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def remember(project: Project, pid: int, born: str) -> None:
    (project.state / "emulator.json").write_text(json.dumps(asdict(Emulator(pid, born, 4999))))


def test_a_port_that_is_taken_is_refused_with_a_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(PortTaken, match=rf"{port}.*--port"):
            emulator.choose_port(port)


def test_a_free_port_is_taken_as_it_is() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]

    assert emulator.choose_port(free) == free


def test_a_later_process_with_the_same_number_is_not_ended(
    project: Project, bystander: subprocess.Popen[bytes]
) -> None:
    remember(project, bystander.pid, born="long ago")

    assert not stack.down(project)

    assert bystander.poll() is None
    assert emulator.known(project) is None


def test_down_clears_up_what_a_killed_emulator_left(project: Project) -> None:
    (project.state / "tmp" / "layers").mkdir(parents=True)
    remember(project, pid=2**22 + 1, born="1")

    assert not stack.down(project)

    assert list(project.state.iterdir()) == []


def test_nothing_up_and_something_lost_are_told_apart(project: Project) -> None:
    with pytest.raises(NotUp, match="Nothing is up"):
        stack.current(project)

    remember(project, pid=2**22 + 1, born="1")
    with pytest.raises(NotUp, match="gone"):
        stack.current(project)


def test_a_project_is_found_from_a_folder_within(project: Project) -> None:
    within = project.root / "workspace" / "journeys"
    within.mkdir(parents=True)

    assert Project.find(within).root == project.root


def test_outside_of_a_project_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Missing, match=r"cdk\.json"):
        Project.find(tmp_path)


def test_tools_never_inherit_the_callers_aws(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")

    given = project.environment({"AWS_REGION": "us-east-1"})

    assert "AWS_PROFILE" not in given
    assert given["PATH"].split(os.pathsep)[0] == str(project.root / ".venv" / "bin")


def test_an_accelerated_clock_loses_no_time_while_it_is_deployed() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    start = datetime(1997, 1, 6, tzinfo=UTC)

    clock = stack.anchored(start, 1800, now)

    assert clock.at(now + timedelta(seconds=20)) == start
    assert clock.at(now + timedelta(minutes=60)) > start


def test_without_a_wish_the_clock_is_the_systems() -> None:
    assert str(stack.anchored(None, 1)) == "system"
