"""What every keeper of slots promises, in memory as on DynamoDB."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from segue.aws.slots import DynamoSlots
from segue.clock import Clock
from segue.decisions.rate import Rate, Wanted
from segue.memory.slots import MemorySlots
from tests.builders import NOON

SECOND = timedelta(seconds=1)
ONE = Rate.parse("1/s")


@pytest.fixture(params=["memory", "aws"])
def slots(request):
    return MemorySlots() if request.param == "memory" else DynamoSlots(request.getfixturevalue("profiles_rows"))


def wanted(count: int, since=NOON, before=NOON + 120 * SECOND) -> list[Wanted]:
    return [Wanted(since, before)] * count


def test_the_next_pass_goes_on_where_the_last_one_ended(slots):
    assert slots.take("email", wanted(2), ONE) == [NOON, NOON + SECOND]
    assert slots.take("email", wanted(2), ONE) == [NOON + 2 * SECOND, NOON + 3 * SECOND]


def test_each_channel_has_its_own(slots):
    assert slots.take("email", wanted(1), ONE) == slots.take("push", wanted(1), ONE) == [NOON]


def test_what_was_not_used_is_gone(slots):
    slots.take("email", wanted(3), ONE)

    later = NOON + 60 * SECOND
    assert slots.take("email", wanted(2, since=later), ONE) == [later, later + SECOND]


def test_what_would_be_too_late_has_none_and_takes_none(slots):
    assert slots.take("email", wanted(3, before=NOON + 2 * SECOND), ONE) == [NOON, NOON + SECOND, None]
    assert slots.take("email", wanted(1, before=NOON), ONE) == [None]
    assert slots.take("email", wanted(1), ONE) == [NOON + 2 * SECOND]


def test_none_is_wanted_before_its_moment(slots):
    asked = [*wanted(1), *wanted(2, since=NOON + 30 * SECOND)]

    assert slots.take("email", asked, ONE) == [NOON, NOON + 30 * SECOND, NOON + 31 * SECOND]


def test_all_at_once_no_slot_is_given_twice():
    """In memory, since moto looks at a condition and writes in two steps, between which another thread may write."""
    slots = MemorySlots()
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: slots.take("email", wanted(5), ONE), range(16)))

    given = sorted(slot for some in taken for slot in some if slot)
    assert given == [NOON + number * SECOND for number in range(len(given))]
    assert len(given) >= 40


class Meanwhile(DynamoSlots):
    """Others take theirs between the reading and the writing."""

    rivals = 0

    def _kept(self, channel):
        kept = super()._kept(channel)
        if self.rivals:
            self.rivals -= 1
            DynamoSlots(self._rows).take(channel, wanted(1), ONE)
        return kept


@pytest.mark.parametrize("rivals", [1, 3, 24])
def test_whoever_was_faster_has_the_slot(profiles_rows, rivals):
    slots = Meanwhile(profiles_rows)
    slots.rivals = rivals

    assert slots.take("email", wanted(2), ONE) == [NOON + rivals * SECOND, NOON + (rivals + 1) * SECOND]


def test_who_never_gets_a_turn_gets_no_slot_this_time(profiles_rows):
    slots = Meanwhile(profiles_rows)
    slots.rivals = 1000

    assert slots.take("email", wanted(2), ONE) == [None, None]


def test_another_rate_goes_on_from_the_same_moment(slots):
    slots.take("email", wanted(1), Rate.parse("1/m"))

    assert slots.take("email", wanted(2), Rate.parse("2/s")) == [NOON + 60 * SECOND, NOON + 60.5 * SECOND]


def test_a_rate_is_real_time_whatever_the_clock(profiles_rows):
    """A day in a minute: a slot each real second is one each 24 minutes of that clock."""
    clock = replace(Clock.parse(f"{NOON.isoformat()}@{NOON.isoformat()}*1440"), wall=lambda: NOON)
    slots = DynamoSlots(profiles_rows, clock)

    given = slots.take("email", wanted(5, before=NOON + timedelta(days=1)), ONE)

    assert {later - earlier for earlier, later in pairwise(given)} == {timedelta(minutes=24)}
