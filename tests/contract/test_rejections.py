"""Rejected events are kept and listed, in memory and on DynamoDB."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from segue.aws.rejections import DynamoRejections
from segue.events.plan import Violation
from segue.events.ports import Rejections
from segue.events.rejected import Rejected
from segue.memory.rejections import MemoryRejections
from tests.builders import NOON

DAY = date(2026, 3, 10)


@pytest.fixture(params=["memory", "aws"])
def rejections(request: pytest.FixtureRequest) -> Rejections:
    makes: dict[str, Callable[[], Rejections]] = {
        "memory": MemoryRejections,
        "aws": lambda: DynamoRejections(request.getfixturevalue("registry_rows")),
    }
    return makes[request.param]()


def a_rejected(id_: str = "m-1", *, at: datetime = NOON) -> Rejected:
    violations = (Violation("userId", "is required"), Violation("properties.total", "is required", "plan"))
    return Rejected(id=id_, source="shop", received_at=at, violations=violations, payload={"type": "track", "x": [1.5]})


def test_what_is_kept_is_listed_on_its_day_in_the_order_of_receipt(rejections):
    late, early = a_rejected("late", at=NOON + timedelta(hours=1)), a_rejected("early")
    rejections.keep([late, early, a_rejected("tomorrow", at=NOON + timedelta(days=1))])

    assert list(rejections.on(DAY)) == [early, late]


def test_keeping_one_twice_is_keeping_it_once(rejections):
    rejections.keep([a_rejected(), a_rejected()])
    rejections.keep([a_rejected()])

    assert list(rejections.on(DAY)) == [a_rejected()]


def test_two_calls_of_one_id_that_came_together_are_both_kept(rejections):
    ada, bob = (replace(a_rejected(), payload={"userId": user}) for user in ("ada", "bob"))
    rejections.keep([ada, bob])

    assert sorted(each.payload["userId"] for each in rejections.on(DAY)) == ["ada", "bob"]


def test_many_are_kept_at_once(rejections):
    rejections.keep(a_rejected(f"m-{number:03}") for number in range(60))

    assert len(list(rejections.on(DAY))) == 60


def test_a_day_without_any_is_empty(rejections):
    assert list(rejections.on(DAY)) == []


def test_those_of_a_day_are_listed_from_a_moment_on(rejections):
    rejections.keep([a_rejected("early"), a_rejected("late", at=NOON + timedelta(hours=1))])

    assert [each.id for each in rejections.on(DAY, NOON + timedelta(minutes=1))] == ["late"]
    assert [each.id for each in rejections.on(DAY, NOON)] == ["early", "late"]


def test_what_is_forgotten_is_gone_and_may_be_forgotten_again(rejections):
    rejections.keep([a_rejected("one"), a_rejected("two")])

    rejections.forget([a_rejected("one")])
    rejections.forget([a_rejected("one")])

    assert [each.id for each in rejections.on(DAY)] == ["two"]


def test_rows_expire_after_30_days_of_real_time(registry_rows):
    real = datetime(2026, 11, 22, tzinfo=UTC)
    DynamoRejections(registry_rows, seconds=real.timestamp).keep([a_rejected(at=datetime(1997, 1, 6, tzinfo=UTC))])

    [row] = registry_rows.query("REJECTED#1997-01-06")
    assert row.expires == (real + timedelta(days=30)).timestamp()
