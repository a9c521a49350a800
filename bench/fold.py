"""Folding events into people: 20 computed traits, 30 segments, stages and sessions, with nothing kept and no AWS."""

import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import groupby
from statistics import median
from time import process_time

from segue.events.event import Event
from segue.events.identifier import USER, Identifier
from segue.profiles.computed import Segments, Traits
from segue.profiles.profile import OWN, Part, Profile
from segue.profiles.rules import Rules

BUDGET, PEOPLE, VISITS, ROUNDS = 20_000, 100, 800, 5
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)

#: A shop's: mostly pages and products looked at, now and then an order, an e-mail opened, an identify. A visit has 2 to
#: 14 events, some 40 seconds apart; a person comes back about every two days.
MIX = {
    "Page Viewed": 40,
    "Product Viewed": 30,
    "Product Added": 8,
    "Cart Viewed": 5,
    "Order Completed": 4,
    "Email Opened": 6,
    "Email Link Clicked": 2,
    "Identified": 5,
}

ORDER, LOOK = "Order Completed", ["Product Viewed", "Product Added"]
TRAITS = Traits.model_validate(
    {
        "computed": {
            "orders": {"kind": "count", "event": ORDER},
            "orders_30d": {"kind": "count", "event": ORDER, "over": "30d"},
            "revenue": {"kind": "sum", "event": ORDER, "property": "revenue"},
            "revenue_90d": {"kind": "sum", "event": ORDER, "property": "revenue", "over": "90d"},
            "largest_order": {"kind": "max", "event": ORDER, "property": "revenue"},
            "smallest_order": {"kind": "min", "event": ORDER, "property": "revenue"},
            "first_coupon": {"kind": "first", "event": ORDER, "property": "coupon"},
            "last_currency": {"kind": "last", "event": ORDER, "property": "currency"},
            "order_value": {"formula": "computed.revenue / computed.orders"},
            "pages": {"kind": "count", "event": "Page Viewed"},
            "pages_7d": {"kind": "count", "event": "Page Viewed", "over": "7d"},
            "paths": {"kind": "distinct", "event": "Page Viewed", "property": "path"},
            "last_path": {"kind": "last", "event": "Page Viewed", "property": "path"},
            "looks_24h": {"kind": "count", "event": LOOK, "over": "24h"},
            "category": {"kind": "most_frequent", "event": LOOK, "property": "category"},
            "products": {"kind": "distinct", "event": LOOK, "property": "product_id"},
            "average_price": {"kind": "average", "event": LOOK, "property": "price"},
            "dear_looks": {"kind": "count", "event": LOOK, "where": "event.properties.price > 50"},
            "opens_30d": {"kind": "count", "event": "Email Opened", "over": "30d"},
            "clicks": {"kind": "count", "event": "Email Link Clicked"},
        },
        "sessions": {"after": "30m"},
        "lifecycle": [
            {"stage": "lapsed", "when": 'now - profile.rfm.last > duration("90d")'},
            {"stage": "customer", "when": "profile.rfm.frequency > 0"},
            {"stage": "visitor"},
        ],
    }
)
SEGMENTS = Segments.model_validate(
    {
        "segments": {
            **{f"spent-{sum_}": f"profile.computed.revenue > {sum_}.0" for sum_ in (50, 100, 200, 500, 1000)},
            **{f"bought-{count}": f"profile.computed.orders >= {count}" for count in (1, 2, 5)},
            **{f"quiet-{days}": f'now - profile.rfm.last > duration("{days}d")' for days in (7, 30, 60, 90, 180)},
            **{f"plan-{plan}": f'profile.traits.plan == "{plan}"' for plan in ("free", "silver", "gold")},
            "readers": "profile.computed.opens_30d >= 3",
            "clickers": "profile.computed.clicks > 0",
            "unread": 'now - profile.engagement.email.last > duration("60d")',
            "browsers": "profile.computed.pages_7d > 10",
            "explorers": "profile.computed.paths > 20",
            "lookers": "profile.computed.looks_24h > 5",
            "dear-lookers": "profile.computed.dear_looks > 3 && profile.computed.average_price > 40.0",
            "jazz": 'profile.computed.category == "jazz"',
            "big-baskets": "profile.computed.order_value > 80.0",
            "first-timers": 'profile.events["Order Completed"].count == 1',
            "carts": 'profile.events["Cart Viewed"].last > profile.events["Product Viewed"].first',
            "vip": '"spent-500" in profile.segments && "readers" in profile.segments',
            "sleeping-vip": '"vip" in profile.segments && "quiet-30" in profile.segments',
            "berlin": 'profile.time_zone == "Europe/Berlin"',
        }
    }
)


def some_events() -> list[tuple[int, Event]]:
    chosen, events = random.Random(1), []
    for visit in range(VISITS):
        person, at = chosen.randrange(PEOPLE), BEGIN + timedelta(minutes=30 * visit)
        for name in chosen.choices(list(MIX), list(MIX.values()), k=chosen.randint(2, 14)):
            at += timedelta(seconds=chosen.randint(5, 75))
            events.append((person, _event(len(events), name, at, chosen)))
    return events


def _event(number: int, name: str, at: datetime, chosen: random.Random) -> Event:
    given = {
        "path": f"/p/{chosen.randrange(300)}",
        "product_id": f"sku-{chosen.randrange(2000)}",
        "category": chosen.choice(["jazz", "rock", "pop", "folk"]),
        "price": chosen.randrange(500, 9000) / 100,
        "revenue": chosen.randrange(1000, 20000) / 100,
        "currency": "EUR",
    }
    kinds = {"Page Viewed": "page", "Identified": "identify"}
    return Event(
        message_id=f"m-{number}",
        type=kinds.get(name, "track"),  # type: ignore[arg-type]
        name=name,
        timestamp=at,
        received_at=at + timedelta(seconds=1),
        source="shop",
        user_id="x",
        properties=given,
        traits={"plan": chosen.choice(["free", "silver", "gold"])} if name == "Identified" else {},
    )


def a_person(number: int) -> Profile:
    return Profile(profile_id=f"u-{number}", identifier=Identifier(USER, f"user-{number}"))


def run(rules: Rules, events: list[tuple[int, Event]]) -> tuple[int, dict[int, Profile]]:
    people: dict[int, Profile] = {}
    told = 0
    for person, event in events:
        before = people.get(person) or a_person(person)
        after = before.with_part(OWN, rules.fold(before.parts.get(OWN) or Part(), event))
        people[person], derived = rules.derive(before, after, (event,), event.received_at)
        told += len(derived)
    return told, people


def run_visits(rules: Rules, events: list[tuple[int, Event]]) -> None:
    """The events of a visit at once: they are folded one by one, and the person is asked about once."""
    people: dict[int, Profile] = {}
    for person, visit in groupby(events, key=lambda each: each[0]):
        came = tuple(event for _, event in visit)
        before = people.get(person) or a_person(person)
        part = reduce(rules.fold, came, before.parts.get(OWN) or Part())
        people[person], _ = rules.derive(before, before.with_part(OWN, part), came, came[-1].received_at)


def speeds(rules: Rules, events: list[tuple[int, Event]], way: Callable[..., object] = run) -> list[float]:
    found = []
    for _ in range(ROUNDS):
        began = process_time()
        way(rules, events)
        found.append(len(events) / (process_time() - began))
    return sorted(found)


def _say(what: str, found: list[float]) -> None:
    print(f"{what}: {median(found):,.0f} events a second ({found[0]:,.0f} to {found[-1]:,.0f})")


def main() -> int:
    events = some_events()
    found = speeds(Rules(TRAITS, SEGMENTS), events)
    told, _ = run(Rules(TRAITS, SEGMENTS), events)
    print(
        f"{len(TRAITS.computed)} computed traits, {len(SEGMENTS.segments)} segments, stages, sessions; {PEOPLE} people"
    )
    _say("all of it, an event at a time", found)
    _say("all of it, a visit at a time", speeds(Rules(TRAITS, SEGMENTS), events, run_visits))
    _say("without stages and sessions", speeds(Rules(Traits(computed=TRAITS.computed), SEGMENTS), events))
    _say("computed traits alone", speeds(Rules(Traits(computed=TRAITS.computed)), events))
    _say("neither", speeds(Rules(), events))
    print(f"events told: {told:,} of {len(events):,}")
    return 0 if median(found) >= BUDGET else 1


if __name__ == "__main__":
    sys.exit(main())
