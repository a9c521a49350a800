"""From how a person stood to how they stand: time that has passed, events that came, rules that answer otherwise."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from segue.events.conditions import Facts, Trouble
from segue.events.event import Event
from segue.profiles.asking import INSTANT, LIFECYCLE, Asked, Rule
from segue.profiles.computed import Sessions
from segue.profiles.computing import Computing
from segue.profiles.counting import Tell
from segue.profiles.profile import Profile
from segue.profiles.reading import Reader
from segue.profiles.sessions import ends, passed, visited
from segue.profiles.standing import Standing
from segue.profiles.telling import SEGMENT_ENTERED, SEGMENT_LEFT, STAGE_CHANGED, Told, as_event

#: How many moments that change nothing are tried for one that does; a timer that rings too early does no harm.
_TRIED = 4

#: How many answers of rules are told in one pass, since all of them are committed with one event, in at most 100 rows.
_MOST_TOLD = 40


def _once(make: Callable[[], Facts]) -> Callable[[], Facts]:
    """Made when first asked for, if at all."""
    made: list[Facts] = []

    def get() -> Facts:
        if not made:
            made.append(make())
        return made[0]

    return get


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
        while due:
            due, names = self._next(self._given.asked.timed, before, due)
            if due is None or due > self._now:
                break
            self._answer(names, before, due)
            if self._held:
                break
            due += INSTANT
        self._wake = due

    def visit(self, events: Iterable[Event]) -> bool:
        """Whether the person's visit is another now, or longer. Only a timer ends it: more of its events may follow."""
        sessions, was = self._given.sessions, self._session
        if sessions is None:
            return False
        for event in events:
            self._session, told = visited(self._session, event, sessions)
            self._told += told
        return self._session is not was

    def leave(self) -> bool:
        """Whether the person's visit is over by now."""
        self._session, told = passed(self._session, self._now, self._given.sessions)
        self._told += told
        return bool(told)

    def ask(self, touched: Collection[str]) -> None:
        """Every rule that the inputs concern; then see when the next of them may answer otherwise by itself."""
        names = self._given.asked.concerned(frozenset(touched)) if touched else ()
        if names:
            asked = self._answer(names, self._profile, self._now)
            self._wake_at(self._next(asked, self._profile, self._now + INSTANT)[0])
        self._wake_at(ends(self._session, self._given.sessions))

    def forget(self) -> None:
        """The segments that are not defined any more: nobody leaves what is not there."""
        self._segments = {name: at for name, at in self._segments.items() if name in self._given.asked.segments}
        self._lifecycle = self._lifecycle if self._given.asked.stages else None

    def result(self) -> tuple[Profile, tuple[Event, ...]]:
        told, begin = sorted(self._told, key=lambda each: each.at), self._profile.standing.told
        events = tuple(as_event(each, self._profile, begin + number, self._now) for number, each in enumerate(told))
        standing = Standing(
            segments=self._segments,
            lifecycle=self._lifecycle,
            session=self._session,
            wake=self._now + INSTANT if self._held else self._wake,
            told=begin + len(events),
            rules=_HELD if self._held else self._given.version,
        )
        return replace(self._profile, standing=standing), events

    def _answer(self, names: Collection[str], profile: Profile, now: datetime) -> list[str]:
        """Ask these rules, and those that ask for one whose answer has changed; give their names."""
        asked, rules = [], self._given.asked
        changed: set[str] = set()
        reader = self._reader(profile, now)
        common = _once(lambda: Facts(reader.context(rules.paths(tuple(names)))))
        for name in rules.in_order(tuple(names)):
            if name not in names and changed.isdisjoint(rules.inputs(name)):
                continue
            asked.append(name)
            own, facts = reader, common
            if name not in names or name in rules.needy:
                own = self._reader(profile, now)
                facts = self._facts(name, own)
            if name == LIFECYCLE:
                changed |= {LIFECYCLE} if self._live(own, facts) else set()
            elif self._belong(rules.segments[name], own, facts):
                changed.add(f"segment.{name}")
        return asked

    def _facts(self, name: str, reader: Reader) -> Callable[[], Facts]:
        return _once(lambda: Facts(reader.context(self._given.asked.all_paths(name))))

    def _belong(self, rule: Rule, reader: Reader, facts: Callable[[], Facts]) -> bool:
        """Whether the person has entered the segment or left it."""
        was, now = rule.name in self._segments, reader.now
        if rule.holds(reader, facts, self._given.computing.tell) is was or not self._may_tell():
            return False
        if was:
            self._segments = {name: at for name, at in self._segments.items() if name != rule.name}
        else:
            self._segments = {**self._segments, rule.name: now}
        self._told.append(Told(SEGMENT_LEFT if was else SEGMENT_ENTERED, now, {"segment": rule.name}))
        return True

    def _live(self, reader: Reader, facts: Callable[[], Facts]) -> bool:
        """Whether the person has come to another stage of life."""
        was, stage = self._lifecycle, self._stage(reader, facts, self._given.computing.tell)
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

    def _stage(self, reader: Reader, facts: Callable[[], Facts], tell: Tell) -> str | None:
        stages = self._given.asked.stages
        return next((name for name, rule in stages if rule is None or rule.holds(reader, facts, tell)), None)

    def _next(self, names: Iterable[str], profile: Profile, since: datetime) -> tuple[datetime | None, list[str]]:
        """The first moment from then on at which rules answer otherwise, or may do so, and which."""
        first: datetime | None = None
        found: list[str] = []
        reader = self._reader(profile, since)
        for name in names:
            at = self._change(name, profile, reader) if name in self._given.asked.timed_rules else None
            if at and (first is None or at < first):
                first, found = at, [name]
            elif at and at == first:
                found.append(name)
        return first, found

    def _change(self, name: str, profile: Profile, reader: Reader) -> datetime | None:
        """Most moments change nothing. Those that lie before what is pending are tried, the first few of them."""
        at: datetime | None = None
        for _ in range(_TRIED):
            moments = (rule.changes(reader) for rule in self._given.asked.timed_rules[name])
            at = min((moment for moment in moments if moment), default=None)
            if at is None or (self._wake and at > max(self._wake, self._now)) or self._differs(name, profile, at):
                return at
            reader = self._reader(profile, at + INSTANT)
        return at

    def _differs(self, name: str, profile: Profile, at: datetime) -> bool:
        """Whether the rule will answer otherwise at this moment, if nothing happens."""
        reader = self._reader(profile, at)
        facts = self._facts(name, reader)
        if name == LIFECYCLE:
            return self._stage(reader, facts, _ignore) != self._lifecycle
        return self._given.asked.segments[name].holds(reader, facts, _ignore) is not (name in self._segments)

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
