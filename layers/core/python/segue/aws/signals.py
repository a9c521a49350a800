"""`Signals` on SQS: one message each, so that a signal that cannot be followed holds up no other."""

from collections.abc import Iterable
from typing import Any

from segue.aws.table import codec
from segue.profiles.signals import Signal

#: SQS takes ten messages at once, and no more than 1 MiB together; an event is at most 32 KB.
_MOST = 10


class SqsSignals:
    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def raise_all(self, signals: Iterable[Signal]) -> None:
        """Raise `RuntimeError` when the queue did not take all of them; those taken may come again."""
        bodies = [encode_signal(signal) for signal in signals]
        for start in range(0, len(bodies), _MOST):
            entries = [
                {"Id": str(index), "MessageBody": body} for index, body in enumerate(bodies[start : start + _MOST])
            ]
            refused = self._client.send_message_batch(QueueUrl=self._url, Entries=entries).get("Failed")
            if refused:
                message = f"{len(refused)} signals were not taken: {refused[0].get('Code')}"
                raise RuntimeError(message)


def encode_signal(signal: Signal) -> str:
    return codec(Signal).dump_json(signal, exclude_defaults=True).decode()


def decode_signal(text: str) -> Signal:
    signal: Signal = codec(Signal).validate_json(text)
    return signal
