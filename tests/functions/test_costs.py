"""What docs/scaling-and-cost.md tells is counted anew, through the real handlers, and held against the targets."""

import pytest

from bench.calls import Counted, count
from bench.price import BUDGET, PAGE, alone, page

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")


@pytest.fixture(scope="module")
def counted() -> dict[str, Counted]:
    return count()


def test_the_page_tells_what_is_counted_and_what_follows_from_it(counted):
    text = PAGE.read_text(encoding="utf-8")

    assert page(text, counted) == text, "make docs"


def test_a_quiet_event_keeps_within_its_units(counted):
    one, ten = counted["an event that triggers nothing, alone"], counted["ten such events of one person"]

    assert one.bill.written <= 6
    assert one.bill.read <= 2
    assert ten.bill.written / ten.of <= 3.5


def test_a_million_quiet_events_cost_at_most_ten_dollars_even_one_by_one(counted):
    assert sum(alone(counted).values()) <= BUDGET


def test_a_decision_and_a_delivery_read_the_person_once(counted):
    for what in ("an e-mail: decided", "an e-mail: delivered"):
        assert counted[what].bill.calls["Query"] == 1
