"""What leaves nothing, or next to nothing, though each of its parts does: clocks far apart, and limits that outlast."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from segue.decisions.in_zones import open_in_all
from segue.decisions.limits import Cap
from segue.decisions.policy import Policy
from segue.decisions.windows import opening
from segue.duration import write
from segue.events.names import Place
from segue.problem import Kind, Problem

#: From here on a year is looked through, by the rules of the zones as they are known.
_A_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
_YEAR = frozenset((day.month, day.day) for day in (date(2028, 1, 1) + timedelta(days=n) for n in range(366)))
_UNITS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31)}


def leaving_little(policy: Policy) -> Iterator[Problem]:
    yield from _clocks_apart(policy)
    yield from _never_open(policy)
    yield from _spread_out(policy)


def _clocks_apart(policy: Policy) -> Iterator[Problem]:
    """Of each channel with hours: whether they leave a moment that suits all zones where somebody may be."""
    strict = [
        name
        for name, category in policy.categories.items()
        if category.unknown_time_zone == "worst_case" and "windows" not in category.exempt
    ]
    for name, channel in policy.channels.items():
        hours, zones = channel.window, policy.possible_zones
        if not strict or hours is None or not any(hours.week) or open_in_all(opening(hours), zones)(_A_YEAR):
            continue
        where = ", ".join(zone.key or "UTC" for zone in zones)
        yield Problem(
            place=("channels", name, "window"),
            message=f"by {name} nobody of unknown time zone ever gets {' or '.join(strict)} messages: {hours} is at no "
            f"moment the time in all of {where}",
            hint="widen the window, name fewer possible_time_zones, or say unknown_time_zone: default",
            kind=Kind.NO_COMMON_HOUR,
        )


def _never_open(policy: Policy) -> Iterator[Problem]:
    """Closed days that leave no day at all, or none of those on which a channel's window opens."""
    for name in policy.categories:
        shut = [channel for channel in policy.channels if not _left(policy, channel, name)]
        if shut:
            by = f"by {', '.join(shut)} " if len(shut) < len(policy.channels) else ""
            yield Problem(
                place=("closed",),
                message=f"{by}no {name} message could ever be sent: every day of the year is closed",
                hint="take days out, or name the channels and categories that they are for",
                kind=Kind.NEVER,
            )
        for channel in policy.channels:
            window = policy.channels[channel].window
            holidays = any(rule.public_holidays for rule in policy.closed_days.holding(channel, name))
            alone = window is not None and not any(window.week) and name not in policy.at_any_hour
            if alone and holidays and channel not in shut:
                yield Problem(
                    place=("channels", channel, "window"),
                    message=f"by {channel} no {name} message could ever be sent: the window opens on public holidays "
                    "alone, and these are closed",
                    hint="give the window days of the week, or leave the holidays of this channel open",
                    kind=Kind.NEVER,
                )


def _left(policy: Policy, channel: str, category: str) -> bool:
    """Whether some day of the year is not closed each year."""
    rules = policy.closed_days.holding(channel, category)
    return bool(_YEAR - {(day.month, day.day) for rule in rules for day in rule.days if day.year is None})


def _spread_out(policy: Policy) -> Iterator[Problem]:
    """A spread that no message lives to see the end of: it is always cut."""
    lives = [each.expires_after for name, each in policy.categories.items() if name not in policy.at_any_hour]
    longest = max(lives, default=None)
    for name, channel in policy.channels.items():
        if longest and channel.spread and channel.spread >= longest:
            yield Problem(
                place=("channels", name, "spread"),
                message=f"a spread of {write(channel.spread)} is cut short each time: messages live for "
                f"{write(longest)} at most",
                hint="write some minutes or hours: over so long those are woken who wait for the same opening",
                kind=Kind.CUT_SHORT,
            )


def outlasting(caps: Iterator[tuple[Place, Cap]], policy: Policy) -> Iterator[Problem]:
    """Caps, and the cool-down, whose room comes less often than the messages under them live.

    Who says `when_full: stop` has said it already.
    """
    for place, cap in caps:
        span = cap.per if isinstance(cap.per, timedelta) else _UNITS.get(cap.per)
        if span is None or cap.limit == 0 or cap.when_full == "stop":
            continue
        if found := _outlived(cap, span / cap.limit, policy):
            remedy = "say when_full: stop if they may, or let them live longer: expires_after"
            often = f"{cap.limit} in {write(span)}"
            yield _too_seldom(
                (*place, "per"), f"{often} is room for one every {write(span / cap.limit)}", found, remedy
            )
    if policy.cool_down:
        cap = Cap(limit=1, per=policy.cool_down)
        if found := _outlived(cap, policy.cool_down, policy):
            remedy = "shorten it, or let them live longer: expires_after"
            yield _too_seldom(
                ("cool_down",), f"nothing goes for {write(policy.cool_down)} after a message", found, remedy
            )


def _outlived(cap: Cap, every: timedelta, policy: Policy) -> str:
    """How long the messages under the cap live, if none of them lives so long: some are meant to be short-lived."""
    lives = {name: each.expires_after for name, each in policy.categories.items() if policy.under(cap, name)}
    if any(long >= every for long in lives.values()):
        return ""
    return " and ".join(f"{name} messages live for {write(long)}" for name, long in lives.items())


def _too_seldom(place: Place, often: str, lives: str, remedy: str) -> Problem:
    message = f"{often}, and {lives}: most of those that have to wait expire"
    return Problem(place=place, message=message, hint=remedy, kind=Kind.TOO_SELDOM)
