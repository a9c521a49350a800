"""A person is erased: blocked first, then deleted wherever they left traces, then looked for once more.

Blocking replaces the documents of all their partitions by markers (`Profile.erased`), the root's with the first, on
condition that nobody has changed it: from then on no event is folded in, no run begins, nothing is decided. What was
just being written may still land; so a second round begins when every function that has not seen the markers must have
ended, and rounds go on until one finds nothing. All is done again and again without harm; a row tells how far it is.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from segue.profiles.absorb import TRIES
from segue.profiles.erasure import Erasure, Running, Work
from segue.profiles.forgetting import forget
from segue.profiles.head import Head, Versioned
from segue.profiles.ledger import Ledger
from segue.profiles.ports import MOST_ROWS, Change, Conflict, Erasures, Errands, Executions, Profiles, Traces
from segue.profiles.profile import Profile
from segue.profiles.runs import Runs

#: Of so many identifiers the three documents are marked in one change; of more, the others' one after the other.
_AT_ONCE = MOST_ROWS // 3

#: Longer than any function runs (55 seconds): real time.
SETTLED = timedelta(seconds=75)

#: Gives whoever asked the time to block by themselves before somebody else goes on with it. Real time.
_HAND_OVER = timedelta(seconds=3)

#: Shorter words of a person may stand in any sentence.
_TELLING = 4

#: The traits that tell who somebody is, and what they are called in an answer.
_TELLING_TRAITS = {
    "email": "e-mail address",
    "phone": "phone number",
    **dict.fromkeys(("name", "first_name", "firstName", "last_name", "lastName"), "name"),
}


class Indiscreet(ValueError):
    """The reason, which is kept, quotes the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything that an erasure may touch. `keys` are the signing keys, newest first.

    `settled` is how long (on the clock) what was under way when a person was blocked may still be written.
    """

    profiles: Profiles
    erasures: Erasures
    executions: Executions
    errands: Errands
    traces: Sequence[Traces]
    keys: tuple[str, ...]
    settled: timedelta


def erase(profile_id: str, *, by: str, reason: str, ports: Ports, now: datetime) -> Erasure | None:
    """The erasure, begun now or before; `None` when there is nobody. When it returns the person is blocked.

    Raise `Indiscreet`, or `Conflict` when the person's documents would not stand still.
    """
    for _ in range(TRIES):
        head = ports.profiles.head(profile_id)
        person = head.profile.value
        if person.erased:
            return _again(person.erased, ports)
        if not head.profile.version:
            return None
        _discreet(reason, person)
        receipt_id = receipt_of(head, ports.keys)
        asked = Erasure(receipt_id=receipt_id, asked_at=now, by=by, reason=reason, work=Work(root=head.profile_id))
        try:
            kept = _begun(asked, ports)
        except Conflict:
            continue
        ports.errands.go_on(receipt_id, _HAND_OVER)
        return _block(kept, ports).value
    raise Conflict(profile_id)


def go_on(receipt_id: str, *, ports: Ports, now: datetime, enough: Callable[[], bool] = lambda: False) -> Erasure:
    """As far as time allows; the rest is asked for again. Raise `LookupError`, `Conflict`."""
    found = _kept(receipt_id, ports)
    work = found.value.work
    if work is None:
        return found.value
    if work.not_before and now < work.not_before:
        ports.errands.go_on(receipt_id, work.not_before - now)
        return found.value
    found = _block(found, ports)
    if found.value.work is None:
        return found.value
    erasure = _sweep(found.value, ports, enough)
    erasure = _end_round(erasure, len(ports.traces), ports, now)
    ports.erasures.keep(Versioned(erasure, found.version))
    if erasure.work:
        wait = erasure.work.not_before
        ports.errands.go_on(receipt_id, max(wait - now, timedelta()) if wait else timedelta())
    return erasure


def receipt_of(head: Head, keys: Sequence[str]) -> str:
    """The id of the receipt under which the person is erased, or would be."""
    return head.profile.value.erased or f"r-{_print(f'receipt:{head.profile_id}', keys[0])}"


def prints(profile_id: str, keys: Sequence[str]) -> list[str]:
    """By which a blocked identifier is known without being told; one per key, and the first is kept: keys rotate."""
    return [_print(f"blocked:{profile_id}", key) for key in keys]


def _begun(asked: Erasure, ports: Ports) -> Versioned[Erasure]:
    """The erasure that is under way, if there is one: its work must not be lost. Else this one."""
    before = ports.erasures.find(asked.receipt_id)
    if before is None:
        return ports.erasures.keep(Versioned(asked))
    if before.value.work is None:
        assert asked.work is not None
        if ports.profiles.profile(asked.work.root).value.erased:
            raise Conflict(asked.receipt_id)  # somebody else has done it all meanwhile
        return ports.erasures.keep(Versioned(asked, before.version))  # the person was restored from a backup
    return before


def _again(receipt_id: str, ports: Ports) -> Erasure:
    found = ports.erasures.find(receipt_id)
    if found is None:
        message = f"a person is marked as erased by {receipt_id}, and there is no such receipt"
        raise LookupError(message)
    if found.value.work:
        ports.errands.go_on(receipt_id, timedelta())
    return found.value


def _block(found: Versioned[Erasure], ports: Ports) -> Versioned[Erasure]:
    """The root's documents first: its version says that nobody was linked to it since its places were read.

    What there is to erase is kept before the mark is set; so once it is set, somebody has kept it.
    """
    receipt_id = found.value.receipt_id
    for _ in range(TRIES):
        work = found.value.work
        if work is None:
            return found
        head = ports.profiles.head(work.root)
        if head.profile.value.erased:
            found = _marked(head.profile.value.erased, _kept(receipt_id, ports), ports)
            break
        try:
            found = ports.erasures.keep(replace(found, value=_listed(found.value, head)))
            _forget_in_others(head.profile.value.places, ports.profiles)
            ports.profiles.commit(_markers(_at_once(head, ports.profiles), receipt_id))
        except Conflict:
            found = _kept(receipt_id, ports)
            continue
        break
    else:
        raise Conflict(receipt_id)
    places = found.value.work.places if found.value.work else ()
    for place in places[1:]:
        _mark(place, receipt_id, ports.profiles)
    ports.erasures.block([prints(place, ports.keys)[0] for place in places], receipt_id)
    return found


def _listed(erasure: Erasure, head: Head) -> Erasure:
    """With everything by which the traces are found, of the person as they were read."""
    person = head.profile.value
    running = tuple(Running(journey=run.journey, run_id=run.run_id) for run in head.runs.value.alive())
    work = replace(_under_way(erasure), places=person.places, names=names(person), runs=running)
    return replace(erasure, work=work, deleted={"identifiers": len(work.places), "runs": len(running)})


def _marked(by: str, found: Versioned[Erasure], ports: Ports) -> Versioned[Erasure]:
    """Of a person who is marked: what there is to erase, which may stand in another receipt.

    Two who ask at once, the one before and the other after a link, ask for two roots of one person.
    """
    work = found.value.work
    if work is None or work.places:
        return found
    if by == found.value.receipt_id:
        message = f"erasure {by} has marked its person, and does not know where they were"
        raise ValueError(message)
    other = _kept(by, ports).value.work or replace(work, places=(work.root,))
    work = replace(work, places=other.places, names=other.names, runs=other.runs)
    return ports.erasures.keep(replace(found, value=replace(found.value, work=work)))


def _kept(receipt_id: str, ports: Ports) -> Versioned[Erasure]:
    found = ports.erasures.find(receipt_id)
    if found is None:
        message = f"there is no erasure {receipt_id}"
        raise LookupError(message)
    return found


def _forget_in_others(places: Sequence[str], profiles: Profiles) -> None:
    """So they look whether it is erased. Those of whom it is not remembered here are found by the events (`traces`)."""
    mine = [profiles.profile(place).value for place in places]
    others = {other for each in mine for other in (*each.seen, *each.apart)}
    forget(set(places), sorted(others - set(places)), profiles)


def _at_once(root: Head, profiles: Profiles) -> list[Head]:
    """The documents that are marked in one change: the root's, and those of as many members as fit."""
    return [root, *(_head(place, profiles) for place in root.profile.value.places[1:_AT_ONCE])]


def _head(place: str, profiles: Profiles) -> Head:
    """The documents of this very place, whoever owns it."""
    profile, ledger = profiles.profile(place), profiles.ledger(place)
    return Head(profile_id=place, profile=profile, ledger=ledger, runs=profiles.runs(place))


def _mark(place: str, receipt_id: str, profiles: Profiles) -> None:
    for _ in range(TRIES):
        if profiles.profile(place).value.erased:
            return
        try:
            profiles.commit(_markers([_head(place, profiles)], receipt_id))
        except Conflict:
            continue
        return
    raise Conflict(receipt_id)


def _markers(heads: Sequence[Head], receipt_id: str) -> Change:
    """All three documents of each, so that whoever has read one of them cannot write it any more."""
    return Change(
        entries=(),
        profiles={
            head.profile_id: Versioned(Profile(profile_id=head.profile_id, erased=receipt_id), head.profile.version)
            for head in heads
        },
        ledgers={head.profile_id: Versioned(Ledger(), head.ledger.version) for head in heads},
        runs={head.profile_id: Versioned(Runs(), head.runs.version) for head in heads},
        wakes={head.profile_id: None for head in heads},
    )


def _sweep(erasure: Erasure, ports: Ports, enough: Callable[[], bool]) -> Erasure:
    work = _under_way(erasure)
    if not (work.step or work.cursor or work.found):
        for run in work.runs:
            ports.executions.stop(run.journey, run.run_id)
    while work.step < len(ports.traces):
        swept = ports.traces[work.step].sweep(work, work.cursor, enough)
        erasure = erasure.count(swept.deleted)
        found = work.found + sum(swept.deleted.values())
        if swept.cursor is None:
            work = replace(work, step=work.step + 1, cursor="", found=found)
        else:
            work = replace(work, cursor=swept.cursor, found=found)
        if enough():
            break
    return replace(erasure, work=work)


def _end_round(erasure: Erasure, kinds: int, ports: Ports, now: datetime) -> Erasure:
    work = _under_way(erasure)
    if work.step < kinds:
        return erasure
    if work.round > 1 and not work.found:
        return replace(erasure, work=None, completed_at=now)
    not_before = now + ports.settled if work.round == 1 else None
    return replace(erasure, work=replace(work, round=work.round + 1, step=0, cursor="", found=0, not_before=not_before))


def names(person: Profile) -> tuple[str, ...]:
    """What a person goes by, as others may have written it."""
    traits = person.traits()
    said = [*(each.value for each in person.identifiers), *(traits.get(name) for name in ("email", "phone"))]
    return tuple(dict.fromkeys(str(name).strip() for name in said if name and str(name).strip()))


def _discreet(reason: str, person: Profile) -> None:
    """Other traits are words like any: whose favourite is `letter` may have asked by letter."""
    traits = person.traits()
    told = [*((each.namespace, each.value) for each in person.identifiers)]
    told += [(kind, str(traits[name])) for name, kind in _TELLING_TRAITS.items() if traits.get(name)]
    for kind, word in told:
        if len(word) >= _TELLING and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", reason, re.IGNORECASE):
            message = f"the reason quotes the person's {kind}, and is kept: say it without"
            raise Indiscreet(message)


def _under_way(erasure: Erasure) -> Work:
    if erasure.work is None:
        message = f"erasure {erasure.receipt_id} is complete"
        raise ValueError(message)
    return erasure.work


def _print(text: str, key: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
