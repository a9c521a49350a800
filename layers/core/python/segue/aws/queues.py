"""`Requests` and `Deliveries` on SQS."""

from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from typing import Any

from segue.aws.table import to_json
from segue.clock import Clock
from segue.decisions.asked import Asked, write
from segue.decisions.decision import SendRecord, SendRequest
from segue.profiles.ports import Due

#: As long as SQS can hold a message back.
MOST_DELAY = timedelta(minutes=15)

#: Of a batch.
_MOST_ENTRIES = 10

#: The detail-type of a person's timer, which looks like what EventBridge puts on the queue of events.
PROFILE_DUE = "Profile Due"

#: How far ahead `release` takes the slots of a channel with a rate: two of its minutes, should one be missed.
PACED_AHEAD = timedelta(minutes=2)

#: How long after its moment a held message is taken for lost.
GRACE = timedelta(minutes=5)


class SqsRequests:
    def __init__(self, client: Any, url: str, clock: Clock) -> None:
        self._client = client
        self._url = url
        self._clock = clock

    def ask(self, requests: Sequence[SendRequest]) -> None:
        for first in range(0, len(requests), _MOST_ENTRIES):
            some = requests[first : first + _MOST_ENTRIES]
            entries = [
                {"Id": str(number), "MessageBody": write(Asked(request=request))} for number, request in enumerate(some)
            ]
            self._client.send_message_batch(QueueUrl=self._url, Entries=entries)

    def wake(self, request: SendRequest, attempt: int, delay: timedelta) -> None:
        """Never before the delay is over: rounded up to whole seconds of real time."""
        seconds = ceil(min(self._clock.real(delay), MOST_DELAY).total_seconds())
        body = write(Asked(request=request, attempt=attempt))
        self._client.send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=seconds)


class SqsTimers:
    """On a queue of their own that the same function works off as the events: there, being late is being wrong."""

    def __init__(self, client: Any, url: str, clock: Clock) -> None:
        self._client = client
        self._url = url
        self._clock = clock

    def ring(self, due: Due, delay: timedelta) -> None:
        """As `SqsRequests.wake`."""
        seconds = ceil(min(self._clock.real(delay), MOST_DELAY).total_seconds())
        detail = {"profile_id": due.profile_id, "at": due.at.isoformat()}
        body = to_json({"detail-type": PROFILE_DUE, "detail": detail})
        self._client.send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=seconds)


class SqsDeliveries:
    """A message says where its record is, and nothing of what it is about."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def hand_over(self, record: SendRecord) -> None:
        body = to_json({"profile_id": record.request.profile_id, "key": record.key})
        self._client.send_message(QueueUrl=self._url, MessageBody=body)


class SqsErrands:
    """Erasures that are to be gone on with."""

    def __init__(self, client: Any, url: str, clock: Clock) -> None:
        self._client = client
        self._url = url
        self._clock = clock

    def go_on(self, receipt_id: str, after: timedelta) -> None:
        seconds = ceil(min(self._clock.real(after), MOST_DELAY).total_seconds())
        self._client.send_message(QueueUrl=self._url, MessageBody=receipt_id, DelaySeconds=seconds)
