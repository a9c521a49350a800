"""Messages that no cap holds back fill caps, and never the ledger."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.decisions.asker import Asker
from segue.decisions.caps import reserved
from segue.decisions.counting import Counting
from segue.decisions.decide import decide
from segue.decisions.decision import Action
from segue.decisions.freely import MOST, SPARE, thinned
from segue.decisions.law_rules import law_caps
from segue.decisions.policy import Policy
from segue.decisions.room import Room
from segue.profiles.ledger import Ledger, Touch
from tests.builders import NOON, a_head, a_ledger, a_profile, a_request, a_touch
from tests.unit.decisions.test_laws import FLORIDIAN, HOUR, eastern, policy

MINUTE = timedelta(minutes=1)
CAPS = [
    {"limit": 2, "per": "day"},
    {"limit": 3, "per": "7d", "slow": {"after": 0.5, "by": "18h"}},
    {"limit": 1, "per": "3d", "each_topic": True},
    {"limit": 4, "per": "week", "topics": ["offers"]},
]
POLICY = Policy.model_validate(
    {"caps": CAPS, "categories": {"receipts": {"exempt": ["caps"], "counts": True}}, "cool_down": "2h"}
)
UNDER_LAW = policy(
    categories={
        "receipts": {"exempt": ["windows", "caps"], "counts": True},
        "notices": {"exempt": ["caps"], "counts": True},
    },
    caps=[{"limit": 1, "per": "3d", "each_topic": True}],
)
IN_FLORIDA = a_profile(traits={"phone": FLORIDIAN}, time_zone="America/New_York")


def test_thousands_of_receipts_leave_a_ledger_that_can_be_written():
    head = a_head()

    for number in range(2_000):
        now = NOON + number * MINUTE / 100
        request = a_request(f"r-{number}", category="receipts", topic="orders")
        ledger = reserved(request, head, POLICY, now)
        assert ledger is not None
        head = replace(head, ledger=ledger)

    assert f"r-{1999}" in head.ledger.value.touches
    assert len(head.ledger.value.touches) <= 4 * (4 + SPARE)


def test_nor_do_receipts_each_about_something_else():
    touches = [
        replace(a_touch(NOON + n * MINUTE, send_id=f"r-{n}"), category="receipts", topic=f"t-{n}") for n in range(3_000)
    ]

    assert len(thinned(a_ledger(*touches), POLICY).touches) == MOST


UNCAPPED = {
    "exempt from caps": {"categories": {"alerts": {"exempt": ["caps"]}}},
    "on a channel without a cap": {"channels": {"sms": {"cap": None, "window": None}}},
    "not about what the cap is": {
        "channels": {"sms": {"cap": None, "window": None}},
        "caps": [{"limit": 1, "per": "7d", "topics": ["offers"]}],
    },
}


@pytest.mark.parametrize("given", UNCAPPED.values(), ids=UNCAPPED.keys())
@pytest.mark.parametrize(("topics", "most"), [(1, 3 + SPARE), (3_000, MOST)])
def test_what_only_a_law_counts_leaves_a_ledger_that_can_be_written(given, topics, most):
    head, by = a_head(), policy(**given, total=None)

    for number in range(1_000):
        now, topic = NOON + number * MINUTE, f"t-{number % topics}"
        request = a_request(f"a-{number}", channel="sms", category="alerts", topic=topic, at=now)
        ledger = reserved(request, head, by, now)
        assert ledger is not None
        head = replace(head, ledger=ledger)

    assert "a-999" in head.ledger.value.touches
    assert len(head.ledger.value.touches) <= most


def test_messages_that_caps_hold_back_are_all_kept():
    touches = [a_touch(NOON - n * MINUTE, send_id=f"s-{n}") for n in range(100)]

    assert thinned(a_ledger(*touches), POLICY) == a_ledger(*touches)


def test_receipts_do_not_make_room_for_more_than_the_law_allows():
    head, noon = a_head(profile=IN_FLORIDA), eastern(10, 12)

    def send(name: str, category: str, now) -> Action:
        nonlocal head
        request = a_request(name, category=category, channel="sms", topic="orders", at=now)
        decision = decide(request, head, UNDER_LAW, now)
        if decision.action is Action.SEND:
            head = replace(head, ledger=reserved(request, head, UNDER_LAW, now) or head.ledger)
        return decision.action

    before = [send(f"n-{number}", "notices", noon) for number in range(4)]
    receipts = [send(f"r-{number}", "receipts", noon + number * MINUTE) for number in range(25)]
    after = send("n-4", "notices", noon + HOUR)

    assert before == [Action.SEND] * 3 + [Action.DEFER]
    assert receipts == [Action.SEND] * 25
    assert after is Action.DEFER


def test_nor_do_receipts_each_about_something_else_that_a_cap_looks_at():
    notices = (
        a_touch(NOON - HOUR, channel="sms", category="notices", topic="orders", send_id=f"n-{n}") for n in range(3)
    )
    receipts = (
        a_touch(NOON + n * MINUTE, channel="sms", category="receipts", topic=f"t-{n}", send_id=f"r-{n}")
        for n in range(MOST + 1)
    )

    assert {"n-0", "n-1", "n-2"} <= thinned(a_ledger(*notices, *receipts), UNDER_LAW).touches.keys()


@st.composite
def ledgers(
    draw: st.DrawFn,
    channels=("email", "push", "badge"),
    categories=("receipts", "receipts", "receipts", "marketing", "transactional"),
    topics=(None, "offers", "orders"),
) -> Ledger:
    touches = draw(
        st.lists(
            st.builds(
                Touch,
                send_id=st.uuids().map(str),
                channel=st.sampled_from(channels),
                category=st.sampled_from(categories),
                at=st.integers(0, 60 * 24 * 8).map(lambda ago: NOON - ago * MINUTE),
                topic=st.sampled_from(topics),
            ),
            min_size=30,
            max_size=150,
        )
    )
    return a_ledger(*touches)


@settings(max_examples=150, deadline=None)
@given(ledgers(), st.sampled_from(["email", "push"]), st.sampled_from([None, "offers", "orders"]), st.data())
def test_every_cap_has_room_at_the_moment_at_which_it_had(ledger, channel, topic, data):
    request = a_request("s", channel=channel, topic=topic)
    thin = thinned(ledger, POLICY)
    latest = sorted(thin.touches.values(), key=lambda touch: touch.at)[-SPARE:]
    failed = data.draw(st.lists(st.sampled_from(latest), max_size=SPARE, unique=True))
    for touch in failed:  # what is given back was perhaps among those that are looked at
        thin, ledger = thin.release(touch.send_id), ledger.release(touch.send_id)

    for limit in POLICY.limits(channel):
        before, after = (
            Counting(request, a_head(ledger=each), (ZoneInfo("UTC"),), NOON).room(limit) for each in (ledger, thin)
        )
        assert after.next(NOON) == before.next(NOON)
        assert after.rested(1, 2 * MINUTE, NOON) == before.rested(1, 2 * MINUTE, NOON)


@settings(max_examples=150, deadline=None)
@given(
    ledgers(channels=("sms",), categories=(*["receipts"] * 8, "notices"), topics=("offers", "offers", "orders")),
    st.sampled_from([None, "offers", "orders"]),
)
def test_every_law_has_room_at_the_moment_at_which_it_had(ledger, topic):
    ledger = replace(ledger, touches={key: _squeezed(touch) for key, touch in ledger.touches.items()})
    thin = thinned(ledger, UNDER_LAW)

    [law] = law_caps(a_request(channel="sms", topic=topic), Asker(IN_FLORIDA.whole, UNDER_LAW, "notices", NOON), "sms")
    before, after = (
        Room(law.limit, law.per, sorted(touch.at for touch in law.counting(each.touches.values())))
        for each in (ledger, thin)
    )
    assert after.next(NOON) == before.next(NOON)


def _squeezed(touch: Touch) -> Touch:
    """A week as a day, so that a law's limit is reached."""
    return replace(touch, at=NOON - (NOON - touch.at) / 7)
