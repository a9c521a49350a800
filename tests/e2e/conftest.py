"""Stacks of their own for the whole session, deployed to the local AWS by the real CDK with IAM enforced.

`local` is for most tests. On `fast` days pass in seconds, and its workspace is a rehearsal's. `SEGUE_E2E_KEEP=1` leaves
them up and takes them as they are the next time, for whoever is writing such a test.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import yaml

from segue.aws.lookup import Lookup
from segue.aws.table import rows
from segue.clock import Clock
from segue.local import emulator, stack
from segue.local.emulator import Emulator
from segue.local.project import Project
from segue.local.repairs import Aws
from segue.profiles.identity import anonymous_profile_id, user_profile_id
from segue.profiles.profile import Profile
from segue.rehearsal import theatre
from segue.rehearsal.play import RATE as RATE_OF_DAYS

T = TypeVar("T")
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
#: A Tuesday, within every window of the example workspace in Europe and in America; an hour passes in a minute.
START, RATE = datetime(2026, 3, 10, 15, 0, tzinfo=UTC), 60.0


@dataclass
class Local:
    """The deployed stack, and the ways to it."""

    project: Project
    running: Emulator
    deployed: stack.Stack

    @cached_property
    def http(self) -> httpx.Client:
        return httpx.Client(auth=(self.deployed.write_key, ""), timeout=30)

    @property
    def clock(self) -> Clock:
        return Clock.parse(self.deployed.clock)

    @property
    def lookup(self) -> Lookup:
        return Lookup.on(self.deployed.outputs["ProfilesTable"])

    def find(self, person: str) -> Profile | None:
        """By user id, anonymous id or profile id; whoever an identifier belongs to, once anything is known of them."""
        for profile_id in (user_profile_id(person), anonymous_profile_id(person), person):
            profile = self.lookup.profiles.head(profile_id).profile.value
            if profile.known:
                return profile
        return None

    def client(self, service: str) -> Any:
        return Aws(self.running).client(service)

    def post(self, path: str, body: Any, **more: Any) -> httpx.Response:
        return self.http.post(f"{self.deployed.api}{path}", json=body, **more)

    def waiting(self, queue: str) -> int:
        """Messages in a queue, also those that are being worked on, by the name of the output with its address."""
        names = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ]
        url = self.deployed.outputs[queue]
        counts = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(count) for count in counts.values())

    def dead_letters(self) -> dict[str, int]:
        names = [name for name in self.deployed.outputs if "DeadLetters" in name]
        return {name: count for name in names if (count := self.waiting(name))}


def eventually(probe: Callable[[], T], within: float = 20.0) -> T:
    """The first truthy answer; fails with the last one at the deadline."""
    deadline = time.monotonic() + within
    while not (answer := probe()):
        if time.monotonic() > deadline:
            pytest.fail(f"after {within} s the answer was still {answer!r}")
        time.sleep(0.1)
    return answer


@pytest.fixture(scope="session")
def local() -> Iterator[Local]:
    project = Project(ROOT, os.environ.get("SEGUE_STATE", ".segue/e2e"))
    with _stack(project, lambda: stack.anchored(START, RATE), "workspace") as standing:
        os.environ.update(standing.running.credentials)
        yield standing


@pytest.fixture(scope="session")
def fast_stack() -> Iterator[Local]:
    project = Project(ROOT, ".segue/e2e-fast")
    workspace = str(theatre_of(project).relative_to(ROOT))
    with _stack(project, lambda: stack.anchored(START, RATE_OF_DAYS), workspace) as standing:
        yield standing


@pytest.fixture
def fast(fast_stack: Local, monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    """For the length of a test every AWS client talks to it."""
    for name, value in fast_stack.running.credentials.items():
        monkeypatch.setenv(name, value)
    rows.cache_clear()
    yield fast_stack
    rows.cache_clear()


def theatre_of(project: Project, waits: str = "3d", words: str = "the first words") -> Path:
    """The example workspace as a rehearsal deploys it, and a journey that tests of deployments may change."""
    folder = theatre.build(ROOT / "workspace", project.state / "workspace")
    journey = {
        "journey": "changing",
        "entry": {"event": "Order Completed", "when": f'profile.traits.{theatre.TRAIT} == "changing"'},
        "steps": [{"wait": waits}, {"send": {"template": "changing", "category": "transactional"}}],
    }
    email = {"subject": words, "html": "<p>{{ brand.address }}</p>"}
    template = {"template": "changing", "category": "transactional", "email": email}
    for kind, content in (("journeys", journey), ("templates", template)):
        (folder / kind / "changing.yaml").write_text(yaml.safe_dump(content))
    return folder


@contextmanager
def _stack(project: Project, clock: Callable[[], Clock], workspace: str) -> Iterator[Local]:
    keep = bool(os.environ.get("SEGUE_E2E_KEEP"))
    standing = _standing(project) if keep else None
    if standing is None:
        stack.down(project)
        deployed = stack.up(project, port=emulator.any_port(), clock=clock(), workspace=workspace, tell=print)
        running = emulator.known(project)
        assert running is not None
        standing = Local(project, running, deployed)
    began = standing.clock.start
    eventually(
        lambda: began is None or standing.clock.now() > began, within=60
    )  # until then waits run, and it does not
    try:
        yield standing
        assert standing.dead_letters() == {}
        assert emulator.skipped(project) == ()
    finally:
        if not keep:
            stack.down(project)


def _standing(project: Project) -> Local | None:
    try:
        running, deployed = stack.current(project)
    except stack.NotUp:
        return None
    return Local(project, running, deployed)


def pytest_itemcollected(item: pytest.Item) -> None:
    """`make e2e` runs those on which days pass beside the others, since most of the time is waited for."""
    if HERE in item.path.parents:
        item.add_marker(pytest.mark.e2e)
        if "fast" in getattr(item, "fixturenames", ()) or item.path.name == "test_crash.py":
            item.add_marker(pytest.mark.days)
