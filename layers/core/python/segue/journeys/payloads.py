"""What a state machine asks of others at each node.

One shape, filled with expressions by the compiler and with values by the machines in memory: both ask the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import TypeAdapter

from segue.journeys.doing import Membership
from segue.journeys.graph import Act, Call, Graph, Listen, Node, Outgoing, Pause
from segue.journeys.sending import Send

_ACT: TypeAdapter[Act | Outgoing] = TypeAdapter(Act | Outgoing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known only when the machine runs. Moments are ISO texts, `entered_at` in real time, or null.

    `touches` counts the messages that the run has sent.
    """

    run_id: str
    profile_id: str
    at: str | None
    caused_at: str | None
    entered_at: str
    token: str
    touches: int | str = 0


def payload(node: Node, graph: Graph, known: Known) -> dict[str, Any]:
    """The body of the message: of a send to `decide`, of a call to `connect`, of anything else to `step`."""
    action = node.action
    match action:
        case Send():
            return _send(node.id, action, graph, known)
        case Pause(length):
            return _wait(node.id, graph, known) | {"kind": "wait", "seconds": _seconds(length), "triggers": []}
        case Listen(triggers, within):
            listened = [
                {"event": trigger.event, "outcome": trigger.outcome} | ({"when": trigger.when} if trigger.when else {})
                for trigger in triggers
            ]
            return _wait(node.id, graph, known) | {
                "kind": "wait_for",
                "seconds": _seconds(within),
                "triggers": listened,
            }
        case Call() | Membership():
            return {"action": "call", **_act(node.id, action, graph, known)}
        case _:
            return {"action": "act", **_act(node.id, action, graph, known)}


def end(how: Literal["completed", "failed"], known: Known) -> dict[str, Any]:
    return {"action": "end", "run_id": known.run_id, "profile_id": known.profile_id, "ended": how}


def moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _send(step: str, send: Send, graph: Graph, known: Known) -> dict[str, Any]:
    return {
        "profile_id": known.profile_id,
        "run": {"run_id": known.run_id, "journey": graph.journey, "version": graph.version, "step": step},
        "template": send.template,
        "channel": send.ways[0],
        "channels": list(send.channels),
        "fallback": send.fallback,
        "category": send.category,
        "purpose": send.purpose,
        "topic": send.topic,
        "priority": send.priority,
        "expires_after_seconds": _seconds(send.expires_after) if send.expires_after else None,
        "entered_at": known.entered_at,
        "token": known.token,
        "caused_at": known.caused_at,
    } | ({"touches": known.touches, "max_touches": graph.max_touches} if graph.max_touches else {})


def _wait(step: str, graph: Graph, known: Known) -> dict[str, Any]:
    return {
        "action": "wait",
        "run_id": known.run_id,
        "profile_id": known.profile_id,
        "journey": graph.journey,
        "step": step,
        "entered_at": known.entered_at,
        "token": known.token,
        "anchor": known.at,
    }


def _act(step: str, action: Act | Outgoing, graph: Graph, known: Known) -> dict[str, Any]:
    """What is done is JSON in a text: Liquid in it would be taken for an expression of the machine."""
    return {
        "run_id": known.run_id,
        "profile_id": known.profile_id,
        "journey": graph.journey,
        "version": graph.version,
        "step": step,
        "entered_at": known.entered_at,
        "token": known.token,
        "act": _ACT.dump_json(action, by_alias=True).decode(),
    }


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())
