"""At which moments a channel may be used for this person: the team's hours, the law, the person's own wishes."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from segue.decisions.asker import Asker, OpenInAll, clocks, together
from segue.decisions.closed import why_closed
from segue.decisions.decision import Check, SendRequest
from segue.decisions.hours import Hours
from segue.decisions.law_rules import law_rules
from segue.decisions.policy import Policy
from segue.decisions.preferences import hours_said
from segue.decisions.reasons import Reason
from segue.decisions.rule import Next, Rule, latest, next_moment
from segue.decisions.whose_law import called
from segue.decisions.windows import Day, none_of, opening
from segue.profiles.profile import Part, Stamped


def timing(
    request: SendRequest, part: Part, policy: Policy, channel: str, now: datetime, *, also: Iterable[Next] = ()
) -> list[Rule | Check]:
    """The rules, all of which must suit, and lines for what does not hold. A line that failed says: never.

    `also` is what else holds the message back: the hours that the person prefers give way to it, and to all others.
    """
    asker = Asker(part, policy, channel, request.category, now)
    brand = _brand(asker)
    if isinstance(brand, Check) and brand.verdict == "fail":
        return [brand]
    found: list[Rule | Check] = [brand]
    timed = "windows" not in asker.category.exempt
    if timed and channel in policy.law_book.channels:
        found += law_rules(asker)
    if asker.category.unsubscribe and (quiet := _said(policy.preferences.quiet_hours, part)):
        found.append(_quiet(asker, quiet))
    if policy.closed:
        found += _closed(asker)
    if timed and (wish := _said(policy.preferences.send_time, part)):
        held = [*(rule.next for rule in found if isinstance(rule, Rule)), *also]
        found.append(_preferred(asker, wish, held, latest(request, now)))
    return found


def _brand(asker: Asker) -> Rule | Check:
    hours = asker.policy.channels[asker.channel].window
    if "windows" in asker.category.exempt:
        return _none(asker)
    if asker.zone is None:
        return _somewhere(asker, hours)
    return _hours(hours, asker, asker.zones, asker.clocks) if hours else _none(asker)


def _somewhere(asker: Asker, hours: Hours | None) -> Rule | Check:
    """Where a person of unknown time zone may be, as the policy has it. Without hours, too, it may say to drop."""
    unknown = asker.category.unknown_time_zone
    if unknown == "drop":
        return Check(name="hours", verdict="fail", saw="time zone unknown")
    if hours is None:
        return _none(asker)
    match unknown:
        case "send":
            return Check(name="hours", verdict="skip", saw="time zone unknown; the policy sends all the same")
        case "default":
            default = asker.policy.default_zones
            return _hours(hours, asker, default, f"time zone unknown, taken as {clocks(default, asker.now)}")
        case "worst_case":
            return _hours(hours, asker, asker.zones, f"time zone unknown, must suit {asker.clocks}")


def _none(asker: Asker) -> Check:
    return Check(name="hours", verdict="skip", saw=f"{asker.category_name} messages on {asker.channel} have none")


def _hours(hours: Hours, asker: Asker, zones: tuple[ZoneInfo, ...], when: str) -> Rule:
    rule = OpenInAll(_opening(hours, asker), zones)
    return Rule("hours", Reason.OUTSIDE_WINDOW, f"{when}; hours are {hours}", rule)


def _opening(hours: Hours, asker: Asker) -> Day:
    return opening(hours, asker.whose.regions if hours.holidays is not None else ())


def _closed(asker: Asker) -> Iterator[Rule]:
    """A day that is closed in any of the zones, or the regions, where they may be."""
    closed = asker.policy.closed_days.holding(asker.channel, asker.category_name)
    if not closed:
        return
    regions = asker.whose.regions if any(rule.public_holidays for rule in closed) else ()
    of = asker.policy.closed_days.opening(asker.channel, asker.category_name, regions)
    today = sorted({asker.now.astimezone(zone).date() for zone in asker.zones})
    shut = next((day for day in today if not of(day)), None)
    saw = f"{shut:%a %Y-%m-%d} is {why_closed(closed, regions, shut)}" if shut else _no_closed_day(today[0], regions)
    yield Rule("closed days", Reason.HOLIDAY, saw, OpenInAll(of, asker.zones))


def _no_closed_day(today: date, regions: tuple[str, ...]) -> str:
    where = f" in {' or '.join([called(region) for region in regions])}" if regions else ""
    return f"{today:%a %Y-%m-%d} is no closed day{where}"


def _said(trait: str | None, part: Part) -> Stamped | None:
    said = part.traits.get(trait) if trait else None
    return said if said and said.value not in (None, "") else None


def _quiet(asker: Asker, said: Stamped) -> Rule | Check:
    hours = hours_said(said.value)
    if hours is None:
        return _no_hours("quiet hours", said.value)
    saw = f"{asker.clocks}; they want quiet from {hours.told}"
    return Rule("quiet hours", Reason.QUIET_HOURS, saw, OpenInAll(none_of(_opening(hours, asker)), asker.zones))


def _preferred(asker: Asker, said: Stamped, held: list[Next], before: datetime) -> Rule | Check:
    """A wish: it narrows the others while they leave a moment within it."""
    hours = hours_said(said.value)
    if hours is None:
        return _no_hours("preferred hours", said.value)
    wish = OpenInAll(_opening(hours, asker), asker.zones)
    if next_moment(together([*held, wish]), asker.now, before) is None:
        saw = f"{hours.told} are preferred, but no permissible moment in them comes before {before:%Y-%m-%d %H:%M} UTC"
        return Check(name="preferred hours", verdict="skip", saw=f"{saw}: passed over")
    saw = f"{asker.clocks}; they prefer {hours.told}"
    return Rule("preferred hours", Reason.PREFERRED_HOURS, saw, wish)


def _no_hours(name: str, value: object) -> Check:
    shown = repr(value) if len(repr(value)) <= 40 else f"{repr(value)[:39]}…"  # noqa: PLR2004 - enough to recognise it
    return Check(name=name, verdict="skip", saw=f"{shown} are no hours: ignored")
