"""How many names a part of a profile keeps, so that nobody can invent so many that its document outgrows DynamoDB.

Of more than there is room for, those are kept whose hashes are the smallest. Whether a name is among them depends on
the set of names alone, and one that is, was so among any part of them: what is kept of it is whole, whatever the order.
Names that Segue itself reads go before all others, so that invented ones displace none of them.
"""

from collections.abc import Mapping
from typing import TypeVar

from segue.events.event import NAMES
from segue.profiles.sketches import hash_of
from segue.profiles.standing import ENGAGEMENT

V = TypeVar("V")

MOST_EVENTS, MOST_TRAITS, MOST_PURPOSES, MOST_SUBSCRIPTIONS = 150, 100, 16, 50

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


def subscriptions(known: Mapping[str, V]) -> Mapping[str, V]:
    return _kept(known, MOST_SUBSCRIPTIONS, _SUBSCRIPTIONS)


def _kept(known: Mapping[str, V], most: int, first: frozenset[str]) -> Mapping[str, V]:
    if len(known) <= most:
        return known
    names = sorted(known, key=lambda name: (name not in first, hash_of(name), name))
    return {name: known[name] for name in names[:most]}
