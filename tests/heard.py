"""What a client of EventBridge puts on the bus, as rules would deliver it. (Moto's own rules need more packages.)"""

import json
from threading import Lock
from typing import Any

from segue.aws.bus import EVENT, REJECTED, decode_event, decode_rejected
from segue.events.event import Event
from segue.events.rejected import Rejected


class Heard:
    def __init__(self, client: Any) -> None:
        self.said: list[dict[str, Any]] = []
        self._lock = Lock()
        client.meta.events.register("provide-client-params.events.PutEvents", self._hear)

    def _hear(self, params: dict[str, Any], **_: Any) -> None:
        with self._lock:
            self.said += [
                {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}
                for entry in params["Entries"]
            ]

    def events(self) -> list[Event]:
        return [decode_event(said["detail"]) for said in self.said if said["detail-type"] == EVENT]

    def rejected(self) -> list[Rejected]:
        return [decode_rejected(said["detail"]) for said in self.said if said["detail-type"] == REJECTED]

    def news(self) -> list[tuple[str, dict[str, Any]]]:
        return [(said["detail-type"], said["detail"]) for said in self.said if said["source"] == "segue"]
