"""The environments. The same stacks with other values: whatever differs between two of them is a field here."""

import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from segue.clock import Clock

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the functions run on. `platform` is uv's name of the wheels' platform; empty: this very machine."""

    python: str
    architecture: str
    platform: str = ""

    @property
    def is_this_python(self) -> bool:
        return self.python == _this_python()


def _this_python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


GRAVITON = Target(python="3.14", architecture="arm64", platform="aarch64-manylinux_2_28")
HOST = Target(
    python=_this_python(), architecture="arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """`account` and `region`: where it may be deployed; empty means wherever the command line's profile points.

    - `clock`: see `segue.clock.Clock`; anything but `system` makes days pass faster.
    - `public_url`: the address that recipients and clients use; empty means the API's own.
    - `from_address`: the sender; empty means the workspace's brand. Its domain must be verified in SES beforehand.
    - `keep_data`: tables, secrets and keys outlive the stack and refuse to be deleted.
    - `customer_key`: tables, secrets and topic are under a KMS key of the account's own.
    - `queue_concurrency`: how many batches of one queue are worked on at once, at most (2 to 1000).
    - `visibility_timeouts`: after how many timeouts of its consumer a message that was not finished comes back.
      Lambda asks for six. Where days pass in minutes, a killed worker would so hold its messages back for days.
    - `requests_per_second`: where the API begins to answer 429.
    - `deferred_backlog`: more deferred requests than this are an alarm.
    - `alarm_email`: who hears of an alarm; empty means that the topic is subscribed to by other means.
    - `api_id`: the emulator gives the API this id (8 hex digits), so that its address outlives a deployment.
    - `buses`: what the bus of a cloud source is called here, where that is not what the workspace calls it; empty: this
      environment is not connected to it. Events of a partner come over a bus of the partner source's name, which is
      another one in each account.
    - `stand_ins`: all sources are heard on the default bus, and `local.aws.…` stands in for `aws.…`. The emulator has
      no partner buses, and like AWS it lets nobody else speak in the name of AWS.
    - `calls_nobody`: connectors only note what they would have called; a rehearsal must not open tickets.
    - `encrypted_transport_only`: refuse whoever calls queues and topics without TLS. The emulator speaks plain HTTP.
    """

    name: str
    account: str = ""
    region: str = ""
    target: Target = GRAVITON
    clock: str = "system"
    workspace: str = "workspace"
    public_url: str = ""
    from_address: str = ""
    keep_data: bool = True
    customer_key: bool = False
    queue_concurrency: int = 10
    visibility_timeouts: int = 6
    requests_per_second: int = 500
    log_retention_days: int = 30
    deferred_backlog: int = 100_000
    alarm_email: str = ""
    api_id: str = ""
    buses: Mapping[str, str] = field(default_factory=dict)
    stand_ins: bool = False
    calls_nobody: bool = False
    encrypted_transport_only: bool = True

    @property
    def workspace_folder(self) -> Path:
        return ROOT / self.workspace

    def bus_of(self, named: str) -> str:
        """By the name that the workspace gives it; empty when this environment is not connected to it."""
        return "default" if self.stand_ins else self.buses.get(named, named)

    def listens(self, pattern: dict[str, Any]) -> dict[str, Any]:
        """A source's pattern, and where there are stand-ins also for what comes from them."""
        heard = pattern.get("source")
        if not self.stand_ins or not heard:
            return pattern
        return {**pattern, "source": [*heard, *(stand_in for each in heard for stand_in in _stand_ins(each))]}


def _stand_ins(heard: Any) -> Iterator[Any]:
    match heard:
        case str() if heard.startswith("aws."):
            yield f"{STAND_IN}{heard}"
        case {"prefix": str(prefix)} if prefix.startswith("aws."):
            yield {"prefix": f"{STAND_IN}{prefix}"}


#: Before the name of a source in whose name only AWS may speak.
STAND_IN = "local."

#: The partners of the example workspace. Give each the name of its partner event source where there is one.
PARTNERS = {"shopify": "", "stripe": "", "salesforce": ""}

LOCAL = Environment(
    name="local",
    target=HOST,
    keep_data=False,
    queue_concurrency=2,
    visibility_timeouts=1,
    log_retention_days=1,
    api_id="5e90e001",
    stand_ins=True,
    calls_nobody=True,
    encrypted_transport_only=False,
)
DEV = Environment(name="dev", keep_data=False, log_retention_days=7, buses=PARTNERS)
STAGING = Environment(name="staging", queue_concurrency=50, requests_per_second=2_000, buses=PARTNERS)
PRODUCTION = Environment(
    name="production",
    customer_key=True,
    queue_concurrency=200,
    requests_per_second=5_000,
    log_retention_days=90,
    deferred_backlog=1_000_000,
    buses=PARTNERS,
)
ENVIRONMENTS = (LOCAL, DEV, STAGING, PRODUCTION)

#: They keep real time, whatever is given on the command line.
REAL_TIME_ONLY = frozenset({PRODUCTION.name})


def environments(context: Callable[[str], Any]) -> Iterator[Environment]:
    """All of them, or the one that the context names, with the values that `-c name=value` changes in each."""
    wanted = context("environment")
    if wanted and wanted not in {environment.name for environment in ENVIRONMENTS}:
        known = ", ".join(environment.name for environment in ENVIRONMENTS)
        message = f"environment {wanted!r} is not in infra/config.py, which knows {known}"
        raise ValueError(message)
    changes: dict[str, Any] = {
        name: str(value) for name in ("clock", "public_url", "from_address", "workspace") if (value := context(name))
    }
    for environment in ENVIRONMENTS:
        if wanted in {None, "", environment.name}:
            yield checked(replace(environment, **changes))


def checked(environment: Environment) -> Environment:
    """Raises ValueError when a clock cannot be read, or is not the system's where real time is required."""
    Clock.parse(environment.clock)
    if environment.name in REAL_TIME_ONLY and environment.clock != "system":
        message = f"{environment.name} must run on the system clock, not on {environment.clock!r}"
        raise ValueError(message)
    return environment
