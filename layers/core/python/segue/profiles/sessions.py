"""Visits: what a person does without a longer pause. The end is told when the pause is long enough, by a timer.

What is told is told: an event that comes late extends the visit that is under way, if it lies in it or next to it, and
never opens one again that has ended.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from segue.events.event import OWN_SOURCE, Event
from segue.profiles.computed import Sessions
from segue.profiles.standing import Session
from segue.profiles.telling import SESSION_ENDED, SESSION_STARTED, Told

#: What a channel reports of its messages: the person has done nothing on the site.
_FEEDBACK = ("Email ", "SMS ", "Push Notification ", "In-App Message ")

_LONGEST = 256


def is_visit(event: Event, sessions: Sessions) -> bool:
    """Whether the person did something just now: not history that is imported, nor what others report of them."""
    return (
        event.type in ("track", "page", "screen")
        and event.source != OWN_SOURCE
        and not event.name.startswith(_FEEDBACK)
        and (sessions.sources is None or event.source in sessions.sources)
        and event.received_at - event.timestamp < sessions.after
    )


def visited(session: Session | None, event: Event, sessions: Sessions) -> tuple[Session | None, list[Told]]:
    """The visit with one more event, and what is to be told: the end of the one before, the start of another."""
    if not is_visit(event, sessions):
        return session, []
    at, after = min(event.timestamp, event.received_at), sessions.after
    if session and session.ended is None:
        if session.started - after < at < session.last + after:
            return _grown(session, at, after), []
        if at < session.started:
            return session, []
        _, told = passed(session, at, sessions)
        begun = _begun(event, at, after)
        return begun, [*told, _started(begun)]
    if session and session.ended and at < session.ended:
        return session, []
    begun = _begun(event, at, after)
    return begun, [_started(begun)]


def passed(session: Session | None, now: datetime, sessions: Sessions | None) -> tuple[Session | None, list[Told]]:
    """The visit as time has left it. One that the definitions do not know any more ends in silence."""
    end = ends(session, sessions)
    if session is None or end is None or end > now:
        return session, []
    return replace(session, ended=end), [_ended(session, end)]


def ends(session: Session | None, sessions: Sessions | None) -> datetime | None:
    """When the visit ends, if nothing more is done."""
    if session is None or sessions is None or session.ended:
        return None
    return session.last + sessions.after


def _grown(session: Session, at: datetime, after: timedelta) -> Session:
    last = max(session.last, at)
    return Session(
        started=min(session.started, at),
        last=last,
        until=last + after,
        events=session.events + 1,
        landing_page=session.landing_page,
        channel=session.channel,
    )


def _begun(event: Event, at: datetime, after: timedelta) -> Session:
    return Session(started=at, last=at, until=at + after, landing_page=_page(event), channel=_channel(event))


def _started(session: Session) -> Told:
    return Told(SESSION_STARTED, session.started, _said(session))


def _ended(session: Session, end: datetime) -> Told:
    """`duration` in seconds, from the first event to the last: the pause is no part of the visit."""
    lasted = (session.last - session.started).total_seconds()
    told = {**_said(session), "started_at": session.started.isoformat(), "duration": lasted, "events": session.events}
    return Told(SESSION_ENDED, end, told)


def _said(session: Session) -> dict[str, Any]:
    said = {"landing_page": session.landing_page, "channel": session.channel}
    return {name: value for name, value in said.items() if value}


def _page(event: Event) -> str | None:
    page = event.context.get("page")
    places = (event.properties, page if isinstance(page, dict) else {})
    found = (place.get(name) for name in ("path", "url") for place in places)
    screen = event.properties.get("name") if event.type == "screen" else None
    return _text(next(filter(None, found), screen))


def _channel(event: Event) -> str | None:
    """Where the visit came from, as the enrichment of events has found out."""
    source = event.context.get("channel_source")
    return _text(source.get("channel")) if isinstance(source, dict) else None


def _text(value: Any) -> str | None:
    return value[:_LONGEST] if isinstance(value, str) and value else None
