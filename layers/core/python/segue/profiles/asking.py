"""Segments and stages of life as rules over a profile: what each depends on, in which order they are asked."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from segue.events.conditions import Condition
from segue.profiles.computed import Segments, Traits
from segue.profiles.computing import Computing, ordered
from segue.profiles.counting import Counting, Tell
from segue.profiles.moments import Timing, members
from segue.profiles.reading import Path, Read, Reader, read_by
from segue.profiles.shortcut import Shortcut, shortcut

#: How the rules know the list of stages, which is asked as one.
LIFECYCLE = "lifecycle"

#: As small as times are told apart.
INSTANT = timedelta(microseconds=1)

#: The first moment after one at which an answer may change by itself, as `Rule.changes`.
Soonest = Callable[[Reader, datetime], datetime | None]

#: An input that everything has: it is touched when a person's events are others than they were.
ALL = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A segment (`name`), or one stage of life. `inputs` are what may change its answer; `needs`, other rules of them.

    `windows` are the computed traits it reads that change with time alone.
    """

    name: str
    when: Condition
    paths: tuple[Path, ...]
    reads: tuple[Read, ...]
    inputs: frozenset[str]
    needs: frozenset[str]
    timing: Timing
    windows: tuple[Counting, ...]
    shortcut: Shortcut | None

    @classmethod
    def of(cls, name: str, when: Condition, computing: Computing) -> "Rule":
        paths = tuple(sorted((path for path in when.paths() if path[0] == "profile"), key=len))
        over = sorted({each for path in paths for each in _computed(path, computing)} & set(computing.counting))
        return cls(
            name=name,
            when=when,
            paths=paths,
            reads=tuple(read_by(path) for path in paths),
            inputs=frozenset(each for path in paths for each in _inputs(path, computing)) | _needs(when),
            needs=_needs(when),
            timing=Timing.of(when),
            shortcut=shortcut(str(when), read_by),
            windows=tuple(counting for each in over if (counting := computing.counting[each]).buckets),
        )

    def holds(self, reader: Reader, paths: Iterable[Path], tell: Tell) -> bool:
        """The facts of `paths` are made only if the condition is not so plain that it can be answered without."""
        answer = self.shortcut(reader) if self.shortcut else None
        return self.when.holds(reader.facts(paths), tell) if answer is None else answer

    @property
    def timed(self) -> bool:
        return bool(self.timing.offsets or self.windows)

    def changes(self, reader: Reader, after: datetime) -> datetime | None:
        """The first moment after that one at which the answer may change by itself. The reader is of about then."""
        first: datetime | None = None
        if self.timing.offsets:
            first = self.timing.next([read(reader) for read in self.reads], after)
        for counting in self.windows:
            state = reader.state(counting.key)
            out = None if state is None else counting.changes(state, after)
            if out and (first is None or out < first):
                first = out
        return first


def _needs(when: Condition) -> frozenset[str]:
    asked = {f"segment.{name}" for name in members(when)}
    return frozenset(asked | ({LIFECYCLE} if ("profile", LIFECYCLE) in when.paths() else set()))


def _computed(path: Path, computing: Computing) -> Iterable[str]:
    if path[1:2] != ("computed",):
        return ()
    return computing.names if len(path) < 3 else computing.inputs(path[2])  # noqa: PLR2004 - profile.computed.<name>


def _inputs(path: Path, computing: Computing) -> Iterator[str]:
    """As `touched` names what an event changes."""
    match path[1:]:
        case ("events", name, *_):
            yield f"event.{name}"
        case ("traits", name, *_):
            yield f"traits.{name}"
        case ("computed", *_):
            yield from (
                each if each.startswith("traits.") else f"computed.{each}" for each in _computed(path, computing)
            )
        case ("rfm", *_):
            yield f"event.{computing.rfm.event}"
            yield f"event.{computing.rfm.refund}"
        case (
            "engagement" | "session" | "events" | "traits" | "time_zone" | "first_source" | "last_source" as word,
            *_,
        ):
            yield word


@dataclass(frozen=True, slots=True)
class Round:
    """Rules to be asked. `order` has those as well that ask for them, and so may have to be asked after them.

    `paths` are what those of them read that ask for no other, shorter ones first.
    """

    names: frozenset[str]
    order: tuple[str, ...]
    paths: tuple[Path, ...]


class Asked:
    """All rules of a workspace, each after those that it asks for."""

    def __init__(self, traits: Traits, segments: Segments, computing: Computing) -> None:
        self.segments = {name: Rule.of(name, segment.when, computing) for name, segment in segments.segments.items()}
        self.stages = tuple(
            (stage.stage, Rule.of(stage.stage, stage.when, computing) if stage.when else None)
            for stage in traits.lifecycle
        )
        self.order = ordered(needs(segments, traits))
        self._rules: dict[str, tuple[Rule, ...]] = {name: (rule,) for name, rule in self.segments.items()}
        self._rules[LIFECYCLE] = tuple(rule for _, rule in self.stages if rule)
        self.inputs = {name: frozenset({ALL}).union(*(rule.inputs for rule in self.of(name))) for name in self.order}
        #: Those that time alone may change, and how to find when.
        self.timed = {name: _soonest(timed) for name in self.order if (timed := [r for r in self.of(name) if r.timed])}
        #: Those that ask for others.
        self.needy = frozenset(name for name in self.order if any(rule.needs for rule in self.of(name)))
        self.all_paths = {
            name: tuple(sorted({path for rule in self.of(name) for path in rule.paths}, key=len)) for name in self.order
        }
        self.concerned = lru_cache(maxsize=4096)(self._concerned)
        self.round = lru_cache(maxsize=4096)(self._round)

    def of(self, name: str) -> tuple[Rule, ...]:
        """A segment's rule, or those of all stages."""
        return self._rules[name]

    def _concerned(self, touched: frozenset[str]) -> "Round":
        """Of those that these inputs may change."""
        return self.round(frozenset(name for name in self.order if self.inputs[name] & touched))

    def _round(self, names: frozenset[str]) -> "Round":
        paths = {path for name in names for rule in self.of(name) if not rule.needs for path in rule.paths}
        order = (name for name in self.order if name in names or name in self.needy)
        return Round(names, tuple(order), tuple(sorted(paths, key=len)))


def _soonest(rules: Sequence[Rule]) -> Soonest:
    if len(rules) == 1:
        return rules[0].changes

    def soonest(reader: Reader, after: datetime) -> datetime | None:
        return min((at for rule in rules if (at := rule.changes(reader, after))), default=None)

    return soonest


def needs(segments: Segments, traits: Traits) -> Mapping[str, set[str]]:
    """Which segment, or the stages of life, asks for which; names that there are not are left out."""
    known = set(segments.segments)
    conditions = {name: [segment.when] for name, segment in segments.segments.items()}
    if traits.lifecycle:
        conditions[LIFECYCLE] = [stage.when for stage in traits.lifecycle if stage.when]
    found: dict[str, set[str]] = {}
    for name, asked in conditions.items():
        found[name] = {other for when in asked for other in members(when) & known}
        if traits.lifecycle and any(("profile", LIFECYCLE) in when.paths() for when in asked):
            found[name].add(LIFECYCLE)
    return found
