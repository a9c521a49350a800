"""How many messages the law of where a person is allows."""

from datetime import UTC, datetime

from segue.decisions.asker import Asker
from segue.decisions.decide import decide
from segue.decisions.decision import Action
from segue.decisions.law_rules import law_caps
from segue.decisions.reasons import Reason
from segue.profiles.ledger import Claim
from segue.workspace.laws import Jurisdictions, shipped
from tests.builders import NOON, a_head, a_ledger, a_profile, a_request, a_touch
from tests.unit.decisions.test_laws import FLORIDIAN, HOUR, eastern, policy


def caps(traits: dict, at: datetime = NOON, **given):
    profile = a_profile(traits=traits, time_zone="America/New_York")
    return law_caps(
        a_request(channel="sms", **given), Asker(profile.whole, policy(), given.get("category", "marketing"), at), "sms"
    )


def test_florida_and_oklahoma_allow_three_messages_a_day_on_one_subject() -> None:
    [cap] = caps({"phone": FLORIDIAN}, topic="offers")
    touches = [
        a_touch(NOON - HOUR, channel="sms", send_id="a"),
        *(a_touch(NOON - HOUR, channel="sms", send_id=topic, topic=topic) for topic in ("offers", "orders")),
        a_touch(NOON - HOUR, channel="email", send_id="b"),
        a_touch(NOON - HOUR, channel="sms", send_id="c", category="transactional"),
    ]

    assert (cap.name, cap.limit, cap.per, cap.reason) == ("law: Florida", 3, 24 * HOUR, Reason.JURISDICTION)
    assert [touch.send_id for touch in cap.counting(touches)] == ["a", "offers"]
    assert [cap.name for cap in caps({"phone": "+14055550123"})] == ["law: Oklahoma"]
    assert caps({"phone": "+12125550123"}) == []
    assert caps({"phone": FLORIDIAN}, category="transactional") == []


def test_without_a_topic_every_message_counts() -> None:
    [cap] = caps({"phone": FLORIDIAN})

    assert cap.counting([a_touch(channel="sms", topic="orders")])


def test_a_limit_holds_back_only_while_the_law_is_in_force() -> None:
    row = {"regions": ["US-NY"], "law": "A bill", "source": "https://example.com", "limit": 0, "per": "24h"}
    dated = Jurisdictions.model_validate(
        {"jurisdictions": {"New York": {**row, "since": "2026-03-12", "until": "2026-03-14"}}}
    )
    profile = a_profile(traits={"phone": "+12125550123"}, time_zone="America/New_York")
    by = policy(laws=dated.over(shipped()))
    [cap] = law_caps(a_request(channel="sms"), Asker(profile.whole, by, "marketing", NOON), "sms")

    found = [cap.next(lambda _: None, eastern(day, 12)) for day in (11, 12, 13, 14)]

    assert found == [eastern(11, 12), eastern(14, 0), eastern(14, 0), eastern(14, 12)]


def test_the_limit_of_a_law_begins_where_it_does_so_first() -> None:
    row = {"regions": ["US-HI"], "law": "A bill", "source": "https://example.com", "limit": 1, "per": "24h"}
    dated = Jurisdictions.model_validate(
        {"jurisdictions": {"Hawaii": {**row, "since": "2026-03-12", "until": "2026-03-14"}}}
    )
    profile, by = a_profile(traits={"phone": "+18085550123"}, time_zone=None), policy(laws=dated.over(shipped()))

    [cap] = law_caps(a_request(channel="sms"), Asker(profile.whole, by, "marketing", NOON), "sms")

    assert (cap.since, cap.until) == (eastern(12, 0), datetime(2026, 3, 14, 10, tzinfo=UTC))


def test_the_fourth_message_of_a_day_on_one_subject_waits_until_the_first_is_a_day_old() -> None:
    by = policy(channels={"sms": {"window": None, "cap": None}}, total=None)
    profile = a_profile(traits={"phone": FLORIDIAN}, time_zone="America/New_York")
    noon = eastern(10, 12)

    def asked(count: int, topic: str = "offers"):
        touches = (a_touch(noon - n * HOUR, channel="sms", topic="offers") for n in range(1, count + 1))
        head = a_head(profile=profile, ledger=a_ledger(*touches))
        return decide(a_request(channel="sms", at=noon, topic=topic), head, by, noon)

    fourth = asked(3)

    assert asked(2).action is Action.SEND
    assert asked(3, topic="orders").action is Action.SEND
    assert (fourth.reason, fourth.due) == (Reason.JURISDICTION, noon + 21 * HOUR)
    saw = next(check.saw for check in fourth.trace if check.name == "law: Florida, how many")
    assert saw.startswith(
        "3 of 3 in 24 hours; the law (Fla. Stat. 501.616(6)(a) and (b)) counts messages about offers on sms"
    )


def test_room_under_a_law_is_held_for_the_more_urgent_too() -> None:
    by = policy(channels={"sms": {"window": None, "cap": None}}, total=None)
    noon = eastern(10, 12)
    touches = a_ledger(*(a_touch(noon - n * HOUR, channel="sms", topic="offers") for n in (1, 2)))
    about = {"channel": "sms", "category": "marketing", "topic": "offers", "priority": 5}
    ledger = touches.claim(Claim(send_id="urgent", due=noon + HOUR, until=noon + 2 * HOUR, **about), noon)
    head = a_head(profile=a_profile(traits={"phone": FLORIDIAN}, time_zone="America/New_York"), ledger=ledger)

    low, high = (decide(a_request(channel="sms", at=noon, topic="offers", priority=n), head, by, noon) for n in (4, 5))

    assert (low.reason, low.due) == (Reason.MORE_URGENT, noon + 22 * HOUR)
    assert high.action is Action.SEND


def test_touches_are_kept_for_as_long_as_a_law_counts_them() -> None:
    assert policy(channels={"sms": {"cap": None}}, total=None).horizon >= 24 * HOUR
