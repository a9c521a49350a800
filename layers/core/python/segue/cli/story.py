"""A person's story from the beginning: what they did, which journeys began and ended, what they were sent."""

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import assert_never

from rich.markup import escape

from segue.cli.happenings import details
from segue.cli.telling import local_time
from segue.decisions.decision import Action, Decision, SendRecord, SendState
from segue.decisions.words import ending, sentence
from segue.events.event import Event
from segue.profiles.runs import Ended, Run

#: When it was, and what.
Moment = tuple[datetime, str]


def told(events: Iterable[Event], runs: Iterable[Run], records: Iterable[SendRecord], zone: tzinfo) -> Iterator[str]:
    """A line a moment, in the order of time; of what happened at once, first what they did."""
    moments: list[Moment] = [(event.timestamp, _event(event, zone)) for event in events]
    for run in runs:
        moments += _run(run)
    for record in records:
        moments += _record(record, zone)
    for at, what in sorted(moments, key=lambda moment: moment[0]):
        yield f"  {local_time(at, zone)}  {what}"


def _event(event: Event, zone: tzinfo) -> str:
    about = details(event, zone)
    return f"[bold]{escape(event.name)}[/]{f' [dim]{escape(about)}[/]' if about else ''}"


def _run(run: Run) -> Iterator[Moment]:
    journey = escape(run.journey)
    yield run.entry.timestamp, f"  [cyan]enters {journey}[/]"
    if run.ended is None or run.ended_at is None:
        return
    match run.ended:
        case Ended.COMPLETED:
            how = "has come to the end of"
        case Ended.GOAL:
            how = "has reached the goal of"
        case Ended.EXIT_EVENT:
            how = "leaves"
        case Ended.MERGED:
            how = "turns out to be twice in, and leaves once,"
        case Ended.FAILED:
            how = "is taken out, by an error, of"
        case _:
            assert_never(run.ended)
    yield run.ended_at, f"  [cyan]{how} {journey}[/]"


def _record(record: SendRecord, zone: tzinfo) -> Iterator[Moment]:
    what = f"{escape(record.message.template)} by {escape(record.message.channel)}"
    for decision in record.decisions:
        if decision.action is not Action.SEND:
            yield decision.at, f"    {what}: {_answer(decision, zone)}"
    if record.finished_at is None:
        return
    why = f": {escape(ending(record))}" if record.reason else ""
    last = record.decisions[-1].action if record.decisions else Action.SEND
    match record.state:
        case SendState.SENT:
            yield record.finished_at, f"    {what}: [green]sent[/]"
        case SendState.DROPPED if last is not Action.DROP:
            yield record.finished_at, f"    {what}: [red]dropped[/]{why}"
        case SendState.FAILED:
            yield record.finished_at, f"    {what}: [red]failed[/]{why}"
        case _:
            return


def _answer(decision: Decision, zone: tzinfo) -> str:
    why = escape(sentence(decision, zone).partition(": ")[2].removesuffix("."))
    if decision.due is None:
        return f"[red]dropped[/]: {why}"
    return f"[yellow]put off until {local_time(decision.due, zone)}[/]: {why}"
