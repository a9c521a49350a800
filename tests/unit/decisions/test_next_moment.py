"""The next permissible moment is exact: `decide` itself is walked minute by minute, whatever holds a message back."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from segue.decisions.decide import decide
from segue.decisions.decision import Action, Decision, SendRequest
from segue.decisions.policy import Policy
from segue.profiles.head import Head, Versioned
from segue.profiles.ledger import Claim, Touch
from segue.profiles.profile import OWN, Counted
from segue.profiles.quiet import Quiet
from tests.builders import a_head, a_ledger, a_profile, a_request
from tests.unit.decisions.written import MINUTE, ZONES, moments, windows

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CHANNELS, TOPICS = ["email", "push", "sms"], [None, "a", "b"]
ZONE = st.sampled_from(ZONES)
#: What a person may say of where they are.
PLACES = [{}, {"address": {"country": "US", "state": "FL"}}, {"address": {"country": "DE"}}, {"phone": "+12145550123"}]


def maybe(some: st.SearchStrategy) -> st.SearchStrategy:
    return st.one_of(st.none(), some)


def seldom(some: st.SearchStrategy) -> st.SearchStrategy:
    return st.sampled_from([False, False, True]).flatmap(lambda there: some if there else st.none())


def caps(**more: st.SearchStrategy) -> st.SearchStrategy[dict[str, Any]]:
    """Their distances are whole minutes for every priority."""
    spans = [("3h", {}), ("24h", {}), ("30h", {}), ("day", {}), ("day", {"kind": "calendar(utc)"}), ("week", {})]
    slow = st.fixed_dictionaries({"after": st.sampled_from([0.3, 0.5, 0.9]), "by": st.sampled_from(["45m", "9h"])})
    return st.builds(
        lambda limit, span, slow, given: {"limit": limit, "per": span[0], **span[1], **slow, **given},
        st.integers(1, 3),
        st.sampled_from(spans),
        st.one_of(st.just({}), slow.map(lambda said: {"slow": said})),
        st.fixed_dictionaries(more),
    )


@st.composite
def laws(draw, at, number: int) -> dict[str, Any]:
    since = at.date() + timedelta(days=draw(st.integers(-3, 1)))
    hours = draw(seldom(windows()))
    said = {"hours": hours} if hours else {}
    if not said or draw(st.booleans()):
        per, same = draw(st.sampled_from(["2h", "24h"])), draw(st.booleans())
        said |= {"limit": draw(st.integers(1, 2)), "per": per, "same_topic": same}
    return {
        **said,
        "name": f"Law {number}",
        "law": "§ 1",
        "source": "https://example.com/law",
        "regions": [draw(st.sampled_from(["US", "US-FL", "US-TX", "DE"]))],
        "channels": draw(st.sampled_from([["email"], ["email", "sms"]])),
        "since": since,
        "until": draw(maybe(st.integers(1, 3).map(lambda days: since + timedelta(days=days)))),
    }


@st.composite
def policies(draw, at) -> Policy:
    scopes = st.sampled_from(
        [{}, {"topics": ["a"]}, {"each_topic": True}, {"channels": ["email", "push"]}, {"categories": ["marketing"]}]
    )
    unknown = draw(st.sampled_from(["worst_case", "default", "send"]))
    return Policy.model_validate(
        {
            "default_time_zone": draw(ZONE),
            "possible_time_zones": draw(st.lists(ZONE, max_size=2, unique=True)),
            "possible_regions": draw(st.sampled_from([[], ["US"], ["DE"]])),
            "channels": {
                name: {"window": draw(seldom(windows())), "cap": draw(maybe(caps())), "fallback": None}
                for name in CHANNELS
            },
            "total": draw(maybe(caps())),
            "cool_down": draw(maybe(st.sampled_from(["45m", "5h"]))),
            "caps": [{**draw(caps()), **draw(scopes)} for _ in range(draw(st.integers(0, 1)))],
            "closed": draw(st.sampled_from([[], [], [{"public_holidays": True}], [{"days": ["02-29", "12-31"]}]])),
            "categories": {"marketing": {"unknown_time_zone": unknown}},
            "pauses": [{"event": "Ticket", "for": "7h", "categories": ["marketing"]}],
            "laws": [draw(laws(at, number)) for number in range(draw(st.integers(0, 2)))],
        }
    )


@st.composite
def people(draw, at):
    before = st.integers(1, 600).map(lambda minutes: at - minutes * MINUTE)
    after = st.integers(1, 600).map(lambda minutes: at + minutes * MINUTE)
    wishes = st.sampled_from([{}, {}, {"quiet_hours": "22:00-07:00"}, {"send_time": "18:00-20:00"}])
    reached = {"email": "a@b.example", "push_token": "t", "phone": "+4930123456"}
    quiet = draw(seldom(st.builds(Quiet, on=st.just(True), at=before, until=after)))
    ada = a_profile(
        time_zone=draw(maybe(ZONE)),
        traits={**reached, **draw(st.sampled_from(PLACES)), **draw(wishes)},
        quiet=quiet,
    )
    ticket = draw(seldom(before))
    events = {"Ticket": Counted(1, ticket, ticket)} if ticket else {}
    return replace(ada, parts={OWN: replace(ada.parts[OWN], events=events)})


def entries(at, low: int, high: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    """What touches and claims have in common, at some minutes from now."""
    entry = st.fixed_dictionaries(
        {
            "channel": st.sampled_from(CHANNELS),
            "topic": st.sampled_from(TOPICS),
            "at": st.integers(low, high).map(lambda minutes: at + minutes * MINUTE),
            "priority": st.integers(0, 9),
        }
    )
    return st.integers(0, 4).flatmap(lambda count: st.lists(entry, min_size=count, max_size=count))


@st.composite
def cases(draw):
    at = draw(moments)
    touches = [
        Touch(send_id=f"touch-{n}", category="marketing", **said) for n, said in enumerate(draw(entries(at, -2000, 0)))
    ]
    ledger = a_ledger(*touches)
    for n, said in enumerate(draw(entries(at, 0, 2000))):
        due = said.pop("at")
        claim = Claim(send_id=f"claim-{n}", category="marketing", due=due, until=due + 30 * DAY, **said)
        ledger = ledger.claim(claim, at)
    request = a_request(
        at=at,
        topic=draw(st.sampled_from(TOPICS)),
        channels=draw(st.sampled_from([(), ("email", "push"), ("sms", "email")])),
        priority=draw(st.integers(0, 5)),
        expires_at=at + draw(st.sampled_from([6, 20, 40])) * HOUR,
    )
    return request, a_head(profile=draw(people(at)), ledger=ledger), draw(policies(at)), at


def stood(head: Head, request: SendRequest, at: datetime) -> Head:
    """As it will stand then: who is more urgent and claims room has gone at their moment."""
    ledger = head.ledger.value
    for claim in (each for each in ledger.claims.values() if each.priority > request.priority and each.due <= at):
        ledger = ledger.reserve(
            Touch(
                send_id=claim.send_id,
                channel=claim.channel,
                category=claim.category,
                at=claim.due,
                topic=claim.topic,
                priority=claim.priority,
            )
        )
    return replace(head, ledger=Versioned(ledger, head.ledger.version))


def moment_of(decision: Decision):
    return decision.at if decision.action is Action.SEND else decision.due


def check_next_moment(case) -> None:
    request, head, policy, at = case
    found = moment_of(decide(request, head, policy, at))

    walked = at
    while walked < request.expires_at:
        if decide(request, stood(head, request, walked), policy, walked).action is Action.SEND:
            break
        walked += MINUTE
    assert found == (walked if walked < request.expires_at else None)


@settings(max_examples=60, deadline=None)
@given(cases())
def test_no_earlier_minute_is_permissible_and_that_one_is(case) -> None:
    check_next_moment(case)
