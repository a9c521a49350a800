"""When a channel may be used, where the person is."""

from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from segue.decisions.decision import Check, SendRequest
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.decisions.rule import Rule, next_moment
from segue.decisions.windows import Hours, next_open
from segue.events.zones import zone_named
from segue.profiles.profile import Part

#: A year, with all its changes of the clock.
_FORESIGHT = timedelta(days=366)


def timing(request: SendRequest, part: Part, policy: Policy, channel: str, now: datetime) -> list[Rule | Check]:
    hours, category = policy.channels[channel].window, policy.category(request.category)
    if hours is None or "windows" in category.exempt:
        return [Check(name="hours", verdict="skip", saw=f"{request.category} messages on {channel} have none")]
    zone = zone_named(str(part.time_zone.value)) if part.time_zone else None
    if zone is not None:
        return [_hours_rule(hours, (zone,), "", now)]
    match category.unknown_time_zone:
        case "drop":
            return [Check(name="hours", verdict="fail", saw="time zone unknown")]
        case "send":
            return [Check(name="hours", verdict="skip", saw="time zone unknown; the policy sends all the same")]
        case "default":
            return [_hours_rule(hours, policy.default_zones, "time zone unknown, taken as ", now)]
        case "worst_case":
            return [_hours_rule(hours, policy.possible_zones, "time zone unknown, must suit ", now)]


def _hours_rule(hours: Hours, zones: tuple[ZoneInfo, ...], how: str, now: datetime) -> Rule:
    where = ", ".join([f"{now.astimezone(zone):%H:%M} in {zone.key}" for zone in zones])
    return Rule("hours", Reason.OUTSIDE_WINDOW, f"{how}{where}; hours are {hours}", partial(_open_in_all, hours, zones))


def _open_in_all(hours: Hours, zones: tuple[ZoneInfo, ...], at: datetime) -> datetime | None:
    """The first moment when it is within the hours in every zone."""
    return next_moment([partial(next_open, hours, zone) for zone in zones], at, at + _FORESIGHT)
