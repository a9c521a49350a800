"""Calls of the API that ask for messages: what each asks, and how it is answered over HTTP."""

from typing import Any, TypeVar
from uuid import uuid4

from pydantic import BaseModel

from segue.aws.calls import Call, Refused, read
from segue.messages import wish
from segue.messages.accept import MOST_WISHES, Answered, Asking, Taken
from segue.messages.wish import KeyedWish, Unfit, Wish

T = TypeVar("T", bound=BaseModel)

#: Of a body with one message, and with many.
MOST_BYTES, MOST_BULK_BYTES = 32 * 1024, 1024 * 1024

#: How the codes of what cannot be taken are told over HTTP.
STATUS = {
    "bad_request": 400,
    "not_found": 404,
    "erased": 404,
    "conflict": 409,
    "too_large": 413,
    "key_reused": 422,
    "unavailable": 503,
}

#: A status, and what is said with it.
Outcome = tuple[int, dict[str, Any]]


def one(call: Call) -> Asking:
    """Raise `Refused` or `Unfit`."""
    return _asking(said(Wish, call), call.key, call)


def many(call: Call) -> list[Asking | Outcome]:
    """In their order, each as it is asked, or why it is not. Raise `Refused` when there is no list of them.

    One key of many messages would be the key of none: it is not passed over, so that nobody relies on it.
    """
    if call.key is not None:
        hint = "the key stands in each message as `idempotency_key`"
        raise Refused(400, "bad_request", f"Idempotency-Key: is no header of this call; {hint}")
    wishes = call.said(MOST_BULK_BYTES).get("messages")
    if not isinstance(wishes, list) or not 1 <= len(wishes) <= MOST_WISHES:
        raise Refused(400, "bad_request", f"messages: is no list of 1 to {MOST_WISHES} messages")
    return [_one_of_many(each, f"messages.{number}", call) for number, each in enumerate(wishes)]


def said(kind: type[T], call: Call) -> T:
    """Raise `Refused` or `Unfit`."""
    body = call.said(MOST_BYTES)
    wish.check_written(body)
    return read(kind, body, "the body")


def outcome(answered: Answered) -> Outcome:
    match answered:
        case Taken(record=record):
            told = {"send_id": record.request.send_id, "profile_id": record.request.profile_id}
            return 202, {**told, "state": answered.state}
        case Unfit():
            return STATUS[answered.code], {"code": answered.code, "message": str(answered)}


def _one_of_many(each: Any, place: str, call: Call) -> Asking | Outcome:
    try:
        wish.check_written(each)
        wanted = read(KeyedWish, each, place)
    except Refused as refused:
        return refused.status, {"code": refused.code, "message": str(refused)}
    except Unfit as unfit:
        return outcome(unfit)
    return _asking(wanted, wanted.idempotency_key, call)


def _asking(wanted: Wish, key: str | None, call: Call) -> Asking:
    send_id = wish.send_id(key or str(uuid4()), call.principal)
    return Asking(wish=wanted, send_id=send_id, by=call.caller, repeatable=key is not None)
