from datetime import timedelta

import pytest

from segue.events.conditions import Trouble
from segue.journeys.entries import entries, run_id
from tests.builders import NOON, a_profile, an_event
from tests.journeys.examples import a_journey


def begun(entry: dict[str, object], **given: object) -> list[str]:
    notice = entries([a_journey(entry={"event": "Order Completed", **entry})])
    return [enter.key for enter in notice(a_profile(events={"Order Completed": 1}), an_event(**given))]


def test_the_event_of_the_entry_begins_a_run() -> None:
    assert begun({}) == [""]
    assert begun({}, name="Order Paid") == []


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("event.properties.total > 10", True),
        ("event.properties.total > 100", False),
        ("event.properties.missing > 100", False),
        ('profile.events["Order Completed"].count == 1', True),
        ('profile.traits.email.endsWith("@example.com")', True),
        ("now == event.timestamp", True),
    ],
)
def test_when_and_unless_decide(condition: str, holds: bool) -> None:
    assert begun({"when": condition}, properties={"total": 20}) == ([""] if holds else [])
    assert begun({"unless": condition}, properties={"total": 20}) == ([] if holds else [""])


def test_the_key_comes_from_the_event() -> None:
    assert begun({"key": "event.properties.cart_id"}, properties={"cart_id": 7}) == ["7"]
    assert begun({"key": "event.properties.cart_id"}) == [""]


def test_a_condition_without_an_answer_is_told() -> None:
    troubles: list[Trouble] = []
    journey = a_journey(entry={"event": "Order Completed", "when": "event.properties.total > 10"})

    assert entries([journey], troubles.append)(a_profile(), an_event(properties={"total": "much"})) == ()
    assert len(troubles) == 1


def test_the_run_id_is_the_same_for_the_same_entry_and_fits_an_execution() -> None:
    longest = "j" * 40
    ids = {
        run_id(longest, an_event(message_id=message, user_id=user), key)
        for message in ("m1", "m2")
        for user in ("ada", "bob")
        for key in ("", "k" * 500)
    }

    assert len(ids) == 8
    assert run_id("a", an_event(), "") == run_id("a", an_event(at=NOON, received_at=NOON + timedelta(1)), "")
    assert all(len(each) <= 80 and each.replace("-", "").isalnum() for each in ids)
