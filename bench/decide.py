"""Decisions in a second of one core: full trace, 20 touches, 5 channels. Budget: 20,000 (DESIGN, targets).

Run: `python -m bench.decide`. Exits with 1 when the budget is missed by the best of the rounds.
"""

import statistics
import sys
import time
from datetime import timedelta

from segue.decisions.decide import decide
from segue.decisions.policy import Policy
from tests.builders import NOON, a_head, a_ledger, a_profile, a_request, a_touch

BUDGET = 20_000
ROUNDS, DECISIONS = 7, 5_000
CHANNELS = ("email", "push", "sms", "in_app", "ads")

POLICY = Policy.model_validate(
    {"channels": {"ads": {"cap": {"limit": 5, "per": "24h"}}, "in_app": {"cap": {"limit": 3, "per": "24h"}}}}
)
HEAD = a_head(
    profile=a_profile(
        traits={"email": "ada@example.com", "phone": "+4930123456", "push_token": "t", "first_name": "Ada"},
        events={f"Event {n}": n for n in range(20)},
    ),
    ledger=a_ledger(
        *(
            a_touch(NOON - timedelta(hours=7 * n), channel=CHANNELS[n % len(CHANNELS)], send_id=str(n))
            for n in range(20)
        )
    ),
)
REQUESTS = [a_request(f"send-{n}", channel=CHANNELS[n % len(CHANNELS)], topic="offers") for n in range(100)]


def rate() -> float:
    started = time.process_time()
    for n in range(DECISIONS):
        decide(REQUESTS[n % len(REQUESTS)], HEAD, POLICY, NOON)
    return DECISIONS / (time.process_time() - started)


def main() -> int:
    rates = sorted(rate() for _ in range(ROUNDS))
    print(
        f"decide: {statistics.median(rates):,.0f} decisions/s "
        f"(median of {ROUNDS}; {rates[0]:,.0f} to {rates[-1]:,.0f}), "
        f"{len(decide(REQUESTS[0], HEAD, POLICY, NOON).trace)} checks each; budget {BUDGET:,}"
    )
    return 0 if rates[-1] >= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
