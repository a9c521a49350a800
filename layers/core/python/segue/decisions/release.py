"""What was deferred and falls due goes back to the queue, to be decided anew."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from segue.decisions.ports import Requests, Sends


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """`overdue` had been due already; the `oldest` of them for this long."""

    count: int = 0
    overdue: int = 0
    oldest: timedelta = timedelta()


def release(
    *, sends: Sends, requests: Requests, now: datetime, soon: timedelta, grace: timedelta, most: int = 5_000
) -> Released:
    """Everything that falls due within `soon`. Twice at once does no harm: a request is decided once per attempt.

    A message that gets lost is sent again `grace` after its moment, since its record is then still deferred.
    """
    released = Released()
    for record in islice(sends.due(now + soon), most):
        if record.due is None:
            raise ValueError(f"send {record.request.send_id} is deferred to no moment")
        late = max(now - record.due, timedelta())
        requests.wake(record.request, record.attempt, max(record.due - now, timedelta()))
        sends.wake_again(record, max(record.due, now) + soon + grace)
        released = Released(
            count=released.count + 1, overdue=released.overdue + (late > timedelta()), oldest=max(released.oldest, late)
        )
    return released
