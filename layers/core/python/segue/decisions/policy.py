"""What a team's `policy.yaml` says: hours and caps of channels, what a category is under, consent by default.

Whatever is not said has a default; `null` takes a window or a cap away.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from segue.decisions.definition import Definition
from segue.decisions.people import Collection, Pause, Purpose, Topic
from segue.decisions.rate import RateText
from segue.decisions.regimes import PURPOSES
from segue.decisions.windows import HoursText
from segue.duration import Duration
from segue.events.zones import zone_named


def _known(name: str) -> str:
    if zone_named(name) is None:
        raise ValueError(f"{name!r} is not an IANA time zone: write one such as Europe/Berlin")
    return name


TimeZone = Annotated[str, AfterValidator(_known)]


class Cap(Definition):
    """At most `limit` touches in any span of `per`, of the named categories; none named: of all under caps."""

    limit: int = Field(ge=0)
    per: Duration
    categories: tuple[str, ...] | None = None


class Channel(Definition):
    """`window` is local to the person. `address` is the trait that holds where to; none: everybody can be reached.

    `spread`: over so long those are woken who wait for the same opening. `rate`: no more of what was deferred than so
    many are woken, in real time.
    """

    window: HoursText | None = None
    cap: Cap | None = None
    address: str | None = None
    spread: Duration | None = None
    rate: RateText | None = None


class Category(Definition):
    """`unsubscribe`: a person may unsubscribe from it, and each message offers to. `priority`: 0 to 9, 9 first.

    `repeat`: if it is not known whether a message went out, send it again. Else it is better never than twice.
    """

    purpose: str = "marketing"
    expires_after: Duration = timedelta(days=3)
    unknown_time_zone: Literal["worst_case", "default", "drop", "send"] = "worst_case"
    exempt: frozenset[Literal["windows", "caps"]] = frozenset()
    unsubscribe: bool = True
    repeat: bool = False
    priority: int = Field(default=0, ge=0, le=9)


_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "channels": {
        "email": {"window": "09:00-20:00", "cap": {"limit": 2, "per": "24h"}, "address": "email", "spread": "10m"},
        "push": {
            "window": "08:00-22:00",
            "cap": {"limit": 3, "per": "24h"},
            "address": "push_token",
            "spread": "10m",
        },
        "sms": {"window": "09:00-21:00", "cap": {"limit": 1, "per": "24h"}, "address": "phone", "spread": "10m"},
        "in_app": {},
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

#: Of a category that the policy does not know: the strictest there is.
_STRICTEST = Category()
_NEVER_NAMED = Purpose()


class Policy(Definition):
    """`possible_time_zones` is where a person of unknown time zone may be; nothing said: the default one.

    Where `topics` are named there are no others; where none is, any word is a topic that nobody need subscribe to.
    """

    default_time_zone: TimeZone = "UTC"
    possible_time_zones: tuple[TimeZone, ...] = ()
    channels: dict[str, Channel] = Field(default_factory=dict, validate_default=True)
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

    def under(self, cap: Cap, category: str) -> bool:
        """Whether messages of this category count in this cap, and are held back by it."""
        if cap.categories is not None:
            return category in cap.categories
        return "caps" not in self.category(category).exempt

    @cached_property
    def horizon(self) -> timedelta:
        """For how long a touch can matter."""
        caps = [self.total, *(channel.cap for channel in self.channels.values())]
        return max((cap.per for cap in caps if cap), default=timedelta())


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
