"""What ingest makes of an event by the plan: names put right, and what does not fit rejected, noted or taken off."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.events.plan import MOST_NOTES, MOST_VIOLATIONS, Fitted, TrackingPlan

PROPERTIES = {
    "order_id": {"type": "string", "required": True, "aliases": ["orderId", "transaction_id"]},
    "total": "number",
    "currency": {"type": "string", "enum": ["EUR", "USD"]},
    "contact": {"type": "string", "format": "email"},
    "products": {
        "items": {"properties": {"sku": {"type": "string", "required": True, "aliases": ["SKU"]}, "price": "number"}}
    },
}
GOOD = {"order_id": "1", "total": 2.5, "currency": "EUR", "products": [{"sku": "a", "price": 1}]}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["sku", "SKU", "price", "x"]) | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
ORDERS = st.dictionaries(st.sampled_from([*PROPERTIES, "orderId", "transaction_id", "x"]), JSON, max_size=6)


def a_plan(**said: Any) -> TrackingPlan:
    event = {"name": "Order Completed", "aliases": ["purchase"], "properties": PROPERTIES, **said}
    return TrackingPlan.model_validate(
        {"events": [event], "traits": {"email": {"type": "string", "aliases": ["mail"]}}}
    )


def fit(properties: dict[str, Any], **said: Any) -> Fitted:
    return a_plan(**said).fit("Order Completed", properties)


def test_properties_get_their_canonical_names_within_arrays_too():
    sent = {"orderId": "1", "products": [{"SKU": "a", "price": 1}, {"sku": "b"}]}

    fitted = fit(sent)

    assert fitted.properties == {"order_id": "1", "products": [{"sku": "a", "price": 1}, {"sku": "b"}]}
    assert sent == {"orderId": "1", "products": [{"SKU": "a", "price": 1}, {"sku": "b"}]}


def test_traits_get_their_canonical_names():
    assert a_plan().fit("Identified", {}, {"mail": "a@b.c"}).traits == {"email": "a@b.c"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"order_id": "1", "orderId": "2"}, {"order_id": "1", "orderId": "2"}),
        ({"transaction_id": "3", "orderId": "2"}, {"transaction_id": "3", "order_id": "2"}),
        ({"order_id": None, "orderId": "2"}, {"order_id": "2"}),
        ({"order_id": "1", "orderId": None}, {"order_id": "1", "orderId": None}),
    ],
)
def test_of_two_names_the_canonical_one_holds_and_nothing_is_lost(sent, kept):
    assert fit(sent).properties == kept


def test_a_value_that_no_enum_knows_is_told_the_nearest():
    (violation,) = fit({**GOOD, "currency": "eur"}).violations

    assert violation.field == "properties.currency"
    assert violation.message == "must be one of 'EUR', 'USD'; did you mean 'EUR'?"


def test_a_format_is_told_in_words():
    (violation,) = fit({**GOOD, "contact": "ada"}).violations

    assert violation.message == "must be an e-mail address"


def test_the_place_within_an_array_is_named():
    (violation,) = fit({**GOOD, "products": [{"sku": "a"}, {"sku": "b", "price": "3"}]}).violations

    assert violation.field == "properties.products[1].price"


def test_warn_lets_the_event_through_with_a_note_of_each_violation():
    fitted = fit({"total": "1", "currency": "GBP"}, on_violation="warn")

    assert fitted.violations == ()
    assert fitted.properties == {"total": "1", "currency": "GBP"}
    assert fitted.notes == (
        "properties.total: must be of type number",
        "properties.currency: must be one of 'EUR', 'USD'",
        "properties.order_id: is required",
    )


def test_strip_takes_off_what_offends_and_notes_it():
    sent = {**GOOD, "total": "1", "products": [3, {"sku": "a", "price": "x"}, {"sku": 1}]}

    fitted = fit(sent, on_violation="strip")

    assert fitted.properties == {"order_id": "1", "currency": "EUR", "products": [{"sku": "a"}, {}]}
    assert "properties.products[1].price: must be of type number: taken off" in fitted.notes
    assert sent["total"] == "1"


@pytest.mark.parametrize("answer", ["allow", "strip", "warn", "reject"])
def test_a_property_that_the_plan_does_not_name_is_answered_by_itself(answer):
    fitted = fit({**GOOD, "Order_ID": "2", "products": [{"sku": "a", "colour": "red"}]}, unknown_properties=answer)

    assert bool(fitted.violations) == (answer == "reject")
    assert ("Order_ID" in fitted.properties) == (answer != "strip")
    assert ("colour" in fitted.properties["products"][0]) == (answer != "strip")
    told = [*fitted.notes, *(f"{each.field}: {each.message}" for each in fitted.violations)]
    assert any("did you mean 'order_id'?" in each for each in told) == (answer != "allow")
    assert len(told) == (0 if answer == "allow" else 2)


def test_an_answer_that_the_event_does_not_give_is_the_plans():
    plan = a_plan().model_copy(update={"on_violation": "warn"})

    assert plan.fit("Order Completed", {}).notes == ("properties.order_id: is required",)


def test_a_rejected_event_tells_what_would_only_be_noted_too():
    fitted = fit({"total": 1, "x": 1}, unknown_properties="warn")

    assert [each.field for each in fitted.violations] == ["properties.x", "properties.order_id"]


def test_what_is_told_of_an_event_never_outgrows_it():
    sent = {f"x{number}": 1 for number in range(5000)} | {"order_id": "1", "y" * 9000: 1}

    rejected, noted = fit(sent, unknown_properties="reject"), fit(sent, unknown_properties="warn")

    assert len(rejected.violations) == MOST_VIOLATIONS + 1
    assert rejected.violations[-1].message == f"and {5001 - MOST_VIOLATIONS} more"
    assert len(noted.notes) == MOST_NOTES + 1


@pytest.mark.parametrize("answer", ["strip", "warn", "reject"])
def test_many_properties_that_nobody_planned_take_a_time_that_grows_with_them_alone(answer):
    properties = {f"known_{number}": "number" for number in range(200)}
    plan = TrackingPlan.model_validate(
        {"unknown_properties": answer, "events": [{"name": "Wide", "properties": properties}]}
    )
    before = time.process_time()

    plan.fit("Wide", {f"x{number}": 1 for number in range(10_000)})

    assert time.process_time() - before < 0.5


@given(sent=ORDERS)
def test_what_was_stripped_fits_but_for_what_is_missing(sent):
    fitted = fit(sent, on_violation="strip", unknown_properties="strip")

    again = fit(dict(fitted.properties), unknown_properties="reject")

    assert not fitted.violations
    assert {each.message for each in again.violations} <= {"is required"}


@given(sent=ORDERS)
def test_to_fit_twice_is_to_fit_once(sent):
    plan = a_plan(on_violation="warn")

    once = plan.fit("Order Completed", sent)

    assert plan.fit("Order Completed", once.properties).properties == once.properties


def test_an_event_named_identified_answers_for_the_traits():
    plan = TrackingPlan.model_validate(
        {"events": [{"name": "Identified", "on_violation": "strip"}], "traits": {"age": "integer", "email": "string"}}
    )

    fitted = plan.fit("Identified", {}, {"age": "old", "email": "a@b.c"})

    assert fitted.traits == {"email": "a@b.c"}
    assert fitted.notes == ("traits.age: must be of type integer: taken off",)
