"""Writes what was observed as a file of `events/`, with the counts beside it for the one who decides."""

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from types import MappingProxyType

import yaml

from segue.events.properties import Properties, Property
from segue.planning.observe import Observed, SeenEvent
from segue.planning.ours import NOTHING, Ours
from segue.planning.seen import SeenObject, SeenValue

#: From so many events on, what every one of them has is called required, and few values an enum.
ENOUGH, ENOUGH_FOR_ENUM = 10, 50
_TIMES_EACH = 5
_ALIKE = 0.85
_PLAIN = re.compile(r"[A-Za-z_]([\w ./-]*\w)?", re.ASCII)
_WORDS_OF_YAML = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})

#: Names, or the words in them, of what tells who a person is.
_PERSONAL = frozenset(
    {"email", "mail", "phone", "mobile", "telephone", "firstname", "lastname", "surname", "fullname", "username"}
    | {"birthday", "birthdate", "dob", "street", "address", "zip", "zipcode", "postcode", "postalcode", "ip", "ssn"}
)
_ANSWER = "on_violation: warn"
_NONE: Properties = MappingProxyType({})
_NO_ENUM = ("id", "url", "name", "title", "token", "key")


def propose(
    observed: Observed,
    *,
    source: str,
    extends: Collection[str],
    only: Collection[str] = (),
    ours: Ours = NOTHING,
) -> str:
    """The text of a plan; `only` some events, by any of their names. `extends` are plans of which names were taken.

    What is `ours` already is left out. Each event has its own answer: the plan's is not this file's to give.
    """
    return "\n".join(_file(observed, source, extends, only, ours)) + "\n"


def _file(
    observed: Observed, source: str, extends: Collection[str], only: Collection[str], ours: Ours
) -> Iterator[str]:
    chosen = {name: seen for name, seen in observed.events.items() if not only or {name, *seen.names} & set(only)}
    known = {name: chosen.pop(name) for name in sorted(chosen) if ours.has(name)}
    traits = bool(observed.traits.values.keys() - ours.whole.traits.keys()) and not only
    yield f"# Proposed from {' '.join(source.split())}. Behind each property: in how many of the events it stands."
    yield "# What does not fit is let through with a note. Once the notes are few, make it reject, or strip."
    yield from (_left_out(name, seen, observed) for name, seen in known.items())
    if extends:
        yield f"extends: [{', '.join(extends)}]"
    lines = [
        *(
            line
            for name, seen in sorted(chosen.items(), key=lambda each: (-each[1].count, each[0]))
            for line in _event(name, seen, observed, ours)
        ),
        *(_of_traits() if traits and ours is NOTHING else ()),
    ]
    yield "events:" if lines else "events: []"
    yield from lines
    if traits:
        yield f"traits:   # of {observed.traits.count:,} identify calls"
        yield from _properties(observed.traits, {}, "  ", partial=True, have=ours.whole.traits)


def _of_traits() -> Iterator[str]:
    yield "  - name: Identified   # what is answered to traits"
    yield f"    {_ANSWER}"


def _left_out(name: str, seen: SeenEvent, observed: Observed) -> str:
    """An event of another file may not stand in this one too; what is new of it is for whoever keeps that file."""
    planned = observed.known.event(name)
    new = sorted(seen.properties.values.keys() - (planned.properties.keys() if planned else set()))
    aliases = sorted(sent for sent in seen.names if not observed.known.knows(sent))
    said = [("aliases", aliases), ("properties", new)]
    more = "; ".join(f"{what} {', '.join(map(_text, names))}" for what, names in said if names)
    return f"# {_text(name)} stands in the workspace already" + (f". It does not have: {more}" if more else "")


def _event(name: str, seen: SeenEvent, observed: Observed, ours: Ours) -> Iterator[str]:
    known = [event.name for event in observed.known.events]
    near = [] if name in known else get_close_matches(name, known, n=1, cutoff=_ALIKE)
    meant = f"; perhaps {near[0]} is meant?" if near else ""
    yield f"  - name: {_text(name)}   # {seen.count:,} events{meant}"
    if aliases := sorted(seen.names.keys() - {name}):
        yield f"    aliases: [{', '.join(map(_text, aliases))}]"
    yield f"    {_ANSWER}"
    planned, have = observed.known.event(name), ours.properties(name)
    lines = list(_properties(seen.properties, planned.properties if planned else {}, "      ", have=have))
    if lines:
        yield "    properties:"
        yield from lines


def _properties(
    seen: SeenObject, known: Properties, indent: str, *, partial: bool = False, have: Properties = _NONE
) -> Iterator[str]:
    """Of those that the workspace has already, only that one is not always there."""
    for name, value in sorted(seen.values.items(), key=lambda each: (-each[1].count, each[0])):
        if name in have:
            if have[name].required and not seen.always(name):
                yield f"{indent}{_text(name)}: {{required: false}}   # {value.count:,} of {seen.count:,}"
            continue
        required = not partial and seen.count >= ENOUGH and seen.always(name)
        words = _words(name, value, seen, known.get(name))
        if required:
            words.append("required: true")
        elif name in known and known[name].required:
            words.append("required: false")
        count = f"   # {value.count:,} of {seen.count:,}"
        inside = [] if name in seen.both else list(_inside(value, known.get(name), f"{indent}  "))
        if inside:
            yield f"{indent}{_text(name)}:{count}"
            yield from (f"{indent}  {word}" for word in words)
            yield from inside
        else:
            short = words[0].removeprefix("type: ") if len(words) == 1 else f"{{{', '.join(words)}}}"
            yield f"{indent}{_text(name)}: {short}{count}"
    for name, planned in known.items():
        if planned.required and name not in seen.values:
            yield f"{indent}{_text(name)}: {{required: false}}   # 0 of {seen.count:,}"


def _words(name: str, value: SeenValue, seen: SeenObject, known: Property | None) -> list[str]:
    """What stands in the braces, its type first."""
    words = [f"type: {'any' if name in seen.both else value.type}"]
    if aliases := seen.aliases(name):
        words.append(f"aliases: [{', '.join(map(_text, aliases))}]")
    if is_personal(name, value) or (known and known.personal):
        words.append("personal: true")
    elif (enum := _enum(name, value)) and name not in seen.both:
        words.append(f"enum: [{', '.join(map(_text, enum))}]")
    return words


def _inside(value: SeenValue, known: Property | None, indent: str) -> Iterator[str]:
    """What an object holds, or the items of an array are."""
    if value.type == "object" and value.inside and value.inside.values:
        yield f"{indent}properties:"
        yield from _properties(value.inside, known.properties if known else {}, f"{indent}  ")
    if value.type == "array" and value.items:
        inside = list(_inside(value.items, known.items if known else None, f"{indent}  "))
        yield f"{indent}items:" if inside else f"{indent}items: {value.items.type}"
        if inside:
            yield f"{indent}  type: {value.items.type}"
            yield from inside


def is_personal(name: str, value: SeenValue) -> bool:
    """Likely: by its name, or because most of its values are e-mail addresses."""
    words = re.findall(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]+", name)
    joined = ["".join(words[at : at + length]).lower() for length in (1, 2) for at in range(len(words))]
    named = value.type in ("string", "object", "any") and not _PERSONAL.isdisjoint(joined)
    return named or 2 * value.addresses > value.count


def _enum(name: str, value: SeenValue) -> list[str]:
    values = value.values
    if value.type != "string" or not values or value.count < ENOUGH_FOR_ENUM or sum(values.values()) < value.count:
        return []
    few = value.count >= _TIMES_EACH * len(values) and len(values) > 1
    return sorted(values) if few and not name.lower().endswith(_NO_ENUM) else []


def _text(value: str) -> str:
    """As YAML, plain where every reader takes it for the text that it is."""
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS_OF_YAML:
        return value
    return str(yaml.safe_dump(value, default_style='"', width=2**31, allow_unicode=True)).strip()
