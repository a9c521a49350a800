"""Messages are asked for, and people shown, changed or erased. Wakes on: the HTTP API, by routes under IAM.

Answers JSON; what goes wrong as `{"code", "message"}` with 400, 403, 404, 409, 413, 422 or 503. Every call leaves a
line in the trail before it shows or does anything, but to ask for messages: each of those is kept with whoever asked.
"""

import os
from collections.abc import Callable
from datetime import tzinfo
from functools import cache
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import Any
from uuid import uuid4

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from segue.aws import wishes
from segue.aws.batch import failure
from segue.aws.calls import Call, Ending, OfPerson, Refused, Search, Unlinking, Why, after
from segue.aws.http import JSON, Answer, answer
from segue.aws.telemetry import count_decision
from segue.aws.wiring import Wiring, wire
from segue.decisions import accepted, preference_centre
from segue.decisions.cancel import Cancel
from segue.decisions.decision import SendRecord, SendState
from segue.decisions.gauges import gauges
from segue.decisions.reasons import HOLD_BACK, Reason
from segue.decisions.words import zone_of
from segue.events.carried import named
from segue.events.conditions import Trouble
from segue.events.ports import Busy
from segue.messages import preview
from segue.messages.accept import Asking, accept, person
from segue.messages.wish import Preview, Unfit
from segue.profiles import showing
from segue.profiles.cursor import BadCursor
from segue.profiles.erase import Indiscreet, erase, receipt_of
from segue.profiles.explain import explain
from segue.profiles.export import export
from segue.profiles.head import Head
from segue.profiles.identity import profile_id_of
from segue.profiles.ports import Conflict, person_of
from segue.profiles.unlink import NotTheirs, Unlink, unlink

logger = Logger()

#: What Lambda may answer is 6 MB, of which some is the envelope's and the escapes'.
MOST_BYTES = 4 * 1024 * 1024


@cache
def wiring() -> Wiring:
    return wire(os.environ)


def by_identifier(call: Call) -> Answer:
    return searched(call, call.query(Search))


def search(call: Call) -> Answer:
    return searched(call, call.body(Search))


def searched(call: Call, whom: Search) -> Answer:
    identifier = named(whom.namespace, whom.value, wiring().identity)
    if identifier is None:
        raise Refused(400, "bad_request", f"value: nobody can have such a name in the namespace {whom.namespace!r}")
    return shown(call, found(profile_id_of(identifier), whom.namespace))


def profile(call: Call) -> Answer:
    return shown(call, found(call.id))


def shown(call: Call, head: Head) -> Answer:
    port = wiring()
    note(call, "profile read", head.profile_id)
    ledger = gauges(head, port.policy, port.clock.now())
    bonds = [showing.bond(each) for each in explain(head.profile.value, port.profiles, port.identity)]
    words = port.rules(tell).read(head.profile.value, port.clock.now(), showing.DEFINED)
    return answer(200, {**showing.shown(head, words), "bonds": bonds, "ledger": ledger})


def tell(trouble: Trouble) -> None:
    logger.warning("condition without an answer", condition=trouble.condition, why=trouble.why)


def timeline(call: Call) -> Answer:
    wanted, head = call.query(showing.Wanted), found(call.id)
    note(call, "timeline read", head.profile_id)
    return paged("events", showing.timeline(head.profile.value, wanted, wiring().records))


def decisions(call: Call) -> Answer:
    wanted, head = call.query(OfPerson), found(call.id)
    note(call, "decisions read", head.profile_id)
    return paged("decisions", showing.decisions(head.profile.value, wanted, wiring().records))


def paged(what: str, page: showing.Page) -> Answer:
    return answer(200, {what: list(page.entries), "cursor": page.cursor})


def exported(call: Call) -> Answer:
    port, head = wiring(), found(call.id)
    note(call, "profile exported", head.profile_id)
    with SpooledTemporaryFile(MOST_BYTES) as file:
        for piece in export(head, records=port.records, refusals=port.refusals, now=port.clock.now()):
            file.write(piece.encode())
        small = file.tell() <= MOST_BYTES
        file.seek(0)
        if small:
            return {"statusCode": 200, "headers": JSON, "body": file.read().decode()}
        return answer(202, {"url": port.exports.put(head.profile_id, str(uuid4()), file)})


def erased(call: Call) -> Answer:
    port, why = wiring(), call.body(Why)
    head = showing.look_up(call.id, port.profiles)
    if head is None:
        raise unknown()
    note(call, "erasure asked", receipt_of(head, port.erasing.keys))
    begun = erase(call.id, by=call.caller, reason=why.reason, ports=port.erasing, now=port.clock.now())
    if begun is None:
        raise unknown()
    return answer(200 if begun.completed_at else 202, begun.receipt())


def unlinked(call: Call) -> Answer:
    port, wanted, head = wiring(), call.body(Unlinking), found(call.id)
    identifier = named(wanted.namespace, wanted.value, port.identity)
    if identifier is None:
        raise Refused(400, "bad_request", f"value: nobody can have such a name in the namespace {wanted.namespace!r}")
    asked = Unlink(profile_id=head.profile_id, identifier=identifier, by=call.caller, why=wanted.reason)
    note(call, f"unlinking asked: {wanted.namespace}", head.profile_id)
    unlink(asked, profiles=port.profiles, now=port.clock.now(), limits=port.identity)
    return answer(200, {"profile_id": head.profile_id, "unlinked": profile_id_of(identifier)})


def receipt(call: Call) -> Answer:
    kept = wiring().erasures.find(call.id)
    if kept is None:
        raise Refused(404, "not_found", "there is no such receipt")
    note(call, "receipt read", call.id)
    return answer(200, kept.value.receipt())


def found(profile_id: str, namespace: str | None = None) -> Head:
    """Raise `Refused`. `namespace` is that in which somebody was named, if that was said."""
    port = wiring()
    head = showing.look_up(profile_id, port.profiles)
    receipt_id = head.profile.value.erased if head else None
    if head is None:
        receipt_id = port.blocked(profile_id)
    if receipt_id:
        raise Refused(404, "erased", f"this person was erased: see /v1/erasures/{receipt_id}")
    if head is None:
        raise unknown(port.identity.doubt(namespace) if namespace else "")
    return head


def unknown(doubt: str = "") -> Refused:
    return Refused(404, "not_found", f"nobody is known by this{doubt and f': {doubt}'}")


def send(call: Call) -> Answer:
    (answered,) = accept([wishes.one(call)], counter=wiring().counter(unasked), now=wiring().clock.now())
    return answer(*wishes.outcome(answered))


def send_many(call: Call) -> Answer:
    """Each is answered by itself, in its place."""
    asked = wishes.many(call)
    fit = [each for each in asked if isinstance(each, Asking)]
    taken = iter(accept(fit, counter=wiring().counter(unasked), now=wiring().clock.now()))
    answered = [wishes.outcome(next(taken)) if isinstance(each, Asking) else each for each in asked]
    refused = sum(status != HTTPStatus.ACCEPTED for status, _ in answered)
    results = [{"index": number, "status": status, **told} for number, (status, told) in enumerate(answered)]
    status = HTTPStatus.MULTI_STATUS if refused else HTTPStatus.ACCEPTED
    return answer(status, {"accepted": len(results) - refused, "refused": refused, "results": results})


def unasked(error: Exception) -> None:
    """Without the error's own words: they may quote a person."""
    logger.error("not all was kept or asked", **failure(error))


def previewed(call: Call) -> Answer:
    port, wanted = wiring(), wishes.said(Preview, call)
    head = found(person(wanted, port.identity), wanted.identifier.namespace if wanted.identifier else None)
    note(call, "decision previewed", head.profile_id)
    request, decision = preview.preview(wanted, head, terms=port.terms, sends=port.sends, now=port.clock.now())
    return answer(200, preview.shown(request, decision, zone_of(head.profile.value)))


def message(call: Call) -> Answer:
    record = asked_for(call)
    note(call, "message read", record.request.profile_id)
    return answer(200, accepted.shown(record, where(record)))


def cancelled(call: Call) -> Answer:
    port, record = wiring(), asked_for(call)
    profile_id, now = record.request.profile_id, port.clock.now()
    note(call, "cancelling asked", profile_id)
    cancel = Cancel(
        profiles=port.profiles,
        sends=port.sends,
        outcomes=port.machines,
        announcements=port.bus,
        counted=count_decision,
    )
    after = cancel.cancel(profile_id, record.key, now, Reason.CANCELLED) or record
    if after.state is not SendState.DROPPED or after.reason is not Reason.CANCELLED:
        raise Refused(409, "too_late", f"the message is {after.state.value}: what no longer waits cannot be cancelled")
    return answer(200, accepted.shown(after, where(after)))


def where(record: SendRecord) -> tzinfo:
    """The time zone of the person."""
    return zone_of(person_of(wiring().profiles, record.request.profile_id))


def asked_for(call: Call) -> SendRecord:
    port = wiring()
    record = accepted.find(call.id, accepted=port.accepted, runners=port.machines, sends=port.sends)
    if record is None:
        raise Refused(404, "not_found", "there is no such message")
    return record


def ended(call: Call) -> Answer:
    port, wanted = wiring(), call.query(Ending)
    span, before = wanted.place(port.clock.now())
    note(call, f"decisions read: {wanted.reason.value}", "everybody")
    page, rest = port.ended.page(wanted.reason, *span, limit=wanted.limit, before=before)
    said = {"decisions": list(map(accepted.document, page)), "cursor": after(rest, span) if rest else None}
    return answer(200, {**said, "note": waiting_elsewhere(wanted.reason)})


def waiting_elsewhere(reason: Reason) -> str | None:
    """Else an empty page would look as if nobody were held back."""
    if reason not in HOLD_BACK:
        return None
    person = f"GET /v1/profiles/{{id}}/decisions?reason={reason.value}"
    return (
        f"what still waits for this reason is not listed: see the metric Decisions by reason, or, of a person, {person}"
    )


def wishes_of(call: Call) -> Answer:
    port, head = wiring(), found(call.id)
    note(call, "preferences read", head.profile_id)
    told = preference_centre.preferences(head.profile.value.whole, port.policy, port.clock.now())
    return answer(200, {"profile_id": head.profile_id, **told})


def prefer(call: Call) -> Answer:
    port, wanted, head = wiring(), wishes.said(preference_centre.Wanted, call), found(call.id)
    profile, now = head.profile.value, port.clock.now()
    if profile.identifier is None:
        raise unknown()
    events = preference_centre.changes(wanted, profile.identifier, port.policy, now)
    after_all = preference_centre.as_they_will_be(profile.whole, events)
    note(call, "change of preferences asked", head.profile_id)
    port.bus.publish(events)
    told = preference_centre.preferences(after_all, port.policy, now)
    return answer(202, {"profile_id": head.profile_id, **told})


def note(call: Call, did: str, to: str) -> None:
    wiring().trail.note(wiring().clock.now(), call.caller, did, to)


ROUTES: dict[str, Callable[[Call], Answer]] = {
    "GET /v1/profiles": by_identifier,
    "POST /v1/profiles/search": search,
    "GET /v1/profiles/{id}": profile,
    "GET /v1/profiles/{id}/timeline": timeline,
    "GET /v1/profiles/{id}/decisions": decisions,
    "GET /v1/profiles/{id}/export": exported,
    "DELETE /v1/profiles/{id}": erased,
    "POST /v1/profiles/{id}/unlink": unlinked,
    "GET /v1/erasures/{id}": receipt,
    "POST /v1/messages": send,
    "POST /v1/messages/bulk": send_many,
    "GET /v1/messages/{id}": message,
    "DELETE /v1/messages/{id}": cancelled,
    "POST /v1/decisions/preview": previewed,
    "GET /v1/decisions": ended,
    "GET /v1/profiles/{id}/preferences": wishes_of,
    "PUT /v1/profiles/{id}/preferences": prefer,
}


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Answer:  # noqa: ARG001 - Lambda passes it
    call = Call(event)
    try:
        logger.info("called", route=event["routeKey"], caller=call.caller)
        answered = ROUTES[event["routeKey"]](call)
    except Refused as refused:
        answered = answer(refused.status, {"code": refused.code, "message": str(refused)})
    except Unfit as unfit:
        answered = answer(*wishes.outcome(unfit))
    except (BadCursor, Indiscreet, preference_centre.NotWanted) as bad:
        answered = answer(400, {"code": "bad_request", "message": str(bad)})
    except NotTheirs:
        answered = answer(404, {"code": "not_theirs", "message": "the person has no such identifier, or no other"})
    except Conflict:
        answered = answer(409, {"code": "conflict", "message": "the same is being changed just now: try again"})
    except Busy as busy:
        said = {"code": "busy", "message": f"too much at once, and perhaps not all is done: {busy}"}
        answered = answer(503, said, {"Retry-After": str(busy.retry_after)})
    logger.info("answered", route=event["routeKey"], status=answered["statusCode"])
    return answered
