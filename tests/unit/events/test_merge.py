"""A workspace's plan over one that it extends: its own words win."""

from typing import Any

from segue.events.merge import all_over, over
from segue.events.plan import TrackingPlan

BASE = TrackingPlan.model_validate(
    {
        "events": [
            {
                "name": "Order Completed",
                "description": "Paid.",
                "aliases": ["purchase", "Completed Order"],
                "properties": {
                    "order_id": {"type": "string", "required": True, "aliases": ["orderId", "id"]},
                    "total": {"type": "number", "unit": "EUR"},
                    "products": {"items": {"properties": {"sku": "string", "price": "number"}}},
                },
            },
            {"name": "Order Refunded", "aliases": ["refund"]},
        ],
        "traits": {"email": "string"},
    }
)


def merged(*events: dict[str, Any], **said: Any) -> TrackingPlan:
    return over(BASE, TrackingPlan.model_validate({"events": list(events), **said}))


def test_what_is_not_said_is_the_lower_plans():
    event = merged({"name": "Order Completed", "owner": "shop", "properties": {"gift": "boolean"}}).event("purchase")

    assert event
    assert (event.owner, event.description) == ("shop", "Paid.")
    assert list(event.properties) == ["order_id", "total", "products", "gift"]


def test_what_is_said_wins_word_by_word():
    plan = merged({"name": "Order Completed", "properties": {"order_id": {"required": False}, "total": {"unit": "ct"}}})

    planned = plan.event("Order Completed").properties

    assert (planned["order_id"].required, planned["order_id"].type) == (False, "string")
    assert (planned["total"].unit, planned["total"].type) == ("ct", "number")


def test_another_type_takes_along_what_was_said_of_the_old_one():
    plan = merged({"name": "Order Completed", "properties": {"products": "string", "total": "string"}})

    planned = plan.event("Order Completed").properties

    assert (planned["products"].type, planned["products"].items) == ("string", None)
    assert planned["total"].unit == ""


def test_what_is_inside_is_merged_too():
    inner = {"items": {"properties": {"price": "string", "colour": "string"}}}

    plan = merged({"name": "Order Completed", "properties": {"products": inner}})

    items = plan.event("Order Completed").properties["products"].items.properties
    assert {name: each.type for name, each in items.items()} == {"sku": "string", "price": "string", "colour": "string"}


def test_a_name_that_is_taken_over_is_no_alias_of_the_lower_event_any_more():
    plan = merged({"name": "Sale", "aliases": ["purchase", "Order Refunded"]})

    assert plan.canonical("purchase") == "Sale"
    assert plan.canonical("Completed Order") == "Order Completed"
    assert plan.canonical("Order Refunded") == "Sale"
    assert "Order Refunded" not in plan.names


def test_a_property_that_is_taken_over_is_none_of_the_lower_plan_any_more():
    plan = merged({"name": "Order Completed", "properties": {"number": {"aliases": ["order_id"]}}})

    assert plan.fit("Order Completed", {"order_id": "1"}).properties == {"number": "1"}


def test_the_last_plan_is_the_uppermost_and_answers_for_all():
    plan = all_over([BASE, TrackingPlan(on_violation="warn"), TrackingPlan(traits={"plan": {"type": "string"}})])

    assert plan.on_violation == "warn"
    assert list(plan.traits) == ["email", "plan"]


def test_a_plan_that_was_asked_before_is_merged_all_the_same():
    assert BASE.canonical("refund") == "Order Refunded"

    assert merged({"name": "Given Back", "aliases": ["refund"]}).canonical("refund") == "Given Back"
