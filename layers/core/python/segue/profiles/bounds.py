"""How many names a part of a profile keeps, so that nobody can invent so many that its document outgrows DynamoDB.

Of more than there is room for, those are kept whose hashes are the smallest. Whether a name is among them depends on
the set of names alone, and one that is, was so among any part of them: what is kept of it is whole, whatever the order.
Names that Segue itself reads go before all others, so that invented ones displace none of them.

A no is never lost. Of a purpose or a subscription that is not kept it is known when anything was said last of such a
one (`lost`); a name of which nothing is kept, and that may be among those (`may_be_lost`), counts as refused then. What
was said cannot decide what is kept: it changes, and what has been left out by then would not come back.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from segue.events.event import NAMES
from segue.profiles.sketches import hash_of
from segue.profiles.standing import ENGAGEMENT

V = TypeVar("V")


class Said(Protocol):
    @property
    def at(self) -> datetime: ...


S = TypeVar("S", bound=Said)

MOST_EVENTS, MOST_TRAITS, MOST_PURPOSES, MOST_SUBSCRIPTIONS = 150, 100, 64, 200
#: Of so many purposes the whole history is kept; of the others what was said last, and the last no.
MOST_HISTORIES = 16

_ORDERS = ("Order Completed", "Order Refunded")
_ENGAGING = (name for kinds in ENGAGEMENT.values() for names in kinds.values() for name in names)
_EVENTS = frozenset((*NAMES.values(), *_ORDERS, *_ENGAGING))
_TRAITS = frozenset(
    {"email", "phone", "address", "timezone", "name", "first_name", "firstName"}
    | {"quiet_hours", "send_time", "preferred_channel"}
)
_PURPOSES = frozenset({"marketing", "ads", "analytics", "service"})
_SUBSCRIPTIONS = frozenset({"all", "email", "sms", "push", "in_app", "inbox", "webhook", "ads"})


def events(known: Mapping[str, V]) -> Mapping[str, V]:
    return _kept(known, MOST_EVENTS, _EVENTS)


def traits(known: Mapping[str, V]) -> Mapping[str, V]:
    return _kept(known, MOST_TRAITS, _TRAITS)


def purposes(known: Mapping[str, V]) -> Mapping[str, V]:
    return _kept(known, MOST_PURPOSES, _PURPOSES)


def with_history(known: Mapping[str, V]) -> Mapping[str, V]:
    """The purposes of which more is kept than what was said last: all of them, if they are no more than usual."""
    return _kept(known, MOST_HISTORIES, _PURPOSES)


def subscriptions(known: Mapping[str, V]) -> Mapping[str, V]:
    return _kept(known, MOST_SUBSCRIPTIONS, _SUBSCRIPTIONS)


def lost(known: Mapping[str, S], kept: Mapping[str, S]) -> datetime | None:
    """When anything was said last of a name that is not kept."""
    if known is kept:
        return None
    return max((said.at for name, said in known.items() if name not in kept), default=None)


def purpose_may_be_lost(name: str, kept: Mapping[str, V]) -> bool:
    return _may_be_lost(name, kept, _PURPOSES)


def subscription_may_be_lost(key: str, kept: Mapping[str, V]) -> bool:
    return _may_be_lost(key, kept, _SUBSCRIPTIONS)


def _kept(known: Mapping[str, V], most: int, first: frozenset[str]) -> Mapping[str, V]:
    if len(known) <= most:
        return known
    names = sorted(known, key=lambda name: _order(name, first))
    return {name: known[name] for name in names[:most]}


def _may_be_lost(name: str, kept: Mapping[str, V], first: frozenset[str]) -> bool:
    """Whether it would have been left out, had it been said: else it never was."""
    return name not in kept and _order(name, first) > max(_order(each, first) for each in kept)


def _order(name: str, first: frozenset[str]) -> tuple[bool, int, str]:
    return (name not in first, hash_of(name), name)
