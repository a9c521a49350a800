"""Where a row stands in the index `due`: by real time, whatever the clock, since `release` runs in real time.

A bucket is a day and a shard, so that looking back over an outage costs a few queries; within it the earliest comes
first, then the most urgent.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zlib import crc32

from segue.aws.table import moment

SHARDS = 8

#: Of a person's timer, between what is most urgent and what is least.
TIMER_RANK = 5


def place(real: datetime, rank: int, id_: str) -> tuple[str, str]:
    """The bucket, and the key in it."""
    return bucket(real.date(), crc32(id_.encode()) % SHARDS), f"{moment(real)}#{rank}#{id_}"


def buckets(since: datetime, until: datetime) -> Iterator[list[str]]:
    """Those of each day, by shard."""
    for days in range((until.date() - since.date()).days + 1):
        yield [bucket(since.date() + timedelta(days=days), shard) for shard in range(SHARDS)]


def bucket(day: date, shard: int) -> str:
    return f"DUE#{day.isoformat()}#{shard}"
