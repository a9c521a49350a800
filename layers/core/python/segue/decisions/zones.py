"""The time zones in which a day, a week or a month of a cap is counted."""

from zoneinfo import ZoneInfo

from segue.decisions.policy import Category, Policy
from segue.events.zones import zone_named
from segue.profiles.profile import Part


def zones_of(part: Part, category: Category, policy: Policy) -> tuple[ZoneInfo, ...]:
    """The person's; while it is unknown, all where they may be in the worst case, else the default one."""
    zone = zone_named(str(part.time_zone.value)) if part.time_zone else None
    if zone is not None:
        return (zone,)
    return policy.possible_zones if category.unknown_time_zone == "worst_case" else policy.default_zones
