"""What a plan's files say against each other, and against the plan that they extend."""

from typing import Any

from segue.events.check import problems
from segue.events.plan import TrackingPlan
from segue.problem import Kind

BASE = TrackingPlan.model_validate({"events": [{"name": "Order Completed", "aliases": ["purchase"]}]})


def kinds(*plans: dict[str, Any], base: TrackingPlan = BASE) -> list[tuple[int, Kind]]:
    files = [(f"events/{at}.yaml", TrackingPlan.model_validate(plan)) for at, plan in enumerate(plans)]
    return [(at, problem.kind) for at, problem in problems(files, ["shop"], base)]


def an_event(name: str = "Sale", **said: Any) -> dict[str, Any]:
    return {"events": [{"name": name, **said}]}


GIFT_AS_ALIAS = an_event(aliases=["Gift"])


def test_to_say_more_of_an_event_of_the_extended_plan_is_no_mistake():
    assert kinds({"extends": ["shop"], **an_event("Order Completed", aliases=["bought", "purchase"])}) == []


def test_to_take_an_alias_or_a_name_of_the_extended_plan_is_warned_of():
    assert kinds(an_event(aliases=["purchase"])) == [(0, Kind.TAKEN_OVER)]


def test_an_alias_that_is_the_name_of_an_event_in_another_file_is_a_mistake():
    files = [
        (name, TrackingPlan.model_validate(plan)) for name, plan in (("a", GIFT_AS_ALIAS), ("b", an_event("Gift")))
    ]

    [(at, problem)] = problems(files, ["shop"], BASE)

    assert (at, problem.kind) == (0, Kind.NAME_TWICE)
    assert problem.message == "'Gift' is an event of its own in b, and can't be an alias of 'Sale'"


def test_files_may_say_the_same_of_the_whole_plan_but_not_different_things():
    assert kinds({"unknown_events": "warn"}, {"unknown_events": "warn"}) == []
    assert kinds({"unknown_events": "warn"}, {"unknown_events": "reject"}) == [(1, Kind.TWO_ANSWERS)]


def test_marks_of_personal_data_may_not_contradict_each_other_in_any_file_or_depth():
    inside = {"invite": {"properties": {"email": {"type": "string", "personal": False}}}}

    assert kinds({"traits": {"email": {"personal": True}}}, an_event(properties=inside)) == [(1, Kind.PERSONAL)]
    assert kinds({"traits": {"email": {"personal": True}}}, an_event(properties={"email": "string"})) == []


def test_what_is_inside_of_objects_and_arrays_is_checked_too():
    items = {"items": {"properties": {"size": {"type": "string", "enum": [1]}, "a": {"aliases": ["size"]}}}}

    found = kinds(an_event(properties={"products": items}))

    assert sorted(kind for _, kind in found) == [Kind.ALIAS_IS_PROPERTY, Kind.ENUM_TYPE]
