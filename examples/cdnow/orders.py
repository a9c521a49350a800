"""The CDNOW orders as Segment calls. What is real and what is added by rule: see README.md beside this file."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

SAMPLE = Path(__file__).with_name("CDNOW_sample.txt.gz")
ZONES = (
    ("America/New_York", 47),
    ("America/Chicago", 80),
    ("America/Los_Angeles", 93),
    ("America/Denver", 100),
)
OPENS, CLOSES = 7 * 60, 23 * 60


def calls(first: date, last: date) -> Iterator[dict[str, Any]]:
    """`identify` at a customer's first order in the span, then `track` per order; in the order of time."""
    made: list[dict[str, Any]] = []
    seen: set[str] = set()
    for customer, on, nth, cds, usd in _orders(first, last):
        at = _moment(customer, on, nth)
        user = f"cdnow-{customer}"
        if customer not in seen:
            seen.add(customer)
            made.append(_identify(customer, user, at - timedelta(minutes=1)))
        made.append(
            {
                "type": "track",
                "event": "Order Completed",
                "messageId": f"cdnow-{customer}-{on:%Y%m%d}-{nth}",
                "userId": user,
                "timestamp": at.isoformat(),
                "properties": {
                    "order_id": f"{customer}-{on:%Y%m%d}-{nth}",
                    "quantity": cds,
                    "revenue": usd,
                    "currency": "USD",
                },
            }
        )
    yield from sorted(made, key=lambda call: (call["timestamp"], call["messageId"]))


def write(path: Path, first: date, last: date) -> int:
    """JSON lines, as `segue replay` reads them; answers how many."""
    lines = [json.dumps(call) for call in calls(first, last)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return len(lines)


def _orders(first: date, last: date) -> Iterator[tuple[str, date, int, int, float]]:
    places: Counter[tuple[str, date]] = Counter()
    with gzip.open(SAMPLE, "rt") as rows:
        for row in rows:
            customer, _, day, cds, usd = row.split()
            on = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).date()
            if first <= on <= last:
                places[customer, on] += 1
                yield customer, on, places[customer, on], int(cds), float(usd)


def _identify(customer: str, user: str, at: datetime) -> dict[str, Any]:
    context: dict[str, Any] = {
        "consent": {"categoryPreferences": {"marketing": _draw("consent", customer) % 12 != 0}},
    }
    if (zone := _stated_zone(customer)) is not None:
        context["timezone"] = zone
    return {
        "type": "identify",
        "messageId": f"cdnow-{customer}-identify",
        "userId": user,
        "timestamp": at.isoformat(),
        "traits": {"email": f"customer-{customer}@example.com"},
        "context": context,
    }


def _moment(customer: str, on: date, nth: int) -> datetime:
    minute = OPENS + _draw("minute", customer, on.isoformat(), str(nth)) % (CLOSES - OPENS)
    local = datetime.combine(on, time(), ZoneInfo(_zone(customer))) + timedelta(minutes=minute)
    return local.astimezone(UTC)


def _zone(customer: str) -> str:
    share = _draw("zone", customer) % 100
    return next(name for name, below in ZONES if share < below)


def _stated_zone(customer: str) -> str | None:
    return None if _draw("states a zone", customer) % 10 == 0 else _zone(customer)


def _draw(*what: str) -> int:
    return int.from_bytes(sha256("/".join(what).encode()).digest()[:8], "big")
