"""Would it be sent now, by which channel, why not, and when next: the decision alone, and nothing is kept of it."""

from datetime import datetime, tzinfo
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


def preview(wish: Preview, head: Head, *, terms: Terms, sends: Sends, now: datetime) -> tuple[SendRequest, Decision]:
    """As it would be decided, were it asked for at that moment and the person as they are now. Raise `Unfit`.

    Now it may take the place of a less urgent message that has not gone yet; who will have gone then is not known.
    """
    at = wish.at or now
    if abs(at - now) > LONGEST:
        raise Unfit("bad_request", f"at: is more than {LONGEST.days} days from now")
    request = request_of(wish, send_id=_NONE, profile_id=head.profile_id, api=None, terms=terms, now=at)
    if at > now:
        return request, decide(request, head, terms.policy, at)
    return request, place(Wish(request, head, terms.policy, at, paused=False), sends).decision


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
