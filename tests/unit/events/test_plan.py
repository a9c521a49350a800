"""The tracking plan: names, aliases, and what does not fit."""

import pytest
from pydantic import ValidationError

from segue.events.plan import Property, TrackingPlan, Violation

PLAN = TrackingPlan.model_validate(
    {
        "unknown_events": "reject",
        "events": [
            {
                "name": "Order Completed",
                "description": "An order was paid.",
                "aliases": ["order_completed", "Completed Order"],
                "properties": {"order_id": {"type": "string", "required": True}, "total": "number"},
            },
            {"name": "Session Ended"},
        ],
        "traits": {"email": "string", "age": "integer"},
    }
)


def test_an_alias_has_a_canonical_name():
    assert PLAN.canonical("order_completed") == "Order Completed"
    assert PLAN.canonical("Order Completed") == "Order Completed"
    assert PLAN.canonical("Never Heard") == "Never Heard"


def test_the_names_of_the_spec_are_always_known():
    assert PLAN.knows("Page Viewed")
    assert PLAN.knows("Completed Order")
    assert not PLAN.knows("Never Heard")
    assert "Identified" in PLAN.names


def test_a_misspelt_name_has_a_nearest():
    assert PLAN.nearest("Ordr Completed") == "Order Completed"
    assert PLAN.nearest("xyz") is None


def test_every_violation_is_told_at_once():
    fitted = PLAN.fit("Order Completed", {"total": "12"}, {"email": 3, "age": 3.5})

    assert set(fitted.violations) == {
        Violation("properties.order_id", "is required", "plan"),
        Violation("properties.total", "must be of type number", "plan"),
        Violation("traits.email", "must be of type string", "plan"),
        Violation("traits.age", "must be of type integer", "plan"),
    }


def test_what_fits_and_what_is_not_named_passes_as_it_is():
    properties, traits = {"order_id": "1", "total": 3, "more": [1]}, {"age": 3.0}

    fitted = PLAN.fit("Order Completed", properties, traits)

    assert (fitted.violations, fitted.notes) == ((), ())
    assert fitted.properties is properties
    assert fitted.traits is traits


def test_an_unknown_event_is_answered_as_the_plan_says():
    (violation,) = PLAN.fit("Never Heard", {}).violations
    warned = TrackingPlan(unknown_events="warn").fit("Never Heard", {})

    assert violation == Violation("event", "'Never Heard' is not in the tracking plan", "plan")
    assert PLAN.fit("ORDER-COMPLETED", {}).violations[0].message.endswith("did you mean 'Order Completed'?")
    assert PLAN.fit("Page Viewed", {}).violations == ()
    assert TrackingPlan().fit("Never Heard", {}).violations == ()
    assert (warned.violations, warned.notes) == ((), ("event: 'Never Heard' is not in the tracking plan",))


@pytest.mark.parametrize(
    ("kind", "fits", "misfits"),
    [
        ("any", [None, 1, "x"], []),
        ("string", ["x", ""], [1, True, []]),
        ("number", [1, 1.5], [True, "1"]),
        ("integer", [1, 2.0], [1.5, True, "1", float("inf")]),
        ("boolean", [True], [1, "true"]),
        ("datetime", ["2026-03-10", "2026-03-10T13:00:00Z"], [1, "soon"]),
        ("object", [{}], [[]]),
        ("array", [[]], [{}]),
    ],
)
def test_types(kind, fits, misfits):
    planned = Property(type=kind)

    assert all(planned.admits(value) for value in fits)
    assert not any(planned.admits(value) for value in misfits)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([{"name": ""}], "at least 1 character"),
        ([{"name": "A", "propertys": {}}], "Extra inputs"),
        ([{"name": "A", "properties": {"x": "nubmer"}}], "Input should be"),
    ],
)
def test_a_wrong_plan_does_not_load(events, message):
    with pytest.raises(ValidationError, match=message):
        TrackingPlan.model_validate({"events": events})


def test_a_plan_survives_json():
    assert TrackingPlan.model_validate_json(PLAN.model_dump_json()) == PLAN
