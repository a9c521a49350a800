"""Where a row stands in the index `due`: by real time, whatever the clock, since `release` runs in real time.

A bucket is a day and a shard, so that looking back over an outage costs a few queries. In it each channel and rank has
a lane of its own, where the earliest comes first: what is urgent is found before what has waited longer, and a
channel that may wake no more for now is passed by without looking at what waits for it.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zlib import crc32

from segue.aws.table import moment

SHARDS = 8

#: Of a person's timer, between what is most urgent and what is least.
TIMER_RANK = 5
#: Their lane.
TIMERS = f"~#{TIMER_RANK}#"

#: Of what is on its way, and perhaps lost: apart from what waits, and on no channel.
ON_ITS_WAY = "!"
_LOST = f"~{ON_ITS_WAY}#0#"

#: The lane of a channel and rank is `~<channel>#<rank>#`; a key in it `<lane><moment>#<id>`. Rows that were written
#: before there were lanes have keys `<moment>#<rank>#<id>`: the lane without a name.
_KEY = re.compile(r"(?P<lane>(?:~.*#\d#)?)(?P<moment>\d{4}-\d\d-\d\dT[^#]*)#(?P<rest>.*)", re.DOTALL)


def place(real: datetime, rank: int, id_: str, channel: str = "") -> tuple[str, str]:
    """The bucket, and the key in it. 0 is the most urgent rank. A person's timer is on no channel."""
    return bucket(real.date(), crc32(id_.encode()) % SHARDS), f"~{channel}#{rank}#{moment(real)}#{id_}"


def read(key: str) -> tuple[str, str, int]:
    """Of a key the lane, the moment and the rank. Raise `ValueError` when it is none."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise ValueError("a row stands in the index of what is due under a key that nobody writes")
    lane = found["lane"]
    return lane, found["moment"], int(lane[-2] if lane else found["rest"][0])


def channel(lane: str) -> str:
    """None for what is on its way."""
    return "" if lane == _LOST else lane[1:-3]


def defers(lane: str) -> bool:
    """Whether deferred requests stand in it."""
    return lane not in (TIMERS, _LOST)


def after(lane: str) -> str:
    """Less than every key of the later lanes, and more than every key of this."""
    return f"{lane[:-1]}$" if lane else ":"


def buckets(since: datetime, until: datetime) -> Iterator[str]:
    for days in range((until.date() - since.date()).days + 1):
        for shard in range(SHARDS):
            yield bucket(since.date() + timedelta(days=days), shard)


def bucket(day: date, shard: int) -> str:
    return f"DUE#{day.isoformat()}#{shard}"
