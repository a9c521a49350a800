"""Brings the deployed stack up on this machine and takes it down again; remembers what stands and where."""

import json
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from segue.clock import Clock
from segue.local import emulator, repairs
from segue.local.cdk import Cdk
from segue.local.emulator import Emulator, PortTaken
from segue.local.project import Project

ENVIRONMENT = "local"
#: The HTTP API's id, pinned by a tag in infra/, so that its address is known before it is deployed.
API_ID = "5e90e001"
#: For this machine only: everybody may know them.
WRITE_KEYS = {"server": "local-server-key", "browser": "local-browser-key"}
IDENTITY_SECRET = "local-identity-secret-that-everybody-may-know"  # noqa: S105 - it guards nothing
_SIGNING_KEY = "local-signing-key-that-everybody-may-know"
#: A deployment takes about this long; an accelerated clock is anchored behind it, so that no virtual time is lost.
_DEPLOYMENT = timedelta(seconds=40)

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Stack:
    """What was deployed. `outputs` are those of its CloudFormation stacks, by name; `deployed_at` is its identity."""

    port: int
    clock: str
    workspace: str
    deployed_at: str
    outputs: Mapping[str, str]

    @property
    def api(self) -> str:
        return api_url(self.port)

    @property
    def write_key(self) -> str:
        return WRITE_KEYS["server"]


class NotUp(Exception):
    """There is no local stack to talk to; the message says whether it was stopped or lost."""


def api_url(port: int) -> str:
    return f"http://localhost:{port}/_aws/execute-api/{API_ID}/$default"


def anchored(start: datetime | None, rate: float, now: datetime | None = None) -> Clock:
    """A clock that begins to run when the deployment is done."""
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    if start is None and rate == 1:
        return Clock()
    return Clock(start or now, now + _DEPLOYMENT, rate)


def up(
    project: Project,
    *,
    port: int | None = None,
    clock: Clock | None = None,
    workspace: str | None = None,
    tell: Tell = lambda _: None,
    watch: Tell = lambda _: None,
) -> Stack:
    """Starts the emulated AWS if need be, and deploys what the checkout holds.

    `tell` hears of each stage, `watch` each line of the tools. Without a `clock` or a `workspace` (a folder, seen
    from the project's root) a running stack keeps its own.
    """
    running, before = emulator.known(project), remembered(project)
    if running and running.answers():
        if port not in (None, running.port):
            raise PortTaken(f"It is up on port {running.port} already. Run segue down first.")
    else:
        if running and running.alive:
            emulator.stop(project)
        if running:
            tell(_what_is_gone(before))
            forget(project)
            before = None
        running = None
    port = running.port if running else emulator.choose_port(port)
    clock = clock or (Clock.parse(before.clock) if before else Clock())
    workspace = workspace or (before.workspace if before else "workspace")
    sender = _sender(project.root / workspace)
    context = {"environment": ENVIRONMENT, "clock": str(clock), "public_url": api_url(port), "workspace": workspace}
    with ThreadPoolExecutor(max_workers=2) as pool:
        synthesized = pool.submit(Cdk(project, {}, lambda _: None).synth, ENVIRONMENT, context)
        tell("Synthesizing the app, and starting the emulated AWS" if running is None else "Synthesizing the app")
        running = running or _started(project, port, tell)
        synthesized.result()
    tell("Deploying")
    Cdk(project, running.credentials, watch).deploy_assembly(ENVIRONMENT)
    stack = Stack(port, str(clock), workspace, datetime.now(UTC).isoformat(timespec="seconds"), _outputs(project))
    if before:
        stack = replace(stack, deployed_at=before.deployed_at)
    tell("Mending what the emulator drops, and laying keys in")
    _mend(project, running, stack, sender)
    _file(project).write_text(json.dumps(asdict(stack), indent=1))
    return stack


def down(project: Project) -> bool:
    """Ends exactly what `up` started. False when nothing was running any more."""
    lived = emulator.stop(project)
    forget(project)
    return lived


def current(project: Project) -> tuple[Emulator, Stack]:
    """The stack that is up, or `NotUp`."""
    running, stack = emulator.known(project), remembered(project)
    if running is None:
        raise NotUp("Nothing is up. Run: segue up")
    if not running.alive:
        raise NotUp(f"{_what_is_gone(stack)} Run: segue up")
    if not running.answers():
        raise NotUp(
            f"The emulated AWS (process {running.pid}) lives but does not answer. Try again, or run: segue down"
        )
    if stack is None:
        raise NotUp("The emulated AWS runs, but the deployment did not finish. Run: segue up")
    return running, stack


def remembered(project: Project) -> Stack | None:
    try:
        return Stack(**json.loads(_file(project).read_text()))
    except (FileNotFoundError, json.JSONDecodeError, TypeError):
        return None


def forget(project: Project) -> None:
    _file(project).unlink(missing_ok=True)
    shutil.rmtree(bookmarks(project), ignore_errors=True)


def bookmarks(project: Project) -> Path:
    """Where replays remember how far they came into this stack."""
    return project.state / "replays"


def _started(project: Project, port: int, tell: Tell) -> Emulator:
    started = emulator.start(project, port)
    tell(f"The emulated AWS answers on port {port}; bootstrapping CDK")
    Cdk(project, started.credentials, lambda _: None).bootstrap(emulator.ACCOUNT, emulator.REGION)
    repairs.open_bootstrap_bucket(repairs.Aws(started))
    return started


def _mend(project: Project, running: Emulator, stack: Stack, sender: str) -> None:
    aws = repairs.Aws(running)
    repairs.allow_cross_origin(aws, project.assembly)
    repairs.expire_rows(aws, project.assembly)
    repairs.widen_permissions(aws, project.assembly)
    repairs.verify_sender(aws, sender)
    repairs.seed_secret(aws, stack.outputs["WriteKeysSecret"], _write_keys())
    repairs.seed_secret(aws, stack.outputs["SigningSecret"], {"keys": [_SIGNING_KEY]})


def _sender(workspace: Path) -> str:
    from segue.workspace.load import load  # noqa: PLC0415 - Liquid, CEL and more, which status and down do without

    return load(workspace).brand.from_address


def _write_keys() -> dict[str, Any]:
    vouched = {"browser": {"identity_secret": IDENTITY_SECRET}}
    return {
        "keys": [
            {"name": f"local {kind}", "kind": kind, "key": key, **vouched.get(kind, {})}
            for kind, key in WRITE_KEYS.items()
        ]
    }


def _outputs(project: Project) -> dict[str, str]:
    told: dict[str, dict[str, str]] = json.loads(project.outputs.read_text())
    return {name: value for outputs in told.values() for name, value in outputs.items()}


def _what_is_gone(stack: Stack | None) -> str:
    since = f" of {stack.deployed_at}" if stack else ""
    return (
        f"The emulated AWS{since} has ended without segue down. It keeps everything in memory, so its profiles, runs, "
        "deferred and sent messages are gone, and a replay begins from the start."
    )


def _file(project: Project) -> Path:
    return project.state / "stack.json"
