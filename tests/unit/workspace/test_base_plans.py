"""The plans that come with Segue: they load, agree with each other, and admit what Segment's own pages show."""

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from segue.events import check
from segue.events.merge import all_over
from segue.events.plan import TrackingPlan
from segue.workspace.base_plans import NAMES, base_plan

RECORDED = Path(__file__).parents[4] / "shared" / "data" / "segment_spec" / "segment_payloads.jsonl"
SPECS = ("ecommerce", "email.md", "mobile.md", "b2b-saas.md")


def shown() -> Iterator[tuple[str, dict[str, Any]]]:
    for line in RECORDED.read_text().splitlines():
        record = json.loads(line)
        if not any(spec in record["source"] for spec in SPECS):
            continue
        if record["kind"] == "js_call" and record["method"] == "track" and isinstance(record["args"][0], str):
            yield record["args"][0], record["args"][1]
        elif record["kind"] != "js_call" and isinstance(record["payload"], dict) and "event" in record["payload"]:
            yield record["payload"]["event"], record["payload"].get("properties") or {}


def everything() -> TrackingPlan:
    return all_over([base_plan(name) for name in NAMES])


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_has_no_mistakes(name: str) -> None:
    assert list(check.problems([(name, base_plan(name))], NAMES, TrackingPlan())) == []


def test_no_two_plans_give_a_name_to_different_events() -> None:
    for lower, upper in combinations(NAMES, 2):
        assert list(check.problems([(upper, base_plan(upper))], NAMES, base_plan(lower))) == []


def test_each_event_says_what_it_is() -> None:
    assert [event.name for event in everything().events if not event.description] == []


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("add_to_cart", "Product Added"),
        ("Added Product", "Product Added"),
        ("purchase", "Order Completed"),
        ("Completed Order", "Order Completed"),
        ("Viewed Product", "Product Viewed"),
        ("sign_up", "Signed Up"),
    ],
)
def test_common_names_are_known(alias: str, name: str) -> None:
    assert everything().canonical(alias) == name


def test_common_names_of_properties_are_known() -> None:
    sent = {"transaction_id": "1", "items": [{"item_id": "p", "SKU": "s", "item_name": "n"}]}

    fitted = everything().fit("purchase", sent)

    assert fitted.properties == {"order_id": "1", "products": [{"product_id": "p", "sku": "s", "name": "n"}]}


def test_the_plan_survives_the_bundle() -> None:
    plan = everything()

    assert TrackingPlan.model_validate_json(plan.model_dump_json(exclude_defaults=True)) == plan


@pytest.mark.skipif(not RECORDED.exists(), reason="no recorded data here")
def test_what_the_spec_shows_fits_and_each_of_its_events_is_known() -> None:
    plan, examples = everything(), list(shown())

    unfit = {name: plan.fit(name, properties).violations for name, properties in examples}

    assert len(examples) > 50
    assert {name: violations for name, violations in unfit.items() if violations} == {}
    assert {name for name, _ in examples if not plan.knows(name)} == {"ShoeA Clicked"}
