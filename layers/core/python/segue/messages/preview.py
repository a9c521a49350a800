"""Would it be sent now, by which channel, why not, and when next: the decision alone, and nothing is kept of it."""

from datetime import datetime, timedelta, tzinfo
from typing import Any

from pydantic_core import to_jsonable_python

from segue.decisions.decide import decide
from segue.decisions.decision import Decision, SendRequest
from segue.decisions.displace import Wish, place
from segue.decisions.ports import Sends
from segue.decisions.words import sentence
from segue.messages.wish import LONGEST, Preview, Terms, Unfit, request_of
from segue.profiles.head import Head

#: Of a request that there is not.
_NONE = "preview"

#: How far behind somebody's clock may be.
_SKEW = timedelta(minutes=1)


def preview(wish: Preview, head: Head, *, terms: Terms, sends: Sends, now: datetime) -> tuple[SendRequest, Decision]:
    """As it would be decided, were it asked for at that moment and the person as they are now. Raise `Unfit`.

    Now it may take the place of a less urgent message that has not gone yet; who will have gone then is not known.
    """
    at = max(_moment(wish, now), now)
    request = request_of(wish, send_id=_NONE, profile_id=head.profile_id, api=None, terms=terms, now=at)
    if at > now:
        return request, decide(request, head, terms.policy, at)
    return request, place(Wish(request, head, terms.policy, at, paused=False), sends).decision


def _moment(wish: Preview, now: datetime) -> datetime:
    """Raise `Unfit`. Who says what their own clock says means now."""
    at = wish.at or now
    if at < now - _SKEW:
        raise Unfit("bad_request", f"at: is over; it is {now:%Y-%m-%dT%H:%M:%SZ} now")
    if at - now > LONGEST:
        raise Unfit("bad_request", f"at: is more than {LONGEST.days} days ahead")
    if now < at and wish.expires_at and wish.expires_at <= at:
        raise Unfit("bad_request", "expires_at: is not after at, so that it would have expired by then")
    return at


def shown(request: SendRequest, decision: Decision, zone: tzinfo) -> dict[str, Any]:
    return {
        "profile_id": request.profile_id,
        "at": decision.at.isoformat(),
        "action": decision.action.value,
        "reason": decision.reason.value,
        "meaning": decision.reason.meaning,
        "told": sentence(decision, zone),
        "channel": decision.channel,
        "due": decision.due.isoformat() if decision.due else None,
        "expires_at": request.expires_at.isoformat() if request.expires_at else None,
        "trace": to_jsonable_python(decision.trace),
    }
