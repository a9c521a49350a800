"""What AWS would bill, counted where every call passes: in botocore, whatever stands behind it.

Units are computed from the sizes of the items, as DynamoDB bills them: a write per KB, twice in a transaction; a
strongly consistent read per 4 KB, half of that where it is not asked for, twice in a transaction. A read that finds
nothing counts as one. An index that an item is written to, or vanishes from, is a write more: `due`, and `ended`.
"""

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.client import BaseClient


@dataclass
class Bill:
    calls: Counter[str] = field(default_factory=Counter)
    written: float = 0
    read: float = 0
    entries: int = 0

    def add(self, operation: str, asked: dict[str, Any], answer: dict[str, Any]) -> None:
        self.calls[operation] += 1
        match operation:
            case "TransactWriteItems":
                self.written += sum(2 * _written(action) for action in asked["TransactItems"])
            case "PutItem":
                self.written += kilobytes(asked["Item"]) + ("due" in asked["Item"]) + ("ended" in asked["Item"])
            case "UpdateItem" | "DeleteItem":
                self.written += 1
            case "PutEvents":
                self.entries += len(asked["Entries"])
            case "GetItem":
                self.read += _read([answer.get("Item", {})], asked)
            case "BatchGetItem":
                for table, request in asked["RequestItems"].items():
                    found = answer.get("Responses", {}).get(table, [])
                    missing: list[dict[str, Any]] = [{}] * (len(request["Keys"]) - len(found))
                    self.read += sum(_read([item], request) for item in (*found, *missing))
            case "Query":
                self.read += _read(answer.get("Items", []), asked)


def kilobytes(item: dict[str, Any]) -> int:
    return math.ceil(size(item) / 1024)


def size(item: dict[str, Any]) -> int:
    return sum(len(name) + len(str(next(iter(value.values()))).encode()) for name, value in item.items())


def _written(action: dict[str, Any]) -> float:
    """Of a condition check one; of an item that stands in the sparse index half a write more, for it is not doubled."""
    item = action["Put"]["Item"] if "Put" in action else {}
    if "Update" in action:
        update = action["Update"]
        item = {**update["Key"], **update.get("ExpressionAttributeValues", {})}  # what is set is most of the item
    return max(1, kilobytes(item)) + 0.5 * (("due" in item) + ("ended" in item))


def _read(items: list[dict[str, Any]], asked: dict[str, Any]) -> float:
    return max(1, math.ceil(sum(map(size, items)) / 4096)) * (1 if asked.get("ConsistentRead") else 0.5)


@contextmanager
def billed() -> Iterator[Bill]:
    bill, real = Bill(), BaseClient._make_api_call  # noqa: SLF001 - where every call passes

    def call(client: BaseClient, operation: str, asked: dict[str, Any]) -> Any:
        answer: dict[str, Any] = {}
        try:
            answer = real(client, operation, asked)
        finally:
            bill.add(operation, asked, answer)  # a refused transaction is billed as well
        return answer

    BaseClient._make_api_call = call  # noqa: SLF001
    try:
        yield bill
    finally:
        BaseClient._make_api_call = real  # noqa: SLF001
