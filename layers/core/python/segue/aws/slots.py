"""`Slots` on DynamoDB: a row for each channel, `RATE#<channel>`, says from when on a slot is free, in real time."""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.exceptions import UpdateError

from segue.aws.table import Row
from segue.clock import Clock
from segue.decisions.rate import Rate, Wanted, slotted

_SLOTS = "SLOTS"

#: How often others may take slots under our hands; then it is their turn.
MOST_TRIES = 25


class DynamoSlots:
    def __init__(self, rows: type[Row], clock: Clock | None = None) -> None:
        self._rows = rows
        self._clock = clock or Clock()

    def take(self, channel: str, wanted: Sequence[Wanted], rate: Rate) -> list[datetime | None]:
        clock = self._clock
        real = [Wanted(clock.wall_at(each.since), clock.wall_at(each.before)) for each in wanted]
        for _ in range(MOST_TRIES):
            kept = self._kept(channel)
            was = datetime.fromisoformat(kept.doc) if kept and kept.doc else None
            slots, free = slotted(real, was, rate.every)
            if free == was or self._keep(channel, free, kept):
                return [clock.at(slot) if slot else None for slot in slots]
        return [None] * len(wanted)

    def _kept(self, channel: str) -> Row | None:
        try:
            return self._rows.get(f"RATE#{channel}", _SLOTS, consistent_read=True)
        except self._rows.DoesNotExist:
            return None

    def _keep(self, channel: str, free: datetime | None, before: Row | None) -> bool:
        """Whether nobody else has meanwhile. An update, since `release` may do no more to the table."""
        version = int(before.version or 0) if before else 0
        try:
            self._rows(f"RATE#{channel}", _SLOTS).update(
                actions=[
                    self._rows.doc.set(free.isoformat() if free else ""),
                    self._rows.version.set(version + 1),
                ],
                condition=self._rows.version == version if before else self._rows.pk.does_not_exist(),
            )
        except UpdateError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            return False
        return True
