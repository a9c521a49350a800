"""What is wrong with a source is told with its place."""

from typing import Any

import pytest

from segue.events.plan import TrackingPlan
from segue.events.sources import Source
from segue.events.sources_check import problems

PLAN = TrackingPlan.model_validate({"events": [{"name": "Order Completed"}, {"name": "Email Bounced"}]})
TRACK = {"type": "track", "event": "'Order Completed'", "userId": "detail.user"}


def told(mapping: dict[str, Any], **given: Any) -> list[tuple[tuple[str | int, ...], str, str]]:
    source = Source.model_validate({"source": "crm", "pattern": {"source": ["crm"]}, "mapping": mapping, **given})
    return [(each.place, each.message, each.hint) for each in problems(source, PLAN)]


def test_a_good_source_has_no_problems() -> None:
    assert told(TRACK) == []


@pytest.mark.parametrize(
    ("mapping", "place", "message"),
    [
        ({"type": "track", "event": "'Order Completed'"}, ("mapping", 0), "names nobody"),
        (
            {**TRACK, "event": "'Order Complete'"},
            ("mapping", 0, "event"),
            "the tracking plan knows no event 'Order Complete'",
        ),
        ({**TRACK, "event": "'Email Bounced'"}, ("mapping", 0, "event"), "only a channel's provider knows"),
        ({"type": "track", "userId": "detail.user"}, ("mapping", 0, "type"), "a track call needs 'event'"),
        ({"type": "group", "userId": "detail.user"}, ("mapping", 0, "type"), "a group call needs 'groupId'"),
        ({"type": "alias", "userId": "detail.user"}, ("mapping", 0, "type"), "an alias call needs 'previousId'"),
    ],
)
def test_a_mapping_that_makes_no_use_is_found(mapping, place, message) -> None:
    [(found, said, _)] = told(mapping)

    assert found == place
    assert message.replace("an alias", "a alias") in said


def test_a_misspelt_event_has_a_hint() -> None:
    [(_, _, hint)] = told({**TRACK, "event": "'Order Complete'"})

    assert hint == "did you mean 'Order Completed'?"


def test_a_name_that_is_looked_up_in_the_event_is_not_checked() -> None:
    assert told({**TRACK, "event": "detail.name"}) == []


def test_feedback_is_allowed_where_it_is_marked() -> None:
    assert told({**TRACK, "event": "'Email Bounced'"}, feedback=True) == []


@pytest.mark.parametrize("name", ["import", "segue"])
def test_a_name_that_other_events_come_under_is_taken(name) -> None:
    [(place, message, _)] = told(TRACK, source=name)

    assert (place, message) == (("source",), f"{name!r} is the source of other events already")


def test_a_source_cannot_say_what_only_segue_tells() -> None:
    for feedback in (True, False):
        [(place, message, _)] = told({**TRACK, "event": "'Session Ended'"}, feedback=feedback)

        assert (place, message) == (("mapping", 0, "event"), "'Session Ended' is told by Segue alone")
