"""From how a person stood to how they stand: time that has passed, events that came, rules that answer otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from segue.events.conditions import Trouble
from segue.events.event import Event
from segue.profiles.asking import INSTANT, LIFECYCLE, Asked, Round
from segue.profiles.computed import Sessions
from segue.profiles.computing import Computing
from segue.profiles.counting import Tell
from segue.profiles.profile import Profile
from segue.profiles.reading import Path, Reader
from segue.profiles.sessions import ends, passed, visited
from segue.profiles.standing import Standing
from segue.profiles.telling import SEGMENT_ENTERED, SEGMENT_LEFT, STAGE_CHANGED, Told, as_event

#: How many moments that change nothing are tried for one that does; a timer that rings too early does no harm.
_TRIED = 4

#: How many answers of rules are told in one pass, since all of them are committed with one event, in at most 100 rows.
_MOST_TOLD = 40


#: For the version of the definitions, when not all that they answer has been told.
_HELD = "held"


def _ignore(_trouble: Trouble) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The definitions, ready to be asked. `version` changes with them."""

    computing: Computing
    asked: Asked
    sessions: Sessions | None
    version: str


class Course:
    """One person's, in one pass. Use it once: `catch_up`, `visit` or `leave`, `ask`, `result`."""

    def __init__(self, given: Given, profile: Profile, now: datetime) -> None:
        stood = profile.standing
        self._given, self._profile, self._now = given, profile, now
        self._segments, self._lifecycle, self._session = stood.segments, stood.lifecycle, stood.session
        self._wake = stood.wake
        self._told: list[Told] = []
        self._answers, self._held = 0, False

    def catch_up(self, before: Profile) -> None:
        """What has fallen due since, each at its moment, on the person as they were before the events."""
        due = self._wake
        if due is None or due > self._now:
            return
        asked, after = self._given.asked, due - INSTANT
        while True:
            due, names = self._next(asked.timed, self._reader(before, after + INSTANT), after)
            if due is None or due > self._now:
                break
            self._answer(asked.round(frozenset(names)), self._reader(before, due))
            if self._held:
                break
            after = due
        self._wake = due

    def visit(self, events: Iterable[Event]) -> bool:
        """Whether the person's visit is another now, or longer. Only a timer ends it: more of its events may follow."""
        sessions, was = self._given.sessions, self._session
        if sessions is None:
            return False
        for event in events:
            self._session, told = visited(self._session, event, sessions)
            self._told += told if sessions.tell else ()
        return self._session is not was

    def leave(self) -> bool:
        """Whether the person's visit is over by now."""
        sessions, was = self._given.sessions, self._session
        self._session, told = passed(self._session, self._now, sessions)
        self._told += told if sessions and sessions.tell else ()
        return self._session is not was

    def ask(self, concerned: Round) -> None:
        """These rules; then see when the next of them may answer otherwise by itself."""
        if concerned.names:
            reader = self._reader(self._profile, self._now)
            asked = self._answer(concerned, reader)
            self._wake_at(self._next(asked, reader, self._now)[0])
        if self._given.sessions and self._given.sessions.tell:
            self._wake_at(ends(self._session, self._given.sessions))

    def forget(self) -> None:
        """The segments that are not defined any more: nobody leaves what is not there."""
        self._segments = {name: at for name, at in self._segments.items() if name in self._given.asked.segments}
        self._lifecycle = self._lifecycle if self._given.asked.stages else None

    def result(self) -> tuple[Profile, tuple[Event, ...]]:
        begin, events = self._profile.standing.told, self._events() if self._told else ()
        standing = Standing(
            segments=self._segments,
            lifecycle=self._lifecycle,
            session=self._session,
            wake=self._now + INSTANT if self._held else self._wake,
            told=begin + len(events),
            rules=_HELD if self._held else self._given.version,
        )
        return self._profile.with_standing(standing), events

    def _events(self) -> tuple[Event, ...]:
        told, begin = sorted(self._told, key=lambda each: each.at), self._profile.standing.told
        return tuple(as_event(each, self._profile, begin + number, self._now) for number, each in enumerate(told))

    def _answer(self, concerned: Round, reader: Reader) -> list[str]:
        """Ask these rules, and those that ask for one whose answer has changed; give their names."""
        asked, rules, tell = [], self._given.asked, self._given.computing.tell
        changed: set[str] = set()
        for name in concerned.order:
            own, paths = reader, concerned.paths
            if name in rules.needy:
                if name not in concerned.names and (not changed or changed.isdisjoint(rules.inputs[name])):
                    continue
                own, paths = self._reader(reader.profile, reader.now), rules.all_paths[name]
            asked.append(name)
            if name == LIFECYCLE:
                changed |= {LIFECYCLE} if self._live(own, paths) else set()
            elif rules.segments[name].holds(own, paths, tell) is not (name in self._segments) and self._may_tell():
                self._cross(name, reader.now)
                changed.add(f"segment.{name}")
        return asked

    def _cross(self, segment: str, now: datetime) -> None:
        """The person enters the segment, or leaves it."""
        was = segment in self._segments
        if was:
            self._segments = {name: at for name, at in self._segments.items() if name != segment}
        else:
            self._segments = {**self._segments, segment: now}
        self._told.append(Told(SEGMENT_LEFT if was else SEGMENT_ENTERED, now, {"segment": segment}))

    def _live(self, reader: Reader, paths: Iterable[Path]) -> bool:
        """Whether the person has come to another stage of life."""
        was, stage = self._lifecycle, self._stage(reader, paths, self._given.computing.tell)
        if stage == was or not self._may_tell():
            return False
        self._lifecycle = stage
        said = {name: value for name, value in (("from", was), ("to", stage)) if value}
        self._told.append(Told(STAGE_CHANGED, reader.now, said))
        return True

    def _may_tell(self) -> bool:
        """If not, the answer stays as it was, and is asked again in the next pass."""
        self._held = self._answers >= _MOST_TOLD
        self._answers += not self._held
        return not self._held

    def _stage(self, reader: Reader, paths: Iterable[Path], tell: Tell) -> str | None:
        for name, rule in self._given.asked.stages:
            if rule is None or rule.holds(reader, paths, tell):
                return name
        return None

    def _next(self, names: Iterable[str], reader: Reader, after: datetime) -> tuple[datetime | None, list[str]]:
        """The first moment after that one at which rules answer otherwise, or may do so, and which."""
        first: datetime | None = None
        found: list[str] = []
        timed = self._given.asked.timed
        limit = max(self._wake, self._now) if self._wake else None
        for name in names:
            at = timed[name](reader, after) if name in timed else None
            if at and (limit is None or at <= limit):
                at = self._try(name, reader.profile, at, limit)
            if at is None:
                continue
            if first is None or at < first:
                first, found = at, [name]
                limit = at if limit is None else min(limit, at)
            elif at == first:
                found.append(name)
        return first, found

    def _try(self, name: str, profile: Profile, at: datetime, limit: datetime | None) -> datetime | None:
        """Most moments change nothing. Those up to what is pending, or was found, are tried, the first few of them."""
        for _ in range(_TRIED - 1):
            reader = self._reader(profile, at)
            if self._differs(name, reader):
                break
            following = self._given.asked.timed[name](reader, at)
            if following is None or (limit and following > limit):
                return following
            at = following
        return at

    def _differs(self, name: str, reader: Reader) -> bool:
        """Whether the rule will answer otherwise at this moment, if nothing happens."""
        paths = self._given.asked.all_paths[name]
        if name == LIFECYCLE:
            return self._stage(reader, paths, _ignore) != self._lifecycle
        return self._given.asked.segments[name].holds(reader, paths, _ignore) is not (name in self._segments)

    def _wake_at(self, at: datetime | None) -> None:
        """An earlier moment that is pending stays: looking once too early costs less than a write with each event."""
        if at and (self._wake is None or at < self._wake):
            self._wake = at

    def _reader(self, profile: Profile, now: datetime) -> Reader:
        return Reader(
            profile=profile,
            computing=self._given.computing,
            now=now,
            segments=self._segments,
            lifecycle=self._lifecycle,
            session=self._session,
        )
