"""Hours that leave nothing: a team's window and the law of some place, day by day of a week without holidays.

And the law alone, where it is nobody's in particular: then that of everywhere must be kept.

Nothing is said of what the law closes by itself, such as a Sunday in Alabama, nor of laws that have an end.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from segue.decisions.asker import zones_of_law
from segue.decisions.hours import Hours
from segue.decisions.in_zones import open_in_all
from segue.decisions.law import NamedLaw
from segue.decisions.policy import Policy
from segue.decisions.whose_law import called, whose_law
from segue.decisions.windows import Day, all_of, opening
from segue.problem import Kind, Problem
from segue.profiles.profile import Part

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEK = tuple(date(2001, 1, 1) + timedelta(days=n) for n in range(7))
_EVER = "ever"
#: From here on a year is looked through.
_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
_NONE: Mapping[str, Sequence[str]] = {}


def hours_at_odds(policy: Policy, senders: Mapping[str, Sequence[str]] = _NONE) -> Iterator[Problem]:
    """Of each channel with a window: where nobody can be written to on some day of the week, or ever.

    `senders` are the journeys that send by a channel: it is said whose messages these are.
    """
    yield from _law_of_anywhere(policy, senders)
    for name, channel in policy.channels.items():
        if channel.window is None:
            continue
        lasting = [law for law in policy.laws if law.hours and law.until is None and name in law.channels]
        for days, laws, places in _places_at_odds(channel.window, lasting):
            problem = _problem(name, channel.window, days, laws, places)
            whose = ", ".join(senders.get(name, ()))
            yield (
                replace(problem, message=f"{problem.message}; journeys that send by it: {whose}") if whose else problem
            )


def _law_of_anywhere(policy: Policy, senders: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """Of channels by which somebody sends: whoever has no place must suit the law of all, which may leave no moment."""
    for channel in sorted(policy.law_book.channels & senders.keys()) if not policy.places else ():
        whose = whose_law(Part(), policy, channel)
        hours = policy.law_book.in_force(channel, whose.regions, whose.known, _YEAR.date()).hours
        zones = zones_of_law(channel, whose, policy, _YEAR.year)
        if hours and open_in_all(all_of(tuple(day for _, _, day in hours)), zones)(_YEAR) is None:
            yield Problem(
                place=("possible_regions",),
                message=f"by {channel} nobody of whom no place is known can ever be written to: no moment suits the "
                f"law of everywhere; journeys that send by it: {', '.join(senders[channel])}",
                hint="say in possible_regions where your people are",
                kind=Kind.CLOSED_BY_LAW,
            )


def _places_at_odds(
    window: Hours, lasting: list[NamedLaw]
) -> Iterator[tuple[tuple[str, ...], list[NamedLaw], list[str]]]:
    """Those under the same laws together; of a part of a country only what is not so in the whole of it."""
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[list[NamedLaw], list[str]]] = {}
    for place in dict.fromkeys(place for law in lasting for place in law.regions):
        laws = [law for law in lasting if law.holds_in(place)]
        country, _, part = place.partition("-")
        told = _at_odds(window, [law for law in lasting if law.holds_in(country)]) if part else ()
        days = tuple(day for day in _at_odds(window, laws) if day not in told and told != (_EVER,))
        if days:
            found.setdefault((days, tuple(law.name for law in laws)), (laws, []))[1].append(place)
    for (days, _), (laws, places) in found.items():
        yield days, laws, places


def _at_odds(window: Hours, laws: list[NamedLaw]) -> tuple[str, ...]:
    """The days on which the team and the law both leave something, and nothing together."""
    ours, theirs, both = _leave(window, laws)
    if laws and not any(both(day) for day in _WEEK):
        on_holidays = _leave(_on_holidays(window), [_in_holidays(law) for law in laws])[-1]
        if not any(on_holidays(day) for day in _WEEK):
            return (_EVER,)
    return tuple(name for name, day in zip(_DAYS, _WEEK, strict=True) if ours(day) and theirs(day) and not both(day))


def _leave(window: Hours, laws: list[NamedLaw]) -> tuple[Day, Day, Day]:
    """What the team leaves of a day, the law, and both."""
    ours = opening(window)
    theirs = all_of(tuple(opening(law.hours) for law in laws if law.hours))
    return ours, theirs, all_of((ours, theirs))


def _on_holidays(hours: Hours) -> Hours:
    """As if each day of the week were a public holiday."""
    return hours if hours.holidays is None else Hours((hours.holidays,) * 7)


def _in_holidays(law: NamedLaw) -> NamedLaw:
    return law.model_copy(update={"hours": law.hours and _on_holidays(law.hours)})


def _problem(channel: str, window: Hours, days: tuple[str, ...], laws: list[NamedLaw], places: list[str]) -> Problem:
    where = " or ".join(called(place) for place in places)
    only = _DAYS.index(days[0]) if len(days) == 1 and days[0] in _DAYS else None
    allowed = ", ".join(f"{law.name} {_shown(law.hours, only)}" for law in laws if law.hours)
    ever = days == (_EVER,)
    can = "can ever be written to" if ever else f"can be written to on a {' or a '.join(days)}"
    hours = f"the window is {_shown(window, only)}, and allowed are {allowed}"
    return Problem(
        place=("channels", channel, "window"),
        message=f"by {channel} nobody in {where} {can}: {hours}",
        hint="widen the window, or say in jurisdictions.yaml why a law is left out for you",
        kind=Kind.NEVER_ALLOWED if ever else Kind.CLOSED_BY_LAW,
    )


def _shown(hours: Hours, day: int | None) -> str:
    return str(hours) if day is None else hours.on(day)
