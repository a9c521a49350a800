"""A plan is proposed from real events: it loads without a mistake, and rejects none of what it was made of."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from segue.cli.main import app
from segue.events import check
from segue.events.merge import all_over
from segue.events.plan import TrackingPlan
from segue.planning.observe import Observed
from segue.planning.propose import propose
from segue.workspace.base_plans import NAMES, base_plan
from segue.workspace.load import inspect
from segue.workspace.source import read

RECORDED = Path(__file__).parents[4] / "shared" / "data"
KNOWN = all_over([base_plan(name) for name in NAMES])

TEXTS = st.text(max_size=6) | st.sampled_from(["a", "b", "2026-03-10", "ada@example.com", "no", "1", "# x", "a: b"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["sku", "SKU", "id", "x"]), inner),
    max_leaves=6,
)
PROPERTIES = st.dictionaries(
    st.sampled_from(["order_id", "orderId", "OrderID", "products", "items", "total", "id", "product_id"]) | TEXTS,
    VALUES,
    max_size=5,
)
EVENTS = st.sampled_from(
    ["Order Completed", "purchase", "order-completed", "Product Added", "add_to_cart", "Never Heard"]
)


def tracked(event: str, /, **properties: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, "userId": "ada", "properties": properties}


def inferred(calls: Iterable[dict[str, Any]], only: tuple[str, ...] = ()) -> str:
    observed = Observed(KNOWN)
    for call in calls:
        observed.add(call)
    return propose(observed, source="events.jsonl", extends=NAMES, only=only)


def loaded(text: str, folder: Path) -> TrackingPlan:
    """As the workspace's loader reads it, over what it extends."""
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    document = read(folder / "plan.yaml", folder)
    assert document.mistakes == ()
    plan = TrackingPlan.model_validate(document.value)
    base = all_over([base_plan(name) for name in plan.extends])
    assert list(check.problems([("plan.yaml", plan)], NAMES, base)) == []
    return all_over([base, plan])


@settings(deadline=None)
@given(
    calls=st.lists(st.builds(lambda event, said: tracked(event, **said), EVENTS, PROPERTIES), min_size=1, max_size=12)
)
def test_what_is_proposed_loads_and_fits_what_it_was_made_of(calls, tmp_path_factory):
    plan = loaded(inferred(calls), tmp_path_factory.mktemp("plan"))

    for call in calls:
        fitted = plan.fit(call["event"], call["properties"])
        assert fitted.notes == ()
        assert fitted.violations == ()


def test_names_that_the_specs_know_become_canonical():
    plan = yaml.safe_load(inferred([tracked("add-to-cart", productId="1", SKU="s"), tracked("Added Product")]))

    (event,) = plan["events"]
    assert (event["name"], event["aliases"]) == ("Product Added", ["Added Product", "add-to-cart"])
    assert event["properties"]["product_id"] == {"type": "string", "aliases": ["productId"]}
    assert event["properties"]["sku"]["aliases"] == ["SKU"]


def test_a_name_beside_the_one_it_stands_for_is_a_property_of_its_own():
    plan = yaml.safe_load(inferred([tracked("Product Added", product_id="1", id=7), tracked("Product Added", id="2")]))

    assert plan["events"][0]["properties"] == {"product_id": "string", "id": "any"}


def test_what_every_event_has_is_required_if_there_are_enough():
    few = yaml.safe_load(inferred(tracked("Played", song="a") for _ in range(9)))
    many = yaml.safe_load(inferred([*(tracked("Played", song="a") for _ in range(10)), tracked("Skipped")]))

    assert few["events"][0]["properties"]["song"] == "string"
    assert many["events"][0]["properties"]["song"] == {"type": "string", "required": True}


def test_what_a_known_plan_requires_and_the_events_lack_is_not_required():
    plan = yaml.safe_load(inferred([tracked("Order Completed", total=1)]))

    assert plan["events"][0]["properties"]["order_id"] == {"required": False}


def test_types_are_the_narrowest_that_fit():
    calls = [
        tracked("Played", a=1, b=1, c="2026-03-10", d="x", e=True, f=[1], g={"h": 1}, i=1),
        tracked("Played", a=2, b=1.5, c="2026-03-11T10:00:00Z", d="2026-03-10", e=False, f=[2.5], g={"h": 2}, i="1"),
    ]

    properties = yaml.safe_load(inferred(calls))["events"][0]["properties"]

    assert {name: each if isinstance(each, str) else each["type"] for name, each in properties.items()} == {
        "a": "integer",
        "b": "number",
        "c": "datetime",
        "d": "string",
        "e": "boolean",
        "f": "array",
        "g": "object",
        "i": "any",
    }
    assert properties["f"]["items"] == "number"
    assert properties["g"]["properties"] == {"h": "integer"}


def test_few_values_on_many_events_are_an_enum_but_not_of_an_id():
    calls = [tracked("Played", quality=("low", "high")[number % 2], song_id="12"[number % 2]) for number in range(60)]

    properties = yaml.safe_load(inferred(calls))["events"][0]["properties"]

    assert properties["quality"] == {"type": "string", "enum": ["high", "low"], "required": True}
    assert properties["song_id"] == {"type": "string", "required": True}


@pytest.mark.parametrize("name", ["email", "firstName", "last_name", "phone_number", "billingAddress", "DOB"])
def test_what_tells_who_a_person_is_is_marked_by_its_name(name):
    traits = yaml.safe_load(inferred([{"type": "identify", "userId": "a", "traits": {name: "x", "plan": "x"}}]))[
        "traits"
    ]

    assert traits == {name: {"type": "string", "personal": True}, "plan": "string"}


def test_addresses_are_personal_whatever_their_name():
    plan = yaml.safe_load(inferred([tracked("Invited", whom="ada@example.com")]))

    assert plan["events"][0]["properties"]["whom"] == {"type": "string", "personal": True}


def test_the_counts_stand_beside_the_guesses_and_the_most_frequent_first():
    text = inferred([tracked("Skipped"), tracked("Played", song="a"), tracked("Played"), tracked("Ordr Completed")])

    assert "- name: Played   # 2 events" in text
    assert "song: string   # 1 of 2" in text
    assert "- name: Ordr Completed   # 1 events; perhaps Order Completed is meant?" in text
    assert text.index("Played") < text.index("Skipped")


def test_one_event_can_be_taken_alone():
    plan = yaml.safe_load(inferred([tracked("Skipped"), tracked("add_to_cart")], only=("add_to_cart",)))

    assert [event["name"] for event in plan["events"]] == ["Product Added"]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["plan", "infer", *map(str, arguments)])


EXAMPLE = Path(__file__).parents[3] / "workspace"


def test_beside_the_files_of_a_workspace_it_holds_what_is_new_and_lints_clean(tmp_path):
    workspace = tmp_path / "workspace"
    shutil.copytree(EXAMPLE, workspace)
    calls = [
        tracked("Order Completed", order_id="1", gift=True, product_id="7"),
        tracked("Order-Completed", order_id="1"),
        tracked("Segment Consent Preference Updated"),
        tracked("Coupon Entered", coupon_id="c", shown_at="2026-03-10"),
        tracked("Played", song="a"),
        {"type": "identify", "userId": "ada", "traits": {"firstName": "Ada", "email": "a@b.cd", "plan": "x"}},
    ]
    (tmp_path / "events.jsonl").write_text("".join(f"{json.dumps(call)}\n" for call in calls))
    proposed = workspace / "events" / "proposed.yaml"

    for _ in range(2):  # what it has written itself is no other file's
        told = run(tmp_path / "events.jsonl", "--out", proposed)

        assert told.exit_code == 0, told.output
        assert "2 events proposed" in told.output
        assert inspect(workspace).mistakes == ()
    text, plan = proposed.read_text(), yaml.safe_load(proposed.read_text())
    assert [(event["name"], list(event["properties"])) for event in plan["events"]] == [
        ("Coupon Entered", ["shown_at"]),
        ("Played", ["song"]),
    ]
    assert list(plan["traits"]) == ["plan"]
    assert (
        "# Order Completed stands in the workspace already. It does not have: aliases Order-Completed; "
        "properties gift, product_id" in text
    )


def test_every_event_answers_for_itself_and_traits_by_the_event_that_they_come_with():
    plan = yaml.safe_load(inferred([tracked("Played"), {"type": "identify", "userId": "a", "traits": {"plan": "x"}}]))

    assert "on_violation" not in plan
    assert [(event["name"], event["on_violation"]) for event in plan["events"]] == [
        ("Played", "warn"),
        ("Identified", "warn"),
    ]


def test_a_folder_that_is_no_workspace_is_said_so(tmp_path):
    (tmp_path / "events.jsonl").write_text(json.dumps(tracked("Played")))

    told = run(tmp_path / "events.jsonl", "--workspace", tmp_path)

    assert told.exit_code == 1
    assert "is no workspace" in told.output


def test_rows_that_cannot_be_read_are_told_by_number_and_passed_over(tmp_path):
    (tmp_path / "events.jsonl").write_text(json.dumps(tracked("Played", song="a")) + '\n{"type": "tra')

    told = run(tmp_path / "events.jsonl", "--out", tmp_path / "plan.yaml")

    assert told.exit_code == 0
    assert "row 2 is passed over: not JSON" in told.output
    assert loaded((tmp_path / "plan.yaml").read_text(), tmp_path).knows("Played")


def test_a_file_without_any_event_is_told(tmp_path):
    (tmp_path / "events.jsonl").write_text("{\n")

    told = run(tmp_path / "events.jsonl")

    assert told.exit_code == 1
    assert "No event" in told.output


def test_memory_does_not_grow_with_what_is_seen():
    observed = Observed(KNOWN)
    for number in range(3000):
        observed.add(tracked(f"Event {number}", **{f"x{number}": f"{number}"}))
        observed.add(tracked("Event 1", **{f"x{number}": f"{number}"}, same=f"{number}"))

    assert len(observed.events) == 1000
    assert len(observed.events["Event 1"].properties.values) == 200
    assert observed.events["Event 1"].properties.values["same"].values is None
    assert observed.passed == {"events beyond the first 1000 names": 2000}


@pytest.mark.skipif(not RECORDED.exists(), reason="no recorded data here")
def test_the_payloads_of_the_segment_spec_give_a_plan_that_admits_them(tmp_path):
    lines = (RECORDED / "segment_spec" / "segment_payloads.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    calls = [record["payload"] for record in records if record["kind"] != "js_call" and "payload" in record]
    calls += [
        tracked(record["args"][0], **record["args"][1])
        for record in records
        if record["kind"] == "js_call" and record["method"] == "track" and isinstance(record["args"][0], str)
    ]
    (tmp_path / "events.jsonl").write_text("".join(f"{json.dumps(call)}\n" for call in calls))

    told = run(tmp_path / "events.jsonl", "--out", tmp_path / "plan.yaml")

    assert told.exit_code == 0, told.output
    plan = loaded((tmp_path / "plan.yaml").read_text(), tmp_path)
    sent = [call for call in calls if isinstance(call, dict) and call.get("type") == "track" and call.get("event")]
    assert len(sent) > 40
    for call in sent:
        assert plan.fit(call["event"], call.get("properties") or {}).notes == (), call


@pytest.mark.skipif(not RECORDED.exists(), reason="no recorded data here")
def test_a_table_whose_last_line_is_cut_off_gives_a_plan_too(tmp_path):
    (table,) = (RECORDED / "taobao_2h").glob("*.csv.gz")
    mapping = {
        "columns": ["user", "item", "category", "behaviour", "at"],
        "calls": [
            {
                "when": {"behaviour": behaviour},
                "event": event,
                "user_id": "{user}",
                "timestamp": {"column": "at", "format": "unix"},
                "properties": {"productId": "{item}", "category": "{category}"},
            }
            for behaviour, event in {"pv": "product_viewed", "cart": "add_to_cart", "fav": "Liked"}.items()
        ],
    }
    (tmp_path / "mapping.yaml").write_text(yaml.safe_dump(mapping))

    told = run(table, "--mapping", tmp_path / "mapping.yaml", "--out", tmp_path / "plan.yaml")

    assert told.exit_code == 0, told.output
    assert "row 96169 is passed over" in told.output
    plan = loaded((tmp_path / "plan.yaml").read_text(), tmp_path)
    assert plan.event("add_to_cart").properties["product_id"].required
    assert plan.knows("Liked")
