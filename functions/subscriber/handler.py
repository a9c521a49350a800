"""The recipient's own pages: unsubscribing and the in-app inbox. Wakes on: the HTTP API. Answers HTML or JSON."""

import os
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from segue.aws.http import Answer, answer, body, header
from segue.aws.telemetry import Metric, count
from segue.aws.wiring import Wiring, wire
from segue.messages import pages
from segue.messages.reading import mark_read, read_cards
from segue.messages.tokens import Untrusted, read_inbox, read_unsubscribe
from segue.messages.unsubscribe import Nobody, unsubscribe

logger = Logger()

#: As many cards as an inbox shows.
MOST_CARDS = 50


@cache
def wiring() -> Wiring:
    return wire(os.environ)


def ask(event: dict[str, Any]) -> Answer:
    claim = read_unsubscribe(event["pathParameters"]["token"], wiring().signing_keys.keys())
    return page(HTTPStatus.OK, pages.confirm(claim, wiring().workspace.brand.name))


def do(event: dict[str, Any]) -> Answer:
    port = wiring()
    claim = read_unsubscribe(event["pathParameters"]["token"], port.signing_keys.keys())
    everything = parse_qs(body(event).decode(errors="replace")).get("scope") == ["all"]
    unsubscribe(claim, everything=everything, profiles=port.profiles, bus=port.bus, now=port.clock.now())
    count(Metric.UNSUBSCRIBES)
    return page(HTTPStatus.OK, pages.done(claim, port.workspace.brand.name, everything=everything))


def inbox(event: dict[str, Any]) -> Answer:
    port = wiring()
    cards = read_cards(reader(event), MOST_CARDS, profiles=port.profiles, inbox=port.inbox)
    unread = sum(card.read_at is None for card in cards)
    return answer(HTTPStatus.OK, {"cards": [card.as_json() for card in cards], "unread": unread})


def read(event: dict[str, Any]) -> Answer:
    port, card_id = wiring(), event["pathParameters"]["id"]
    card = mark_read(reader(event), card_id, port.clock.now(), profiles=port.profiles, inbox=port.inbox)
    if card is None:
        return answer(HTTPStatus.NOT_FOUND, {"code": "not_found", "message": "there is no such card"})
    return answer(HTTPStatus.OK, card.as_json())


def reader(event: dict[str, Any]) -> str:
    scheme, _, token = (header(event, "authorization") or "").partition(" ")
    if scheme.lower() != "bearer":
        raise Untrusted("no bearer token")
    return read_inbox(token.strip(), wiring().signing_keys.keys(), wiring().clock.now()).profile_id


def page(status: HTTPStatus, html: str) -> Answer:
    return {"statusCode": status, "headers": pages.HEADERS, "body": html}


ROUTES: dict[str, Callable[[dict[str, Any]], Answer]] = {
    "GET /u/{token}": ask,
    "POST /u/{token}": do,
    "GET /v1/inbox": inbox,
    "POST /v1/inbox/{id}/read": read,
}


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Answer:  # noqa: ARG001 - Lambda passes it
    try:
        answered = ROUTES[event["routeKey"]](event)
    except (Untrusted, Nobody):
        if "/u/" in event["routeKey"]:
            answered = page(HTTPStatus.NOT_FOUND, pages.invalid())
        else:
            said = {"code": "unauthorized", "message": "the token is missing, not ours, or over"}
            answered = answer(HTTPStatus.UNAUTHORIZED, said, {"WWW-Authenticate": "Bearer"})
    logger.info("answered", route=event["routeKey"], status=answered["statusCode"])
    return answered
