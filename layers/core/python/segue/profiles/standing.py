"""How a person stands at the moment: in which segments and stage of life, in a visit or not, and when to look again.

It follows from the events *and* from when they were seen, so it is no part of what must be equal for equal events; it
says what has been announced (docs/adr/0014).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A visit: the current one, or, once it has `ended`, the last one. It lasts `until`, if nothing more is done."""

    started: datetime
    last: datetime
    events: int = 1
    landing_page: str | None = None
    channel: str | None = None
    ended: datetime | None = None
    until: datetime | None = None

    def lasts(self, now: datetime) -> bool:
        return self.ended is None and (self.until is None or now < self.until)

    def as_context(self) -> dict[str, Any]:
        said = {
            "active": self.ended is None,
            "started": self.started,
            "last": self.last,
            "events": self.events,
            "landing_page": self.landing_page,
            "channel": self.channel,
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`segments`: since when the person is in each. `wake`: when time alone may change something, or earlier.

    `told` counts the events that were derived of this person, and makes their ids. `rules` is which definitions were
    asked last: others are asked anew.
    """

    segments: Mapping[str, datetime] = field(default_factory=dict)
    lifecycle: str | None = None
    session: Session | None = None
    wake: datetime | None = None
    told: int = 0
    rules: str = ""

    def inherit(self, other: "Standing") -> "Standing":
        """Of somebody who turned out to be this person: their visit goes on. What they were in is asked anew."""
        mine, theirs = self.session, other.session
        if theirs is None or theirs.ended:
            return self
        if mine is None or mine.ended:
            return replace(self, session=theirs)
        first = min(mine, theirs, key=lambda session: session.started)
        both = replace(
            first, last=max(mine.last, theirs.last), until=_later(mine, theirs), events=mine.events + theirs.events
        )
        return replace(self, session=both)


def _later(one: Session, other: Session) -> datetime | None:
    return max((each.until for each in (one, other) if each.until), default=None)


NO_STANDING = Standing()


class Happened(Protocol):
    """How often, first and last."""

    @property
    def last(self) -> datetime: ...


#: By channel, the events by which a person shows that a message has reached them: those of Segment's e-mail, mobile and
#: SMS specs, and those of this inbox.
ENGAGEMENT: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "email": {"opened": ("Email Opened",), "clicked": ("Email Link Clicked",)},
    "push": {"opened": ("Push Notification Opened", "Push Notification Tapped"), "clicked": ()},
    "sms": {"opened": (), "clicked": ("SMS Link Clicked",)},
    "in_app": {"opened": ("In-App Message Opened",), "clicked": ("In-App Message Clicked",)},
}


def engagement(happened: Callable[[str], Happened | None], channel: str) -> dict[str, datetime]:
    """When somebody last opened or clicked on a channel; `last` is the later of the two."""
    found: dict[str, datetime] = {}
    for what, names in ENGAGEMENT.get(channel, {}).items():
        times = [seen.last for name in names if (seen := happened(name))]
        if times:
            found[what] = max(times)
    return {**found, "last": max(found.values())} if found else {}
