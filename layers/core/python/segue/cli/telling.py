"""A person's decisions in words that a marketer understands, in the hours of the place where the person is."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import assert_never

from rich.markup import escape

from segue.decisions.decision import Action, Check, Decision, SendRecord, SendRequest, SendState
from segue.decisions.words import ending, localised, name_of, sentence, zone_of
from segue.profiles.consent import Consents
from segue.profiles.profile import Permission, Profile
from segue.profiles.suppression import why_suppressed

_COLOURS = {Action.SEND: "green", Action.DEFER: "yellow", Action.DROP: "red"}
#: As a check tells what a clock shows, `20:30 in Europe/Berlin`.
_CLOCK = re.compile(r"(?<!\d)\d\d:\d\d in ([A-Z][\w+-]*(?:/[\w+-]+)*)")
_SIGNS = {"pass": "[green]✓[/]", "wait": "[yellow]◷[/]", "fail": "[red]✗[/]", "skip": "[dim]-[/]"}


def person(profile: Profile, asked: str) -> Iterator[str]:
    """Who it is, and what of it matters to a decision. No traits: this may be read over a shoulder."""
    whole, stated = profile.whole, profile.whole.time_zone
    yield f"[bold]{escape(profile.user_id or asked)}[/]  [dim]{profile.profile_id}[/]"
    yield f"  time zone   {escape(str(stated.value)) if stated else 'unknown; times here are UTC'}"
    yield f"  consent     {_consents(whole.consents) or 'nothing said'}"
    if whole.opted_out:
        yield f"  [red]opted out[/]   by Global Privacy Control since {whole.opted_out:%Y-%m-%d}"
    if whole.quiet and whole.quiet.on:
        end = f"until {local_time(whole.quiet.until, zone_of(profile))}" if whole.quiet.until else "without an end"
        yield f"  [red]undisturbed[/] since {whole.quiet.at:%Y-%m-%d}, {end}"
    if whole.subscriptions:
        yield f"  subscribed  {_permissions(whole.subscriptions, 'yes', 'no')}"
    for channel, since in sorted(whole.suppressions.items()):
        yield f"  [red]suppressed[/]  {escape(channel)} since {since:%Y-%m-%d}: {why_suppressed(whole, channel)}"
    counts = ", ".join(f"{escape(name)} {seen.count}x" for name, seen in sorted(whole.events.items()))
    yield f"  events      {counts or 'none'}"


def one(record: SendRecord, zone: tzinfo, *, brief: bool) -> Iterator[str]:
    request = record.message
    what = f"[bold]{escape(request.template)}[/] by {escape(request.channel)}, {escape(request.category)}"
    yield f"{what}: {_state(record, zone)}"
    asked = f"{request.run.journey}, step {request.run.step}" if request.run else "the API"
    yield f"  [dim]asked for {local_time(request.requested_at, zone)} by {escape(asked)} · {escape(request.send_id)}[/]"
    for number, decision in numbered(record):
        yield f"  {number}. {local_time(decision.at, zone)}  {_answer(decision, zone)}"
        if there := elsewhere(decision, zone):
            yield f"       [dim]decided while the time zone was {escape(there)}; other times are of {zone}, as now[/]"
        if not brief:
            yield from (f"       {_check(check, zone)}" for check in decision.trace)


def numbered(record: SendRecord) -> Iterator[tuple[int, Decision]]:
    """Each decision that is still kept, and the how manieth it was."""
    for number, decision in enumerate(record.decisions):
        yield number + 1 + (record.forgotten if number else 0), decision


def would(request: SendRequest, decision: Decision, zone: tzinfo) -> Iterator[str]:
    """An answer that was not asked for in earnest, with its checks."""
    expires = f", expires {local_time(request.expires_at, zone)}" if request.expires_at else ""
    what = f"by {' or '.join(request.ways)}, {request.category}, priority {request.priority}{expires}"
    yield f"[bold]{escape(request.template)}[/], if it were asked for on {local_time(decision.at, zone)} in {zone}"
    yield f"  [dim]{escape(what)}[/]"
    yield _answer(decision, zone)
    yield from (f"  {_check(check, zone)}" for check in decision.trace)


def _state(record: SendRecord, zone: tzinfo) -> str:
    why = f" ({ending(record)})" if record.reason else ""
    finished = f" {local_time(record.finished_at, zone)}" if record.finished_at else ""
    match record.state:
        case SendState.SENT:
            again = ", called twice because the first answer was lost" if record.repeated else ""
            return f"[green]sent[/]{finished}{again}"
        case SendState.DEFERRED if not record.decisions:
            return "[cyan]accepted[/], not decided yet"
        case SendState.DEFERRED:
            until = f" until {local_time(record.due, zone)}" if record.due else ""
            return f"[yellow]deferred[/]{until}"
        case SendState.DROPPED:
            return f"[red]dropped[/]{finished}{escape(why)}"
        case SendState.FAILED:
            return f"[red]failed[/]{finished}{escape(why)}"
        case SendState.SENDING | SendState.CALLING:
            return "[cyan]on its way[/]"
        case _:
            assert_never(record.state)


def _answer(decision: Decision, zone: tzinfo) -> str:
    verb, _, rest = sentence(decision, zone).partition(" ")
    return f"[{_COLOURS[decision.action]}]{verb}[/] {escape(rest)} [dim]({decision.reason.value})[/]"


def _check(check: Check, zone: tzinfo) -> str:
    until = f" [dim]→ free {local_time(check.until, zone)}[/]" if check.until else ""
    return f"{_SIGNS[check.verdict]} {escape(name_of(check))}: {escape(localised(check.saw, zone))}{until}"


def elsewhere(decision: Decision, zone: tzinfo) -> str:
    """The time zones by which it was decided and that are not this one: the person's has changed since. Or empty."""
    saw = [check.saw for check in decision.trace]
    if zone is UTC or any("time zone unknown" in each for each in saw):
        return ""
    return ", ".join(sorted({name for each in saw for name in _CLOCK.findall(each)} - {str(zone)}))


def _consents(given: Mapping[str, Consents]) -> str:
    return ", ".join(f"{escape(name)} {said.latest.said.value}" for name, said in sorted(given.items()))


def _permissions(given: Mapping[str, Permission], yes: str, no: str) -> str:
    return ", ".join(f"{escape(name)} {yes if said.granted else no}" for name, said in sorted(given.items()))


def local_time(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}"
