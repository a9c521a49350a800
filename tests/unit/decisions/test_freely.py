"""Messages that no cap holds back fill caps, and never the ledger."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from segue.decisions.caps import reserved
from segue.decisions.counting import Counting
from segue.decisions.freely import MOST, SPARE, thinned
from segue.decisions.policy import Policy
from segue.profiles.ledger import Ledger, Touch
from tests.builders import NOON, a_head, a_ledger, a_request, a_touch

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


def test_messages_that_caps_hold_back_are_all_kept():
    touches = [a_touch(NOON - n * MINUTE, send_id=f"s-{n}") for n in range(100)]

    assert thinned(a_ledger(*touches), POLICY) == a_ledger(*touches)


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    touches = draw(
        st.lists(
            st.builds(
                Touch,
                send_id=st.uuids().map(str),
                channel=st.sampled_from(["email", "push", "badge"]),
                category=st.sampled_from(["receipts", "receipts", "receipts", "marketing", "transactional"]),
                at=st.integers(0, 60 * 24 * 8).map(lambda ago: NOON - ago * MINUTE),
                topic=st.sampled_from([None, "offers", "orders"]),
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
