"""An HTTP call in the Segment API's shape goes on to the bus as events and rejected events."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from segue.events.enrichment.addresses import IpAddresses
from segue.events.enrichment.visitor import NOBODY, visitor
from segue.events.event import Event
from segue.events.identity import Identity
from segue.events.keys import WriteKey, presented
from segue.events.plan import TrackingPlan, Violation
from segue.events.ports import EventBus, WriteKeys
from segue.events.rejected import Rejected
from segue.events.request import Refused, Request, open_envelope, unpack
from segue.events.spec import TOO_LARGE, Reception, read
from segue.events.vouching import UNVOUCHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a call. `refused` answers a single call that is not in the spec; it is kept all the same.

    `unvouched` of the accepted events name somebody of whom a browser key's word is not enough.
    """

    source: str
    accepted: int
    rejected: tuple[Rejected, ...] = ()
    unvouched: int = 0
    refused: Refused | None = None


def ingest(
    request: Request,
    *,
    keys: WriteKeys,
    plan: TrackingPlan,
    identity: Identity,
    bus: EventBus,
    now: datetime,
    new_id: Callable[[], str],
    ip_addresses: IpAddresses = "drop",
) -> Receipt:
    """Raise `Refused` when nothing of the call is taken, `Busy` when the client should repeat it later."""
    _ = request.type
    key = _key(request.authorization, None, keys) if request.authorization else None
    body = unpack(request)
    key = key or _key(None, body, keys)
    envelope = open_envelope(request, body)
    by = Reception(
        source=key.name,
        barred=key.barred,
        received_at=now,
        plan=plan,
        identity=identity,
        trust=key.trust(required=identity.identity_verification.required),
        digest=envelope.digest,
        new_id=new_id,
        context=envelope.context,
        sent_at=envelope.sent_at,
        opted_out=key.kind == "browser" and request.headers.get("sec-gpc") == "1",
        visitor=visitor(request.headers) if key.kind == "browser" else NOBODY,
        ip_addresses=ip_addresses,
    )
    taken = [read(call, position, by) for position, call in enumerate(envelope.calls)]
    events = [each for each in taken if isinstance(each, Event)]
    rejected = tuple(each for each in taken if isinstance(each, Rejected))
    if taken:
        bus.publish(events, rejected)
    refused = _refusal(rejected[0]) if envelope.single and rejected else None
    unvouched = sum(any(note.startswith(UNVOUCHED) for note in event.notes) for event in events)
    return Receipt(source=key.name, accepted=len(events), rejected=rejected, refused=refused, unvouched=unvouched)


def _key(authorization: str | None, body: dict[str, object] | None, keys: WriteKeys) -> WriteKey:
    presented_key = presented(authorization, body)
    key = keys.find(presented_key) if presented_key else None
    if key is None:
        raise Refused(401, "unauthorized", "writeKey: is missing or unknown")
    return key


def _refusal(rejected: Rejected) -> Refused | None:
    """What does not fit the plan is the workspace's affair: the client did nothing that it could do better."""
    if all(violation.rule == "plan" for violation in rejected.violations):
        return None
    if any(violation.message == TOO_LARGE for violation in rejected.violations):
        return Refused(413, "too_large", TOO_LARGE)
    return Refused(400, "invalid_request", "; ".join(_told(violation) for violation in rejected.violations))


def _told(violation: Violation) -> str:
    return f"{violation.field}: {violation.message}" if violation.field else violation.message
