"""Values for tests: a sensible one of each kind, with what the test is about as arguments."""

from datetime import UTC, datetime, timedelta
from typing import Any

from segue.decisions.decision import SendRequest
from segue.events.event import NAMES, Event
from segue.events.identifier import USER, Identifier
from segue.profiles.consent import Consent, Consents, Said
from segue.profiles.head import Head, Versioned
from segue.profiles.ledger import Ledger, Touch
from segue.profiles.profile import OWN, Counted, Part, Permission, Profile, Stamped
from segue.profiles.runs import Entry, Run, Runs

#: A Tuesday, 14:00 in Berlin, 08:00 in New York.
NOON = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


def an_event(name: str = "Order Completed", *, at: datetime = NOON, **given: Any) -> Event:
    type_ = given.pop("type", next((type_ for type_, known in NAMES.items() if known == name), "track"))
    if "user_id" not in given and "anonymous_id" not in given:
        given["user_id"] = "ada"
    given.setdefault("message_id", f"{name}-{at.isoformat()}-{given.get('user_id')}-{given.get('anonymous_id')}")
    return Event(type=type_, name=name, timestamp=at, received_at=given.pop("received_at", at), source="test", **given)


def a_profile(profile_id: str = "u-ada", *, at: datetime = NOON - timedelta(days=30), **given: Any) -> Profile:
    """By `user_id` or `identifier`. `traits`, `consents`, `subscriptions` as plain values; `events` as counts."""
    said = {True: Said.GRANTED, False: Said.DENIED}
    part = Part(
        traits={name: Stamped(value, at) for name, value in given.get("traits", {"email": "ada@example.com"}).items()},
        events={name: Counted(count, at, at) for name, count in given.get("events", {}).items()},
        consents={
            purpose: Consents((Consent(said=said[on], at=at),))
            for purpose, on in given.get("consents", {"marketing": True}).items()
        },
        subscriptions={key: Permission(on, at) for key, on in given.get("subscriptions", {}).items()},
        suppressions=dict.fromkeys(given.get("suppressed", ()), at),
        time_zone=Stamped(zone, at) if (zone := given.get("time_zone", "Europe/Berlin")) else None,
        opted_out=given.get("opted_out"),
        quiet=given.get("quiet"),
        location=Stamped(there, at) if (there := given.get("location")) else None,
    )
    identifier = given.get("identifier", Identifier(USER, given.get("user_id", "ada")))
    return Profile(profile_id=profile_id, identifier=identifier, parts={OWN: part})


def a_touch(at: datetime = NOON, *, channel: str = "email", send_id: str = "", **given: Any) -> Touch:
    return Touch(
        send_id=send_id or f"send-{channel}-{at.isoformat()}",
        channel=channel,
        at=at,
        **{"category": "marketing", **given},
    )


def a_ledger(*touches: Touch) -> Ledger:
    return Ledger(touches={touch.send_id: touch for touch in touches})


def a_run(run_id: str = "thanks-1", *, at: datetime = NOON, **given: Any) -> Run:
    entry = given.pop("entry", None) or Entry(message_id="m-1", name="Order Completed", timestamp=at, received_at=at)
    return Run(**{"run_id": run_id, "journey": "thanks", "version": "v1", "entry": entry, "anchor": at, **given})


def a_head(
    *, profile: Profile | None = None, ledger: Ledger | None = None, runs: tuple[Run, ...] = (), version: int = 1
) -> Head:
    profile = profile or a_profile()
    return Head(
        profile_id=profile.profile_id,
        profile=Versioned(profile, version),
        ledger=Versioned(ledger or Ledger(), version if ledger else 0),
        runs=Versioned(Runs(runs={run.run_id: run for run in runs}), version if runs else 0),
    )


def a_request(send_id: str = "send-1", *, at: datetime = NOON, **given: Any) -> SendRequest:
    return SendRequest(
        **{
            "send_id": send_id,
            "profile_id": "u-ada",
            "template": "thank-you",
            "channel": "email",
            "category": "marketing",
            "requested_at": at,
            "expires_at": at + timedelta(days=3),
            **given,
        }
    )
