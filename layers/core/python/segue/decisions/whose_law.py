"""Under whose law a person is: by address, phone number, where they were seen, time zone. All that is said holds.

The surest comes first, and what names a part of a country says more than what names the country alone. Two that
disagree, as with a number that was ported, both hold; if nothing is known, so does whatever is possible.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from segue.decisions.policy import Policy
from segue.profiles.countries import ELSEWHERE, name_of, of_phone, of_time_zone, region, time_zones_of
from segue.profiles.profile import Part
from segue.profiles.us_states import NUMBERED, STATES, of_area_code, state

_US = "US"
#: Its `address` is a number, beside the trait `phone`; of all other channels it may look like one and is none.
BY_NUMBER = frozenset({"sms", "calls"})
#: With blanks and signs; what is longer is no number.
_LONGEST_NUMBER = 40


@dataclass(frozen=True, slots=True)
class Whose:
    """`regions`: all that hold, as `US-FL` or `DE`. `saw` says how that is known, or that it is not."""

    regions: tuple[str, ...]
    saw: str
    known: bool = True


#: What one source says, and which it is: one place, or several of which it is one.
_Said = tuple[tuple[str, ...], str]


def whose_law(part: Part, policy: Policy, channel: str) -> Whose:
    return _whose(tuple(_sources(part, policy, channel)), policy.places)


@lru_cache(maxsize=4096)
def _whose(sources: tuple[_Said, ...], possible: tuple[str, ...]) -> Whose:
    told = _told(sources)
    if not told:
        places = ", ".join(called(each) for each in possible) or "any of them"
        return Whose(possible, f"country unknown, so the law of {places} holds", known=False)
    (first, how), *others = told
    unsure = f"{_either(first)}, by {how}"
    if _US in first:
        unsure += "; which state is unknown, so the law of each holds"
    elif len(first) > 1:
        unsure += ", so the law of each holds"
    elsewhere = "".join(f"; {how} says {_either(other)}" for other, how in others)
    word = {0: "", 1: ": both hold"}.get(len(others), ": all hold")
    return Whose(tuple(place for places, _ in told for place in places), unsure + elsewhere + word)


def _either(places: tuple[str, ...]) -> str:
    return " or ".join(called(place) for place in places)


def called(place: str) -> str:
    """A state by its name alone."""
    country, _, part = place.partition("-")
    return STATES.get(part, name_of(place)) if country == _US and part else name_of(place)


def _told(sources: Iterable[_Said]) -> list[_Said]:
    """Each place once, with the surest that tells it; without countries of which a part is told.

    Of several places those that another source tells are sure enough, and the rest is not so.
    """
    found: dict[str, str] = {}
    several: list[_Said] = []
    for places, how in sources:
        known = tuple(place for place in places if not place.startswith(ELSEWHERE))
        if len(known) > 1:
            several.append((known, how))
        elif known:
            found.setdefault(known[0], how)
    exact = {place.partition("-")[0] for place in found if "-" in place}
    told: list[_Said] = [((place,), how) for place, how in found.items() if "-" in place or place not in exact]
    countries = {place.partition("-")[0] for place in found}
    for places, how in several:
        if countries.isdisjoint(places):
            told.append((places, how))
            countries.update(places)
    return told


def _sources(part: Part, policy: Policy, channel: str) -> Iterator[_Said]:
    by_zone, numbered = _of_time_zone(str(part.time_zone.value), policy.places) if part.time_zone else (None, False)
    in_the_us = numbered or policy.in_the_us
    if said := _of_address(part, in_the_us):
        yield (said,), "the address"
    for number in _numbers(part, policy, channel):
        yield from _of_phone(number, in_the_us)
    if part.location:
        yield (_cut(str(part.location.value)),), "where they were seen last"
    if by_zone:
        yield by_zone


@lru_cache(maxsize=1024)
def _of_time_zone(zone: str, possible: tuple[str, ...]) -> tuple[_Said | None, bool]:
    """Of the countries that share one, those that the policy takes for possible, if there are such.

    And whether it is one of North America, where a number is dialled by its area code.
    """
    shared = of_time_zone(zone)
    if not shared:
        return None, False
    ours = tuple(place for place in possible if zone in time_zones_of(place))
    said = (ours, "the time zone among the policy's places") if ours else (shared, "the time zone")
    return said, not NUMBERED.isdisjoint(shared)


def _numbers(part: Part, policy: Policy, channel: str) -> Iterator[str]:
    """The one that a message on the channel goes to, and the person's phone."""
    rules = policy.channels.get(channel) if channel in BY_NUMBER else None
    for trait in dict.fromkeys(((rules and rules.address) or "phone", "phone")):
        said = part.traits.get(trait)
        if said and isinstance(said.value, str) and len(said.value) <= _LONGEST_NUMBER:
            yield said.value


def _of_address(part: Part, in_the_us: bool) -> str | None:
    """Of the trait `address`, or of `country` and `state` by themselves. A state of the US may stand without it."""
    trait = part.traits.get("address")
    inner: Mapping[str, object] = trait.value if trait and isinstance(trait.value, Mapping) else {}
    country, within = (inner.get(name) or _trait(part, name) for name in ("country", "state"))
    within = within if isinstance(within, str) and within.strip() else None
    if isinstance(country, str) and country.strip():
        return _written(country, within)
    return f"{_US}-{code}" if within and in_the_us and (code := state(within)) else None


@lru_cache(maxsize=1024)
def _written(country: str, within: str | None) -> str:
    return _cut(region(country, within))


def _trait(part: Part, name: str) -> object:
    said = part.traits.get(name)
    return said.value if said else None


@lru_cache(maxsize=1024)
def _cut(place: str) -> str:
    """A part of the US that is no state of it says no more than the country."""
    country, _, within = place.partition("-")
    return country if country == _US and within not in STATES else place


@lru_cache(maxsize=4096)
def _of_phone(number: str, in_the_us: bool) -> tuple[_Said, ...]:
    """`in_the_us`: the person may be there, where numbers are written without its code."""
    if (in_the_us or number.strip().startswith("+")) and (area := of_area_code(number)):
        return (((area,), "the area code of the phone number"),)
    called_by = of_phone(number)
    return ((called_by, "the phone number"),) if called_by else ()
