"""What the counted calls cost by list price, as the tables of docs/scaling-and-cost.md.

Run: python -m bench.price, or with --write to renew the tables in the page. Ends with 1 when a million events that
trigger nothing cost more than the budget.
"""

import sys
from collections.abc import Iterable
from math import ceil
from pathlib import Path

from bench.calls import TO_THE_END, Counted, count, transitions

PAGE = Path(__file__).parent.parent / "docs" / "scaling-and-cost.md"
BUDGET = 10.0
#: Dollars a million in us-east-1, without free tiers and rebates for volume.
PRICES = {
    "HTTP API call": 1.00,
    "EventBridge entry": 1.00,
    "SQS request": 0.40,
    "Lambda call": 0.20,
    "Lambda GB-second, arm64": 13.3334,
    "DynamoDB write unit": 0.625,
    "DynamoDB read unit": 0.125,
    "Step Functions transition": 25.00,
    "SES e-mail": 100.00,
    "X-Ray trace": 5.00,
}
LOGS_PER_GB = 0.50
#: As in infra/: what the functions have, in GB.
MEMORY = {"ingest": 1.0, "profile": 1.0, "decide": 1.0, "api": 1.0, "release": 1.73}
OTHER_MEMORY = 0.5
#: Assumed, for it is AWS's side: milliseconds of a call to AWS and of the rest, the share of calls that X-Ray
#: samples, bytes of log that Lambda, the API and Step Functions (level ALL) write by themselves.
CALL_MS, REST_MS, TRACED = 10, 5, 0.05
LAMBDA_LOG, ACCESS_LOG, TRANSITION_LOG = 350, 250, 3_000
#: Woken by a queue: a batch is received and deleted.
BY_QUEUE = {"profile", "journey", "step", "decide", "deliver"}

Parts = dict[str, float]


def parts(counted: Counted) -> Parts:
    """Dollars for a million of what the function worked on, by service."""
    bill, function = counted.bill, counted.function
    seconds = (REST_MS + CALL_MS * bill.calls.total()) / 1000
    memory = MEMORY.get(function, OTHER_MEMORY)
    sent = bill.calls["SendMessage"] + bill.calls["SendMessageBatch"] + (2 if function in BY_QUEUE else 0)
    whole = {
        "Lambda": PRICES["Lambda call"] + memory * seconds * PRICES["Lambda GB-second, arm64"],
        "DynamoDB": bill.written * PRICES["DynamoDB write unit"] + bill.read * PRICES["DynamoDB read unit"],
        "SQS": sent * PRICES["SQS request"],
        "EventBridge": bill.entries * PRICES["EventBridge entry"],
        "SES": bill.calls["SendEmail"] * PRICES["SES e-mail"],
        "logs and traces": logs(100 * ceil(counted.logged / 100) + LAMBDA_LOG) + TRACED * PRICES["X-Ray trace"],
    }
    return {name: dollars / counted.of for name, dollars in whole.items()}


def logs(size: float) -> float:
    return size * 1e6 / 1e9 * LOGS_PER_GB


def together(*several: Parts) -> Parts:
    names = dict.fromkeys(name for each in several for name in each)
    return {name: sum(each.get(name, 0) for each in several) for name in names}


def quiet_event(counted: dict[str, Counted], posted: str, taken: str) -> Parts:
    """An event that triggers nothing, from the door to the profile."""
    into = counted[posted]
    door = {
        "HTTP API": PRICES["HTTP API call"] / into.of,
        "SQS": PRICES["SQS request"],  # the rule puts each event on the queue
        "logs and traces": logs(ACCESS_LOG) / into.of,
    }
    return together(door, parts(into), parts(counted[taken]))


def run(counted: dict[str, Counted]) -> Parts:
    """Of win-back, to its end, beyond what its events cost anyway."""
    path, sent = transitions("win-back", TO_THE_END)
    machine = {
        "Step Functions": len(path) * PRICES["Step Functions transition"],
        "SQS": PRICES["SQS request"] * (1 + sent.total()),  # the signal, and what the machine sends
        "logs and traces": logs(len(path) * TRANSITION_LOG),
    }
    return together(machine, *(parts(counted[what]) for what in RUN))


RUN = (
    "a run begins",
    "wait",
    "an e-mail: decided",
    "an e-mail: delivered",
    "wait_for",
    "a card in the app: decided",
    "a card in the app: delivered",
    "a run comes to its end",
)


def calls_table(counted: dict[str, Counted]) -> Iterable[str]:
    yield "| what | function | AWS calls | write units | read units | which calls |"
    yield "|---|---|---:|---:|---:|---|"
    for what, each in counted.items():
        calls = ", ".join(f"{name}{f' x {times}' if times > 1 else ''}" for name, times in each.bill.calls.items())
        bill = each.bill
        yield f"| {what} | {each.function} | {bill.calls.total()} | {bill.written:g} | {bill.read:g} | {calls} |"


def steps_table() -> Iterable[str]:
    yield "| journey | its steps end | transitions | messages to `step` | to `decide` | states |"
    yield "|---|---|---:|---:|---:|---|"
    for journey, outcomes in (
        ("first-order-thanks", {"1-send": "sent", "2-wait": "timeout", "3-send": "sent"}),
        ("listening-tips", {"1-wait": "timeout", "2-send": "sent"}),
        ("win-back", TO_THE_END),
        ("win-back", {"1-wait": "timeout", "2-send": "sent", "3-wait_for": "matched"}),
    ):
        path, sent = transitions(journey, outcomes)
        counts = f"{len(path)} | {sent['step']} | {sent['decide']}"
        yield f"| {journey} | {', '.join(outcomes.values())} | {counts} | {' → '.join(path)} |"


def prices_table() -> Iterable[str]:
    yield "| price | dollars a million |"
    yield "|---|---:|"
    yield from (f"| {name} | {dollars:g} |" for name, dollars in PRICES.items())
    yield f"| CloudWatch logs, a GB | {LOGS_PER_GB:g} (each) |"


def money_table(counted: dict[str, Counted]) -> Iterable[str]:
    columns = {
        "a million events, one by one": alone(counted),
        "a million events, by tens": by_tens(counted),
        "a million runs of win-back": run(counted),
    }
    yield "| dollars for | " + " | ".join(columns) + " |"
    yield "|---|" + "---:|" * len(columns)
    for name in dict.fromkeys(name for each in columns.values() for name in each):
        yield f"| {name} | " + " | ".join(f"{each.get(name, 0):,.2f}" for each in columns.values()) + " |"
    yield "| **together** | " + " | ".join(f"**{sum(each.values()):,.2f}**" for each in columns.values()) + " |"


def alone(counted: dict[str, Counted]) -> Parts:
    return quiet_event(counted, "an event, posted alone", "an event that triggers nothing, alone")


def by_tens(counted: dict[str, Counted]) -> Parts:
    return quiet_event(counted, "events, posted ten at a time", "ten such events of ten people")


def plan_table(counted: dict[str, Counted], rate: int = 100_000) -> Iterable[str]:
    """Posted and queued by tens, of as many people."""
    into, taken = counted["events, posted ten at a time"], counted["ten such events of ten people"]
    batches = rate // 10
    ingests = batches * (REST_MS + CALL_MS * into.bill.calls.total()) / 1000
    profiles = batches * (REST_MS + CALL_MS * taken.bill.calls.total()) / 1000
    a_day = sum(by_tens(counted).values()) * rate * 86_400 / 1e6
    yield f"| at {rate:,} events a second | needed | by default in us-east-1 |"
    yield "|---|---:|---:|"
    yield f"| HTTP API, calls a second | {batches:,} | 10,000 |"
    yield f"| EventBridge, PutEvents calls a second | {batches * into.bill.calls['PutEvents']:,} | 10,000 |"
    yield f"| EventBridge, targets called a second | {rate:,} | 18,750 |"
    yield f"| Lambda, `ingest` at once | {ingests:,.0f} | 1,000 together |"
    yield f"| Lambda, `profile` at once | {profiles:,.0f} | 1,000 together |"
    yield f"| queues of events, at most 1,000 batches at once each | {-(-profiles // 1000):.0f} | 1 is deployed |"
    yield f"| DynamoDB, write units a second | {taken.bill.written / taken.of * rate:,.0f} | 40,000 a table |"
    yield f"| DynamoDB, read units a second | {taken.bill.read / taken.of * rate:,.0f} | 40,000 a table |"
    yield f"| dollars a day, by list price | {a_day:,.0f} | |"


def page(text: str, counted: dict[str, Counted]) -> str:
    """The page with its tables as they should be."""
    tables = {
        "calls": calls_table(counted),
        "steps": steps_table(),
        "prices": prices_table(),
        "money": money_table(counted),
        "plan": plan_table(counted),
    }
    for name, lines in tables.items():
        before, begin, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->")
        assert end, f"{PAGE.name} has no place for the table {name}"
        text = "".join((before, begin, "\n".join(lines), "\n", end, after))
    return text


def main() -> bool:
    counted = count()
    for table in (calls_table(counted), steps_table(), money_table(counted), plan_table(counted)):
        print("\n".join(table), end="\n\n")
    if "--write" in sys.argv:
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), counted), encoding="utf-8")
    return sum(alone(counted).values()) <= BUDGET


if __name__ == "__main__":
    sys.exit(not main())
