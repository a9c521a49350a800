"""Services ask for messages: each is kept, put on the queue of send requests, and decided like any other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from segue.decisions.accepted import ACCEPTED, state_of
from segue.decisions.decision import ApiRef, SendRecord, SendRequest, SendState
from segue.decisions.ports import MOST_TOGETHER, Accepted, Requests
from segue.events.carried import named
from segue.events.identity import Identity
from segue.messages.wish import Terms, Unfit, Wish, request_of
from segue.profiles.identity import profile_id_of
from segue.profiles.ports import Conflict, Crowd
from segue.profiles.profile import Profile

#: In one call.
MOST_WISHES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What it takes to accept. `blocked` gives the receipt under which a person's identifiers are blocked.

    `late` after it was asked for, a request that is not decided is put on the queue again (see `Step.wake`). `tell` is
    told what went wrong for some and is no failure of the call.
    """

    terms: Terms
    identity: Identity
    people: Crowd
    accepted: Accepted
    requests: Requests
    blocked: Callable[[str], str | None]
    late: timedelta
    tell: Callable[[Exception], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A wish, and the id that it will have; `repeatable` if its caller gave it a key. `by` has signed the call."""

    wish: Wish
    send_id: str
    by: str
    repeatable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """`again`: it had been asked for before, and this is what has become of it."""

    record: SendRecord
    again: bool = False

    @property
    def state(self) -> str:
        return state_of(self.record)


#: What becomes of each wish.
Answered = Taken | Unfit


def accept(asked: Sequence[Asking], *, counter: Counter, now: datetime) -> list[Answered]:
    """One answer for each, in their order. What is kept is accepted, whatever befalls the rest and the queue.

    The same id with the same wish is the same message: it is answered as it stands. Raise `profiles.ports.Conflict`
    when the same is being asked for elsewhere just now, and nothing was kept.
    """
    read = _read(asked, counter, now)
    new: dict[str, SendRecord] = {}
    for each, request in zip(asked, read, strict=True):
        if isinstance(request, SendRequest) and each.send_id not in new:
            new[each.send_id] = SendRecord(request=request, state=SendState.DEFERRED, due=now)
    kept = _keep(tuple(new.values()), counter, now)
    known, failed = kept.known, kept.failed
    perhaps = {each.send_id for each, request in zip(asked, read, strict=True) if _may_have_been_fit(each, request)}
    fresh = {send_id: record for send_id, record in new.items() if send_id not in known | failed.keys()}
    stood = _stood(known | perhaps, fresh, kept, counter)
    records = {**fresh, **stood}
    answers = [
        failed.get(each.send_id)
        or _answer(each, request, records.get(each.send_id), counter.identity, again=each.send_id in stood)
        for each, request in zip(asked, read, strict=True)
    ]
    taken = {answer.record.request.send_id: answer for answer in answers if isinstance(answer, Taken)}
    waiting = [answer.record.request for answer in taken.values() if answer.state == ACCEPTED]
    _ask(waiting, counter)
    return answers


@dataclass(frozen=True, slots=True)
class _Kept:
    """Of records: the ids that were `known` before, and what is answered where keeping one `failed`."""

    known: set[str]
    failed: dict[str, Unfit]


def _keep(records: Sequence[SendRecord], counter: Counter, now: datetime) -> _Kept:
    """As many at once as go together. Raise what went wrong when nothing was kept: the call may be repeated whole."""
    kept, errors = _Kept(set(), {}), list[Exception]()
    for first in range(0, len(records), MOST_TOGETHER):
        some = records[first : first + MOST_TOGETHER]
        try:
            kept.known.update(counter.accepted.keep(some, now + counter.late))
        except Exception as error:  # noqa: BLE001 - raised below, unless others were kept: then it is told and answered
            errors.append(error)
            kept.failed.update({each.request.send_id: _unkept(error) for each in some})
    if errors and len(kept.failed) == len(records):
        raise errors[0]
    for each in errors:
        counter.tell(each)
    return kept


def _stood(
    send_ids: set[str], fresh: Mapping[str, SendRecord], kept: _Kept, counter: Counter
) -> Mapping[str, SendRecord]:
    """Those that were asked for before. Raise what went wrong only when there are no `fresh` ones, which are kept."""
    if not send_ids:
        return {}
    try:
        return counter.accepted.several(send_ids)
    except Exception as error:
        if not fresh:
            raise
        counter.tell(error)
        unread = Unfit("unavailable", "it could not be looked up: try again")
        kept.failed.update(dict.fromkeys(send_ids - fresh.keys(), unread))
        return {}


def _unkept(error: Exception) -> Unfit:
    if isinstance(error, Conflict):
        return Unfit("conflict", "the same is being asked for just now: try again")
    return Unfit("unavailable", "it could not be kept: try again")


def _ask(requests: Sequence[SendRequest], counter: Counter) -> None:
    """They are kept: what the queue does not take, `due` finds. Whoever heard of a failure would ask for them anew."""
    if not requests:
        return
    try:
        counter.requests.ask(requests)
    except Exception as error:  # noqa: BLE001 - it is told, and mended by `release`
        counter.tell(error)


def person(wish: Wish, identity: Identity) -> str:
    """The profile id by which somebody is asked for. Raise `Unfit`."""
    if wish.identifier is None:
        return wish.profile_id or ""
    identifier = named(wish.identifier.namespace, wish.identifier.value, identity)
    if identifier is None:
        raise Unfit("bad_request", "identifier.value: nobody can have such a name in this namespace")
    return profile_id_of(identifier)


def unknown(wish: Wish, identity: Identity) -> Unfit:
    field = "profile_id" if wish.identifier is None else "identifier"
    doubt = identity.doubt(wish.identifier.namespace) if wish.identifier else ""
    remedy = doubt or "an identify call makes them known"
    return Unfit("not_found", f"{field}: nobody is known by this; {remedy}")


def erased(receipt_id: str) -> Unfit:
    return Unfit("erased", f"this person was erased: see /v1/erasures/{receipt_id}")


def _read(asked: Sequence[Asking], counter: Counter, now: datetime) -> list[SendRequest | Unfit]:
    """Two reads for all the people: of whom was asked for, and of those whom they turned out to be."""
    whom = [_whom(each.wish, counter.identity) for each in asked]
    found = dict(counter.people.several(each for each in whom if isinstance(each, str)))
    owners = {profile.owner for profile in found.values() if profile.owner} - found.keys()
    found |= counter.people.several(owners) if owners else {}
    return [_request(each, who, found, counter, now) for each, who in zip(asked, whom, strict=True)]


def _whom(wish: Wish, identity: Identity) -> str | Unfit:
    try:
        return person(wish, identity)
    except Unfit as unfit:
        return unfit


def _request(
    asked: Asking, who: str | Unfit, found: Mapping[str, Profile], counter: Counter, now: datetime
) -> SendRequest | Unfit:
    if isinstance(who, Unfit):
        return who
    try:
        return _checked(asked, who, found, counter, now)
    except Unfit as unfit:
        return unfit


def _checked(
    asked: Asking, profile_id: str, found: Mapping[str, Profile], counter: Counter, now: datetime
) -> SendRequest:
    profile = found.get(profile_id)
    root = found.get(profile.owner) if profile and profile.owner else profile
    receipt_id = root.erased if root else counter.blocked(profile_id)
    if receipt_id:
        raise erased(receipt_id)
    if root is None:
        raise unknown(asked.wish, counter.identity)
    return request_of(
        asked.wish,
        send_id=asked.send_id,
        profile_id=root.profile_id,
        api=ApiRef(by=asked.by, said=asked.wish.digest),
        terms=counter.terms,
        now=now,
    )


def _may_have_been_fit(asked: Asking, request: SendRequest | Unfit) -> bool:
    """A wish that would not do any more may have been taken when it did."""
    return asked.repeatable and isinstance(request, Unfit) and request.code != "erased"


def _answer(
    asked: Asking, request: SendRequest | Unfit, record: SendRecord | None, identity: Identity, *, again: bool
) -> Answered:
    if record is None:  # none was kept, or the person has been erased meanwhile
        return request if isinstance(request, Unfit) else unknown(asked.wish, identity)
    if record.request.api is None or record.request.api.said != asked.wish.digest:
        said = "this idempotency key was used before, with another body: use a new one for each message"
        return Unfit("key_reused", said)
    return Taken(record=record, again=again)
