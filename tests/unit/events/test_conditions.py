"""Conditions: they answer, and they never do harm."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from segue.events.conditions import Condition, Facts, Trouble
from tests.builders import NOON

FACTS = {
    "event": {
        "name": "Order Completed",
        "timestamp": NOON,
        "properties": {"total": 120, "price": 9.5, "coupon": None, "items": [{"sku": "a"}, {"sku": "b"}], "a b": 1},
    },
    "profile": {"traits": {"plan": "gold"}, "events": {"Order Completed": {"count": 3, "last": NOON}}},
    "now": NOON + timedelta(hours=25),
}


def troubles(text: str, facts: Any = FACTS) -> tuple[bool, list[Trouble]]:
    found: list[Trouble] = []
    return Condition.parse(text).holds(facts, found.append), found


@pytest.mark.parametrize(
    "text",
    [
        "event.properties.total > 100",
        "event.properties.total > 100.5",
        "event.properties.total == 120.0",
        "profile.events['Order Completed'].count >= 3",
        "event.properties.items.exists(item, item.sku == 'b')",
        "now - event.timestamp > duration('24h')",
        "has(event.properties.coupon) && event.properties.coupon == null",
        "!has(event.properties.voucher)",
        "event.name.startsWith('Order') && profile.traits.plan in ['gold', 'silver']",
        "event.timestamp.getHours() == 13",
        "int('3') == 3 && string(3) == '3' && size('abc') == 3",
        "true",
    ],
)
def test_a_condition_that_is_so_holds(text):
    assert troubles(text) == (True, [])


@pytest.mark.parametrize(
    "text",
    [
        "event.properties.total > 120",
        "event.properties.voucher == 'x'",
        "event.nothing.here == 1",
        "!(event.properties.voucher == 'x')",
        "run.entry.name == 'x' && false",
    ],
)
def test_a_condition_that_is_not_so_or_misses_a_key_does_not_hold(text):
    assert troubles(text, {**FACTS, "run": {}}) == (False, [])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("event.name > 3", "values of kinds"),
        ("event.properties.coupon > 3", "values of kinds"),
        ("event.properties.total / 0 == 1", "division by zero"),
        ("event.properties.items[9].sku == 'a'", "beyond the end"),
        ("event.properties.total", "is a int, not true or false"),
        ("run.entry.name == 'x'", "cannot be evaluated"),
        ("event.name.matches('(')", "cannot be evaluated"),
    ],
)
def test_a_condition_without_an_answer_is_a_no_and_is_told_without_quoting_data(text, why):
    held, [trouble] = troubles(text)

    assert not held
    assert trouble.condition == text
    assert why in trouble.why
    assert "Order Completed" not in trouble.why


@pytest.mark.parametrize("value", [{1, 2}, "\ud800", object(), {None: 1}])
def test_facts_that_cannot_be_converted_are_a_told_no(value):
    held, found = troubles("event.x == 1", {"event": {"x": value}})

    assert not held
    assert len(found) == 1


@pytest.mark.parametrize("value", [10**30, float("inf"), float("nan"), "\0", [[[]]]])
def test_odd_values_are_harmless(value):
    assert not troubles("event.x == 1", {"event": {"x": value}})[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 +", "column 4"),
        ("", "column 1"),
        ("event..x", "column 7"),
        ("event.name.startWith('x')", "unknown function 'startWith'; did you mean 'startsWith'?"),
        ("evnt.name == 'x'", "unknown variable 'evnt'; did you mean 'event'?"),
        ("(" * 300 + "1" + ")" * 300, "column"),
    ],
)
def test_a_mistake_is_told_in_one_line(text, message):
    with pytest.raises(ValueError) as told:
        Condition.parse(text)

    assert message in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("event.properties.total > 100", {"event.properties.total"}),
        ("event['properties']['cart id'] == \"profile.x\"", {"event.properties.cart id"}),
        ("event.properties.items.exists(i, i.price > 3) && now > run.entry.timestamp // profile.y",
         {"event.properties.items", "now", "run.entry.timestamp"}),
        ("profile.traits.name.startsWith('A') || size(profile.traits.tags) > 0",
         {"profile.traits.name", "profile.traits.tags"}),
        ("has(event.properties.x) ? true : event.timestamp.getHours() in [1, 2]",
         {"event.properties.x", "event.timestamp"}),
        ("[event.a, event.b].filter(x, x > 1).all(y, y < event.c)", {"event.a", "event.b", "event.c"}),
        ("event.items[0].sku == 'a' && event.name.size() > 1", {"event.items", "event.name"}),
        ("profile.events['Order Completed'].count > 1", {"profile.events.Order Completed.count"}),
    ],
)  # fmt: skip
def test_references_are_the_paths_it_reads(text, paths):
    assert Condition.parse(text).references() == paths


def test_facts_are_converted_once_for_many_conditions():
    facts = Facts(FACTS)

    assert Condition.parse("event.properties.total > 100").holds(facts)
    assert facts.context is facts.context


def test_a_model_reads_and_writes_a_condition_as_its_text():
    class Rule(BaseModel):
        when: Condition | None = None

    rule = Rule.model_validate({"when": "event.properties.total > 1"})

    assert rule.when == Condition.parse("event.properties.total > 1")
    assert Rule.model_validate_json(rule.model_dump_json()) == rule
    assert rule.model_dump() == {"when": "event.properties.total > 1"}
    assert Rule.model_json_schema()["properties"]["when"]["anyOf"][0] == {"type": "string"}
    with pytest.raises(ValidationError, match="column 4"):
        Rule.model_validate({"when": "1 +"})


def test_the_command_line_of_the_cel_package_is_not_imported_and_the_package_still_can_be():
    script = """
import sys
from segue.events.conditions import Condition
assert Condition.parse("now == now").holds({"now": 1})
assert "cel" not in sys.modules and "typer" not in sys.modules and "rich" not in sys.modules
import cel
assert cel.evaluate("1 + 1") == 2
"""
    subprocess.run([sys.executable, "-c", script], check=True)
