"""What hours cost that each person sets for themselves: the first asking, and what a function remembers of them.

No two people say the same, and nobody's time zone is known: they may be in any of four, under all laws that come with
Segue. In a process of its own for each kind of wish, so that nothing else is in its memory.

Run: `python -m bench.wishes`. Exits with 1 when the last half of the people made a process grow by more than a budget.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from segue.decisions.decide import decide
from segue.decisions.policy import Policy
from segue.workspace.laws import Jurisdictions, shipped
from tests.builders import NOON, a_head, a_profile, a_request

PEOPLE, BUDGET_MB = 2_000, 10
POLICY = Policy.model_validate(
    {
        "possible_time_zones": [f"America/{city}" for city in ("New_York", "Chicago", "Denver", "Los_Angeles")],
        "default_time_zone": "America/New_York",
        "laws": Jurisdictions().over(shipped()),
    }
)


def wishes(kind: str, n: int) -> Mapping[str, str]:
    match kind:
        case "quiet hours, each their own":
            return {"quiet_hours": f"{n // 60 % 24:02}:{n % 60:02}-{n // 7 % 24:02}:{n * 7 % 60:02}"}
        case "quiet hours that leave nothing":
            return {"quiet_hours": f"09:{n % 60:02}-08:{n // 60 % 60:02}"}
        case _:
            return {"send_time": f"22:{n % 60:02}-23:{n // 60 % 60:02}"}


KINDS = ("quiet hours, each their own", "quiet hours that leave nothing", "preferred hours that the law never leaves")


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def measured(kind: str) -> int:
    took, grown = [], [resident_mb()]
    for n in range(PEOPLE):
        profile = a_profile(traits={"phone": f"+1212555{n:04}", **wishes(kind, n)}, time_zone=None)
        request, head = a_request(f"send-{n}", channel="sms"), a_head(profile=profile)
        started = time.process_time()
        decide(request, head, POLICY, NOON + n * timedelta(seconds=1))
        took.append((time.process_time() - started) * 1e3)
        if n + 1 in (PEOPLE // 2, PEOPLE):
            grown.append(resident_mb())
    *_, slow, _ = statistics.quantiles(took, n=100)
    print(
        f"{kind}: {statistics.median(took):.2f} ms the first asking, {slow:.2f} one in fifty; resident {grown[0]:.0f} "
        f"MB, {grown[1]:.0f} after {PEOPLE // 2:,} people, {grown[2]:.0f} after {PEOPLE:,}",
        flush=True,
    )
    return 0 if grown[2] - grown[1] <= BUDGET_MB else 1


def main() -> int:
    if len(sys.argv) > 1:
        return measured(sys.argv[1])
    run = [sys.executable, "-m", "bench.wishes"]
    return max([subprocess.run([*run, kind], check=False).returncode for kind in KINDS])


if __name__ == "__main__":
    sys.exit(main())
