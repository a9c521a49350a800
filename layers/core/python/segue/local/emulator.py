"""Starts and ends the emulated AWS, and knows whether the one that we started is still there.

The emulator keeps everything in memory. What is written down about it (`.segue/emulator.json`) is only how to find it
again and how to end exactly that process and no other.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from segue.local.project import Project

DEFAULT_PORT = 4566
ACCOUNT, REGION = "000000000000", "us-east-1"
#: Its log names what it quietly left out; an end-to-end run that saw one of these has proven nothing.
SKIPPED = ("unsupported target type", "holding ", "has no stub for")
_START_SECONDS, _STOP_SECONDS = 30.0, 5.0


class PortTaken(Exception):
    """Somebody else listens there."""


class EmulatorFailed(Exception):
    """It ended, or did not answer, while it was starting."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A process that we started. `born` tells it from a later process with the same number."""

    pid: int
    born: str
    port: int

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def alive(self) -> bool:
        return self.born == _born(self.pid) != ""

    def answers(self, within: float = 30.0) -> bool:
        """Whether it does so within some seconds; it may be busy with a great many events."""
        with contextlib.suppress(httpx.HTTPError):
            return self.alive and httpx.get(f"{self.url}/_ministack/ready", timeout=within).is_success
        return False

    @property
    def credentials(self) -> dict[str, str]:
        """The environment in which any AWS tool talks to this emulator and to nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def known(project: Project) -> Emulator | None:
    """The one that was started last, whether it still lives or not."""
    try:
        return Emulator(**json.loads(_file(project).read_text()))
    except (FileNotFoundError, json.JSONDecodeError, TypeError):
        return None


def log_file(project: Project) -> Path:
    return project.state / "emulator.log"


def skipped(project: Project) -> tuple[str, ...]:
    """What the emulator says it left out, line by line."""
    try:
        lines = log_file(project).read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return ()
    return tuple(line for line in lines if any(sign in line for sign in SKIPPED))


def choose_port(wanted: int | None) -> int:
    """The wanted port or `PortTaken`; without a wish the usual one, else any that is free."""
    if wanted is not None:
        if not _free(wanted):
            raise PortTaken(f"Port {wanted} is taken by another program. Choose one with --port, or leave it to me.")
        return wanted
    return DEFAULT_PORT if _free(DEFAULT_PORT) else any_port()


def any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(project: Project, port: int) -> Emulator:
    """Bound to this machine only, IAM enforced, with a temporary folder where Lambda workers unpack."""
    project.state.mkdir(exist_ok=True, parents=True)
    _forget(project)
    _temporary(project).mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/tmp"),  # noqa: S108 - only where there is no home
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "AUTH": "true",
        "TMPDIR": str(_temporary(project)),
    }
    with log_file(project).open("wb") as log:
        process = subprocess.Popen(
            [project.emulator], env=environment, cwd=project.state, stdout=log, stderr=log, start_new_session=True
        )
    emulator = Emulator(process.pid, _born(process.pid), port)
    _file(project).write_text(json.dumps(asdict(emulator)))
    for _ in _until(_START_SECONDS):
        if process.poll() is not None:
            break
        if emulator.answers(within=2.0):
            return emulator
    stop(project)
    tail = "\n".join(log_file(project).read_text(errors="replace").splitlines()[-5:])
    raise EmulatorFailed(f"The emulated AWS did not start. The end of {log_file(project)}:\n{tail}")


def stop(project: Project) -> bool:
    """Ends the process that we started, with its workers, and clears up behind it. False when it was gone already."""
    emulator = known(project)
    lived = emulator is not None and emulator.alive
    if emulator is not None and lived:
        os.kill(emulator.pid, signal.SIGTERM)
        if all(emulator.alive for _ in _until(_STOP_SECONDS)):
            os.killpg(emulator.pid, signal.SIGKILL)
    _forget(project)
    return lived


def _forget(project: Project) -> None:
    _file(project).unlink(missing_ok=True)
    shutil.rmtree(_temporary(project), ignore_errors=True)


def _file(project: Project) -> Path:
    return project.state / "emulator.json"


def _temporary(project: Project) -> Path:
    return project.state / "tmp"


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _born(pid: int) -> str:
    """When a process began, as the system writes it; empty when there is none (or only its remains)."""
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] == "Z" else fields[19]
    listed = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.strip()


def _until(seconds: float) -> Iterator[None]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(0.1)
