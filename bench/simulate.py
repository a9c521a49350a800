"""How fast the simulator is, on one core of this machine. Run: python -m bench.simulate.

Events that move no run are folded into their profile only when somebody looks at it, and so cost next to nothing.

Ends with 1 when events that trigger nothing are slower than the budget of DESIGN.md section 12.
"""

import random
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from segue.events.event import Event
from segue.simulate import simulate
from segue.workspace.load import load

BUDGET = 50_000
EVENTS = 200_000
START = datetime(2026, 3, 1, tzinfo=UTC)


def stream(share: float) -> list[Event]:
    """20,000 people; this share of the events begins or moves a run."""
    chance = random.Random(1)
    return list(_stream(share, chance))


def _stream(share: float, chance: random.Random) -> Iterator[Event]:
    for number in range(EVENTS):
        at = START + timedelta(seconds=number * 5)
        yield Event(
            message_id=f"m{number}",
            type="track",
            name="Order Completed" if chance.random() < share else "Product Viewed",
            timestamp=at,
            received_at=at,
            source="bench",
            user_id=f"u{chance.randrange(20_000)}",
            properties={"order_id": str(number)},
        )


def rates(share: float, times: int) -> list[float]:
    workspace, events, found = load("workspace"), stream(share), []
    for _ in range(times):
        began = time.process_time()
        simulate(workspace, events)
        found.append(EVENTS / (time.process_time() - began))
    return found


def main() -> int:
    for share, times in ((0.0, 5), (0.01, 3)):
        found = rates(share, times)
        best, middle, worst = max(found), statistics.median(found), min(found)
        print(f"{share:.0%} of the events move a run: {middle:,.0f} events/s (from {worst:,.0f} to {best:,.0f})")
        if share == 0 and middle < BUDGET:
            print(f"below the budget of {BUDGET:,} events/s")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
