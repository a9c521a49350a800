"""What a team's `policy.yaml` says: hours and caps of channels, what a category is under, consent by default.

Whatever is not said has a default; `null` takes a window or a cap away.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from segue.decisions.closed import Closed, ClosedDays
from segue.decisions.definition import Definition
from segue.decisions.hours import HoursText
from segue.decisions.law import LawBook, NamedLaw
from segue.decisions.limits import Cap, Limit
from segue.decisions.people import Collection, Pause, Purpose, Region, Topic
from segue.decisions.preferences import Preferences
from segue.decisions.rate import RateText
from segue.decisions.reasons import Reason
from segue.decisions.regimes import PURPOSES
from segue.duration import Duration
from segue.events.zones import zone_named
from segue.profiles.countries import of_time_zone
from segue.schema import AlsoWritten


def _known(name: str) -> str:
    if zone_named(name) is None:
        raise ValueError(f"{name!r} is not an IANA time zone: write one such as Europe/Berlin")
    return name


def _fallback(given: Any) -> Any:
    return {"to": given} if isinstance(given, str) else given


TimeZone = Annotated[str, AfterValidator(_known)]


class Fallback(Definition):
    """What goes instead when a message can go on none of its channels now. `template`: in these words, not its own."""

    to: str = Field(min_length=1)
    template: str | None = None


class Channel(Definition):
    """`window` is local to the person. `address` is the trait that holds where to; none: everybody can be reached.

    `visit`: only while the person is there. `friction`: of several channels that are open, the lowest goes first.
    `exposure`: whether what goes on it is a touch, which counts in the caps over all channels. `spread`: over so long
    those are woken who wait for the same opening. `rate`: no more of what was deferred than so many are woken, in real
    time.
    """

    window: HoursText | None = None
    cap: Cap | None = None
    address: str | None = None
    visit: bool = False
    exposure: bool = True
    friction: int = Field(default=5, ge=0, le=9)
    fallback: Annotated[Fallback | None, BeforeValidator(_fallback), AlsoWritten({"type": "string"})] = None
    spread: Duration | None = None
    rate: RateText | None = None


class Category(Definition):
    """`unsubscribe`: a person may unsubscribe from it, and each message offers to. `priority`: 0 to 9, 9 first.

    `counts`: whether its messages fill the caps of others; if nothing is said, those do that are held back by them.
    `repeat`: if it is not known whether a message went out, send it again. Else it is better never than twice.
    """

    purpose: str = "marketing"
    expires_after: Duration = timedelta(days=3)
    unknown_time_zone: Literal["worst_case", "default", "drop", "send"] = "worst_case"
    exempt: frozenset[Literal["windows", "caps"]] = frozenset()
    counts: bool | None = None
    unsubscribe: bool = True
    repeat: bool = False
    priority: int = Field(default=0, ge=0, le=9)


_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "channels": {
        "email": {
            "window": "09:00-20:00",
            "cap": {"limit": 2, "per": "24h"},
            "address": "email",
            "friction": 3,
            "fallback": "in_app",
            "spread": "10m",
        },
        "push": {
            "window": "08:00-22:00",
            "cap": {"limit": 3, "per": "24h"},
            "address": "push_token",
            "friction": 2,
            "fallback": "inbox",
            "spread": "10m",
        },
        "sms": {
            "window": "09:00-21:00",
            "cap": {"limit": 1, "per": "24h"},
            "address": "phone",
            "friction": 4,
            "spread": "10m",
        },
        "in_app": {"friction": 0, "fallback": "badge"},
        "inbox": {"friction": 1},
        "badge": {"friction": 1, "exposure": False, "cap": {"limit": 3, "per": "24h"}},
        "silent": {"friction": 9, "exposure": False, "cap": {"limit": 3, "per": "24h"}},
        "ads": {"cap": {"limit": 5, "per": "24h", "when_full": "stop"}, "friction": 5},
    },
    "categories": {
        "marketing": {},
        "transactional": {
            "purpose": "service",
            "exempt": ["windows", "caps"],
            "unsubscribe": False,
            "repeat": True,
            "priority": 9,
        },
    },
    "purposes": {
        "marketing": {"default": "denied"},
        "ads": {"default": "denied", "gpc": True},
        "analytics": {"default": "denied"},
        "service": {"default": "granted"},
    },
}

#: What a template can have words for, sooner or later; `calls` are for laws alone.
CHANNELS: tuple[str, ...] = (*_DEFAULTS["channels"], "calls")

#: Of a category that the policy does not know: the strictest there is.
_STRICTEST = Category()
_NEVER_NAMED = Purpose()


class Policy(Definition):
    """`possible_time_zones` is where a person of unknown time zone may be; nothing said: the default one.

    `possible_regions` is where a person of unknown country may be; nothing said: the countries of these time zones.
    `laws` are not written in policy.yaml: they come with Segue, and from jurisdictions.yaml.

    `cool_down` lies between any two touches, over all channels. Where `topics` are named there are no others; where
    none is, any word is a topic that nobody need subscribe to.
    """

    default_time_zone: TimeZone = "UTC"
    possible_time_zones: tuple[TimeZone, ...] = ()
    possible_regions: tuple[Region, ...] = ()
    closed: tuple[Closed, ...] = ()
    preferences: Preferences = Preferences()
    laws: SkipJsonSchema[tuple[NamedLaw, ...]] = ()
    channels: dict[str, Channel] = Field(default_factory=dict, validate_default=True)
    caps: tuple[Cap, ...] = ()
    cool_down: Duration | None = None
    total: Cap | None = Cap(limit=5, per=timedelta(days=7), categories=("marketing",))
    categories: dict[str, Category] = Field(default_factory=dict, validate_default=True)
    purposes: dict[str, Purpose] = Field(default_factory=dict, validate_default=True)
    topics: dict[str, Topic] = Field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()
    collection: Collection | None = None

    @field_validator("purposes")
    @classmethod
    def _known_by_region(cls, purposes: dict[str, Purpose]) -> dict[str, Purpose]:
        unknown = [name for name, said in purposes.items() if said.default == "by_region" and name not in PURPOSES]
        if unknown:
            raise ValueError(f"the law by region is known for {', '.join(PURPOSES)}, not for {', '.join(unknown)}")
        return purposes

    @model_validator(mode="before")
    @classmethod
    def _over_the_defaults(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {**given, **{section: _merged(known, given.get(section)) for section, known in _DEFAULTS.items()}}

    @model_serializer(mode="wrap")
    def _in_full(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
        """Left out, a value would be read back as the default of its channel or category, which may be another."""
        return self.model_dump(mode=info.mode) if info.exclude_defaults else handler(self)

    def without(self, pacing: Literal["rate", "spread"]) -> "Policy":
        """With channels that have none."""
        channels = {name: channel.model_copy(update={pacing: None}) for name, channel in self.channels.items()}
        return self.model_copy(update={"channels": channels})

    def category(self, name: str) -> Category:
        return self.categories.get(name, _STRICTEST)

    def purpose(self, name: str) -> Purpose:
        return self.purposes.get(name, _NEVER_NAMED)

    def said_as(self, purpose: str) -> tuple[str, ...]:
        """The names under which a person's consent to the purpose may be kept."""
        return self._names.get(purpose) or (purpose.lower(),)

    @cached_property
    def _names(self) -> dict[str, tuple[str, ...]]:
        named = self.purposes.items()
        return {purpose: (purpose.lower(), *(name.lower() for name in said.categories)) for purpose, said in named}

    def opt_in(self, topic: str) -> bool:
        """Whether nobody is written to about it who has not subscribed."""
        return bool(self.topics) and (topic not in self.topics or self.topics[topic].default == "unsubscribed")

    @cached_property
    def default_zones(self) -> tuple[ZoneInfo, ...]:
        return _zones([self.default_time_zone])

    @cached_property
    def possible_zones(self) -> tuple[ZoneInfo, ...]:
        return _zones(self.possible_time_zones) or self.default_zones

    @cached_property
    def places(self) -> tuple[str, ...]:
        """The countries, or parts of one, where a person may be of whom nothing is known; none: anywhere."""
        zones = [of_time_zone(zone.key) for zone in self.possible_zones if zone.key]
        return self.possible_regions or tuple(dict.fromkeys(countries[0] for countries in zones if countries))

    @cached_property
    def in_the_us(self) -> bool:
        """Whether people may be there of whom nothing else is known: also where they may be anywhere."""
        return not self.places or any(place.startswith("US") for place in self.places)

    @cached_property
    def closed_days(self) -> ClosedDays:
        return ClosedDays(self.closed)

    @cached_property
    def law_book(self) -> LawBook:
        return LawBook(self.laws)

    def under(self, cap: Cap, category: str) -> bool:
        """Whether messages of this category are held back by this cap."""
        if cap.categories is not None:
            return category in cap.categories
        return "caps" not in self.category(category).exempt

    def counts(self, cap: Cap, category: str) -> bool:
        """Whether messages of this category count in this cap."""
        counts = self.category(category).counts
        if counts is None or cap.categories is not None:
            return self.under(cap, category)
        return counts

    def visit_only(self, channel: str) -> bool:
        return channel in self.channels and self.channels[channel].visit

    @cached_property
    def at_any_hour(self) -> frozenset[str]:
        """The categories that are exempt from hours."""
        return frozenset(name for name, category in self.categories.items() if "windows" in category.exempt)

    def goes_freely(self, channel: str, category: str, topic: str | None) -> bool:
        """Whether no cap holds such a message back, but perhaps one that names its category though it is exempt."""
        if "caps" in self.category(category).exempt:
            return True
        return not any(under and limit.cap.is_about(topic) for limit, under in self.limits_for(channel, category))

    @cached_property
    def unexposed(self) -> frozenset[str]:
        """The channels that bother nobody: what goes on them counts only in a cap that names them."""
        return frozenset(name for name, channel in self.channels.items() if not channel.exposure)

    def limits(self, channel: str) -> tuple[Limit, ...]:
        """Everything that can be full for messages on this channel, the narrowest first."""
        return self._limits.get(channel, ())

    @cached_property
    def all_limits(self) -> tuple[Limit, ...]:
        """Of all channels, each once."""
        return tuple(dict.fromkeys(limit for limits in self._limits.values() for limit in limits))

    @cached_property
    def limits_for(self) -> Callable[[str, str], tuple[tuple[Limit, bool], ...]]:
        """Of a channel and a category: as `limits`, and whether they are under each; none, if they are under none."""
        return lru_cache(maxsize=1024)(self._limits_for)

    def _limits_for(self, channel: str, category: str) -> tuple[tuple[Limit, bool], ...]:
        found = tuple((limit, self.under(limit.cap, category)) for limit in self.limits(channel))
        return found if any(under for _, under in found) else ()

    def counted(self, channel: str, category: str, topic: str | None) -> bool:
        """Whether a touch counts anywhere: in a cap, or in what a law allows."""
        limits = (limit for limits in self._limits.values() for limit in limits)
        by_law = any(law.limit and law.counts(channel, category, self.at_any_hour) for law in self.laws)
        return by_law or any(limit.fills(channel, category, topic) for limit in limits)

    @cached_property
    def _limits(self) -> dict[str, tuple[Limit, ...]]:
        shared = tuple(self._limits_over_channels())
        return {
            channel: (*self._limits_of(channel), *(limit for limit in shared if limit.is_on(channel)))
            for channel in self.channels
        }

    def _limits_of(self, channel: str) -> Iterator[Limit]:
        if cap := self.channels[channel].cap:
            yield self._limit(f"{channel} cap", Reason.CHANNEL_CAP, cap, frozenset({channel}))

    def _limits_over_channels(self) -> Iterator[Limit]:
        for cap in self.caps:
            yield self._limit(_name(cap), _reason(cap), cap, frozenset(cap.channels) if cap.channels else None)
        if self.cool_down:
            yield self._limit("cool-down", Reason.COOL_DOWN, Cap(limit=1, per=self.cool_down))
        if self.total:
            yield self._limit("total cap", Reason.TOTAL_CAP, self.total)

    def _limit(self, name: str, reason: Reason, cap: Cap, channels: frozenset[str] | None = None) -> Limit:
        uncounted = frozenset(category for category in self.categories if not self.counts(cap, category))
        return Limit(
            name=name, reason=reason, cap=cap, channels=channels, unexposed=self.unexposed, uncounted=uncounted
        )

    @cached_property
    def horizon(self) -> timedelta:
        """For how long a touch can matter."""
        spans = [limit.cap.horizon for limits in self._limits.values() for limit in limits]
        return max([*spans, *(law.per for law in self.laws if law.per)], default=timedelta())


def _name(cap: Cap) -> str:
    """What it is for."""
    about = "topic" if cap.each_topic else ", ".join(cap.topics or cap.categories or cap.channels or ("all",))
    return f"cap: {about} {cap.in_words}"


def _reason(cap: Cap) -> Reason:
    if cap.topics or cap.each_topic:
        return Reason.TOPIC_CAP
    return Reason.CHANNEL_CAP if cap.channels else Reason.TOTAL_CAP


def _zones(names: Iterable[str]) -> tuple[ZoneInfo, ...]:
    return tuple(zone for name in names if (zone := zone_named(name)))


def _merged(known: Mapping[str, Any], given: Any) -> Any:
    if given is None:
        return known
    if not isinstance(given, dict):
        return given
    merged = {**known, **given}
    for name, said in given.items():
        if isinstance(said, dict) and name in known:
            merged[name] = {**known[name], **said}
        elif said is None:
            merged[name] = known.get(name, {})
    return merged
