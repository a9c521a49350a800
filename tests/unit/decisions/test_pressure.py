"""How near the limit a person was when a message for them was decided."""

from datetime import timedelta

import pytest

from segue.decisions.policy import Policy
from segue.decisions.pressure import pressure
from tests.builders import NOON, a_head, a_ledger, a_request, a_touch

HOUR = timedelta(hours=1)
ONE, TWO = a_touch(NOON - HOUR), a_touch(NOON - 30 * HOUR)


@pytest.mark.parametrize(
    ("touches", "share"),
    [((), 0), ((ONE,), 1 / 2), ((ONE, TWO), 1 / 2), ((ONE, a_touch(NOON - 2 * HOUR)), 1)],
)
def test_it_is_the_share_of_the_fullest_cap_that_holds(touches, share):
    assert pressure(a_request(), a_head(ledger=a_ledger(*touches)), Policy(), NOON) == share


def test_the_cap_over_all_channels_counts_where_it_is_the_fullest():
    elsewhere = [a_touch(NOON - hours * HOUR, channel="push") for hours in range(4)]

    assert pressure(a_request(), a_head(ledger=a_ledger(*elsewhere)), Policy(), NOON) == 4 / 5
    assert pressure(a_request(channel="inbox"), a_head(ledger=a_ledger(*elsewhere)), Policy(), NOON) == 4 / 5


def test_a_request_of_another_category_is_not_under_the_cap_of_one():
    elsewhere = [a_touch(NOON - hours * HOUR, channel="push") for hours in range(4)]

    assert pressure(a_request(category="news"), a_head(ledger=a_ledger(*elsewhere)), Policy(), NOON) == 0


def test_its_own_touch_does_not_count():
    assert pressure(a_request("mine"), a_head(ledger=a_ledger(a_touch(send_id="mine"))), Policy(), NOON) == 0


def test_a_cap_of_none_is_full_and_a_lowered_one_more_than_full():
    none, one = (
        Policy.model_validate({"channels": {"email": {"cap": {"limit": n, "per": "24h"}}}, "total": None})
        for n in (0, 1)
    )

    assert pressure(a_request(), a_head(ledger=a_ledger()), none, NOON) == 1
    assert pressure(a_request(), a_head(ledger=a_ledger(ONE, a_touch(NOON - 2 * HOUR))), one, NOON) == 2


def test_what_is_under_no_cap_has_no_pressure():
    free = Policy.model_validate({"channels": {"email": {"cap": None}}, "total": None})

    assert pressure(a_request(category="transactional"), a_head(ledger=a_ledger(ONE)), Policy(), NOON) is None
    assert pressure(a_request(), a_head(ledger=a_ledger(ONE)), free, NOON) is None
