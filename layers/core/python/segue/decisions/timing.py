"""At which moments a channel may be used for this person: the team's hours, the law, the person's own wishes."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from segue.decisions.asker import Asker, clocks
from segue.decisions.closed import why_closed
from segue.decisions.decision import Check, SendRequest
from segue.decisions.hours import Hours
from segue.decisions.in_zones import open_in_all, own_in_all, together
from segue.decisions.law_rules import law_rules
from segue.decisions.policy import Policy
from segue.decisions.preferences import hours_said
from segue.decisions.reasons import Reason
from segue.decisions.rule import Next, Rule, latest, next_moment
from segue.decisions.whose_law import called
from segue.decisions.windows import Day, none_of, opening, own_opening
from segue.profiles.profile import Part, Stamped


def timing(request: SendRequest, part: Part, policy: Policy, channel: str, now: datetime) -> list[Rule | Check]:
    """The rules, all of which must suit, and lines for what does not hold. A line that failed says: never."""
    return hours_on(channel, request, Asker(part, policy, request.category, now))


def hours_on(channel: str, request: SendRequest, asker: Asker, *also: Sequence[Rule | Check]) -> list[Rule | Check]:
    """As `timing`, of somebody who is asked about several channels.

    `also` is what else holds the message back: the hours that the person prefers give way to it, and to all others.
    """
    policy = asker.policy
    brand = _brand(asker, channel)
    if isinstance(brand, Check) and brand.verdict == "fail":
        return [brand]
    found: list[Rule | Check] = [brand]
    if asker.timed and channel in policy.law_book.channels:
        found += law_rules(asker, channel)
    if asker.quiet:
        found.append(_quiet(asker, channel, asker.quiet))
    if policy.closed:
        found += _closed(asker, channel)
    if asker.wish:
        held = [rule.next for rules in (found, *also) for rule in rules if isinstance(rule, Rule)]
        found.append(_preferred(asker, channel, asker.wish, held, latest(request, asker.now)))
    return found


def _brand(asker: Asker, channel: str) -> Rule | Check:
    hours = asker.policy.channels[channel].window
    if not asker.timed:
        return _none(asker.category_name, channel)
    if asker.zone is None:
        return _somewhere(asker, channel, hours)
    return _hours(hours, asker, channel, asker.clocks) if hours else _none(asker.category_name, channel)


def _somewhere(asker: Asker, channel: str, hours: Hours | None) -> Rule | Check:
    """Where a person of unknown time zone may be, as the policy has it. Without hours, too, it may say to drop."""
    unknown = asker.category.unknown_time_zone
    if unknown == "drop":
        return Check("hours", "fail", "time zone unknown")
    if hours is None:
        return _none(asker.category_name, channel)
    match unknown:
        case "send":
            return Check("hours", "skip", "time zone unknown; the policy sends all the same")
        case "default":
            default = asker.policy.default_zones
            when = f"time zone unknown, taken as {clocks(default, asker.now)}"
            return _hours(hours, asker, channel, when, default)
        case "worst_case":
            return _hours(hours, asker, channel, f"time zone unknown, must suit {asker.clocks}")


@lru_cache(maxsize=256)
def _none(category: str, channel: str) -> Check:
    return Check("hours", "skip", f"{category} messages on {channel} have none")


def _hours(hours: Hours, asker: Asker, channel: str, when: str, zones: tuple[ZoneInfo, ...] = ()) -> Rule:
    next_ = open_in_all(_opening(hours, asker, channel), zones or asker.zones)
    return Rule("hours", Reason.OUTSIDE_WINDOW, f"{when}; hours are {hours.text}", next_)


def _opening(hours: Hours, asker: Asker, channel: str) -> Day:
    return opening(hours, asker.whose(channel).regions if hours.holidays is not None else ())


def _own(hours: Hours, asker: Asker, channel: str) -> Day:
    return own_opening(hours, asker.whose(channel).regions if hours.holidays is not None else ())


def _closed(asker: Asker, channel: str) -> Iterator[Rule]:
    """A day that is closed in any of the zones, or the regions, where they may be."""
    closed = asker.policy.closed_days.holding(channel, asker.category_name)
    if not closed:
        return
    regions = asker.whose(channel).regions if any(rule.public_holidays for rule in closed) else ()
    of = asker.policy.closed_days.opening(channel, asker.category_name, regions)
    today = sorted({asker.now.astimezone(zone).date() for zone in asker.zones})
    shut = next((day for day in today if not of(day)), None)
    saw = f"{shut:%a %Y-%m-%d} is {why_closed(closed, regions, shut)}" if shut else _no_closed_day(today[0], regions)
    yield Rule("closed days", Reason.HOLIDAY, saw, open_in_all(of, asker.zones))


@lru_cache(maxsize=1024)
def _no_closed_day(today: date, regions: tuple[str, ...]) -> str:
    where = f" in {' or '.join([called(region) for region in regions])}" if regions else ""
    return f"{today:%a %Y-%m-%d} is no closed day{where}"


def _quiet(asker: Asker, channel: str, said: Stamped) -> Rule | Check:
    hours = hours_said(said.value)
    if hours is None:
        return _no_hours("quiet hours", said.value)
    saw = f"{asker.clocks}; they want quiet from {hours.told}"
    next_ = own_in_all(none_of(_own(hours, asker, channel)), asker.zones, hours.holidays is None)
    return Rule("quiet hours", Reason.QUIET_HOURS, saw, next_)


def _preferred(asker: Asker, channel: str, said: Stamped, held: list[Next], before: datetime) -> Rule | Check:
    """A wish: it narrows the others while they leave a moment within it."""
    hours = hours_said(said.value)
    if hours is None:
        return _no_hours("preferred hours", said.value)
    wish = own_in_all(_own(hours, asker, channel), asker.zones, hours.holidays is None)
    if next_moment(together([*held, wish], before), asker.now, before) is None:
        saw = f"{hours.told} are preferred, but no permissible moment in them comes before {before:%Y-%m-%d %H:%M} UTC"
        return Check("preferred hours", "skip", f"{saw}: passed over")
    saw = f"{asker.clocks}; they prefer {hours.told}"
    return Rule("preferred hours", Reason.PREFERRED_HOURS, saw, wish)


def _no_hours(name: str, value: object) -> Check:
    shown = repr(value) if len(repr(value)) <= 40 else f"{repr(value)[:39]}…"  # noqa: PLR2004 - enough to recognise it
    return Check(name, "skip", f"{shown} are no hours: ignored")
