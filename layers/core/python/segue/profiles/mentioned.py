"""Whom a payload mentions: what was rejected may name a person anywhere, and where cannot be known."""

import re
from collections.abc import Iterator
from itertools import islice

from segue.events.carried import named
from segue.events.identifier import ANONYMOUS, USER
from segue.events.identity import Identity
from segue.events.rejected import Rejected
from segue.profiles.identity import profile_id_of

#: So many people are looked for in one payload: each may cost a read.
MOST_PEOPLE = 100

#: A shorter identifier stands in other people's calls too, as a number of something else.
DISTINCT = 6

#: Of a payload made to waste time, no more names are read than these.
_MOST_NAMES = 1_000

#: Bounded, so that a long text costs no more than its length.
_ADDRESS = re.compile(r"[^\s\"'(),:;<>\[\]\\@]{1,64}@[^\s\"'(),:;<>\[\]\\@]{1,253}")
_NUMBER = re.compile(r"(?<!\w)(?:\+|00|\()?\d[\d ()./-]{5,24}\d(?!\w)")
_ID = re.compile(r"(?:^|[_.-])id$|(?:^|[a-z])I[dD]$")
#: Stands where a namespace would: of a profile id.
_OURS = ""
_PROFILE = re.compile(r"[uai]-[a-z2-7]{26}")


def mentioned(rejected: Rejected, identity: Identity) -> tuple[str, ...]:
    """Profile ids, at most `MOST_PEOPLE`: of e-mail addresses and phone numbers, alone or in a text.

    In another system's event, which knows no `userId`, also of what stands under a key that ends in `id`.
    """
    found = (_person(*said, identity) for said in islice(_names(rejected, identity), _MOST_NAMES))
    return tuple(islice(dict.fromkeys(each for each in found if each), MOST_PEOPLE))


def _person(namespace: str, name: str, identity: Identity) -> str | None:
    if namespace == _OURS:
        return name
    identifier = named(namespace, name, identity)
    return profile_id_of(identifier) if identifier else None


def _names(rejected: Rejected, identity: Identity) -> Iterator[tuple[str, str]]:
    """What may name somebody, with the namespace in which it would."""
    rules = [rule for namespace in identity.ranking if (rule := identity.rule(namespace))]
    normal = {kind: [each.namespace for each in rules if each.normalise == kind] for kind in ("email", "phone")}
    for key, text in _texts(rejected.payload):
        if _PROFILE.fullmatch(text):
            yield _OURS, text
            continue
        for address in _ADDRESS.findall(text) if "@" in text else ():
            yield from ((namespace, address.rstrip(".")) for namespace in normal["email"])
        for number in _NUMBER.findall(text):
            yield from ((namespace, number) for namespace in normal["phone"])
        if rejected.kind == "bus event" and len(text) >= DISTINCT and _ID.search(key):
            yield from ((USER, text), (ANONYMOUS, text))


def _texts(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Each with the key that it stands under, also as one of a list. What is very deep is kept as an excerpt."""
    match value:
        case str():
            yield key, value
        case bool():
            return
        case int():
            yield key, str(value)
        case dict():
            for name, each in value.items():
                yield from _texts(each, str(name))
        case list():
            for each in value:
                yield from _texts(each, key)
