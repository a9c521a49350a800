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

_ADDRESS = re.compile(r"[^\s\"'(),:;<>\[\]\\]+@[^\s\"'(),:;<>\[\]\\]+")
_NUMBER = re.compile(r"(?<!\w)(?:\+|00|\()?\d[\d ()./-]{5,24}\d(?!\w)")
_ID = re.compile(r"(?:^|[_.-])id$|(?:^|[a-z])I[dD]$")
_PROFILE = re.compile(r"[uai]-[a-z2-7]{26}")


def mentioned(rejected: Rejected, identity: Identity) -> tuple[str, ...]:
    """Profile ids, at most `MOST_PEOPLE`: of e-mail addresses and phone numbers, alone or in a text.

    In another system's event, which knows no `userId`, also of what stands under a key that ends in `id`.
    """
    found = _people(rejected, identity)
    return tuple(islice(dict.fromkeys(found), MOST_PEOPLE))


def _people(rejected: Rejected, identity: Identity) -> Iterator[str]:
    rules = [rule for namespace in identity.ranking if (rule := identity.rule(namespace))]
    normal = {kind: [each.namespace for each in rules if each.normalise == kind] for kind in ("email", "phone")}
    for key, text in _texts(rejected.payload):
        if _PROFILE.fullmatch(text):
            yield text
            continue
        said = [("email", each) for each in _ADDRESS.findall(text)] if "@" in text else []
        said += [("phone", each) for each in _NUMBER.findall(text)]
        meant = [(namespace, each.rstrip(".")) for kind, each in said for namespace in normal[kind]]
        if rejected.kind == "bus event" and len(text) >= DISTINCT and _ID.search(key):
            meant += [(USER, text), (ANONYMOUS, text)]
        for namespace, each in meant:
            if identifier := named(namespace, each, identity):
                yield profile_id_of(identifier)


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
