"""Everything that is added to the context of an event when it is read. What the client said itself always holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segue.events.enrichment.arrival import arrival
from segue.events.enrichment.device import device_class
from segue.events.enrichment.visitor import Visitor
from segue.events.zones import zone_named


@dataclass(frozen=True, slots=True)
class Enriched:
    context: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def enriched(context: Mapping[str, Any], visitor: Visitor, page: Any = None) -> Enriched:
    """`page` stands in for `context.page` where that is missing: the properties of a `page` call."""
    zone, notes = _zone(context, visitor)
    added: dict[str, Any] = {}
    if zone:
        added["timezone"] = zone
    if visitor.location and context.get("location") is None:
        added["location"] = dict(visitor.location)
    device = context.get("device")
    if (device is None or (isinstance(device, dict) and device.get("class") is None)) and (
        found := device_class(context, visitor)
    ):
        added["device"] = {**(device or {}), "class": found.value}
    if context.get("channel_source") is None and (came := arrival(context, context.get("page") or page)):
        added["channel_source"] = dict(came.channel_source)
        if came.campaign and context.get("campaign") is None:
            added["campaign"] = dict(came.campaign)
    return Enriched({**context, **added} if added else context, notes)


def _zone(context: Mapping[str, Any], visitor: Visitor) -> tuple[str | None, tuple[str, ...]]:
    """The zone to add. One that does not exist stays as it was written, unless a better one is known."""
    said = context.get("timezone")
    if said is None or said == "":
        return visitor.time_zone, ()
    if isinstance(said, str) and zone_named(said):
        return None, ()
    return visitor.time_zone, ("context.timezone is no time zone of IANA's, such as Europe/Berlin: not used",)
