"""The schemas for editors: each file of the example workspace holds against its own, and mistakes are found by it."""

import json
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from typer.testing import CliRunner

from segue.cli.main import app
from segue.decisions.policy import Policy
from segue.workspace.kinds import EXAMPLES
from segue.workspace.schemas import WRITTEN, schema
from segue.workspace.source import read

WORKSPACE = Path("workspace")
BROKEN = Path(__file__).parent / "broken"
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def files(kind: str, folder: Path = WORKSPACE) -> list[Path]:
    found = sorted(folder.glob(WRITTEN[kind].files))
    return [file for file in found if file.name.endswith(EXAMPLES) == WRITTEN[kind].files.endswith(EXAMPLES)]


def holds(value: Any, by: dict[str, Any], root: dict[str, Any]) -> bool:  # noqa: PLR0911 - a table of cases
    """JSON Schema, as far as pydantic writes it."""
    if "$ref" in by:
        return holds(value, root["$defs"][by["$ref"].rpartition("/")[2]], root)
    if "anyOf" in by or "oneOf" in by:
        return any(holds(value, each, root) for each in by.get("anyOf", by.get("oneOf")))
    if "const" in by:
        return bool(value == by["const"])
    if "enum" in by and value not in by["enum"]:
        return False
    if "type" in by and (
        not isinstance(value, TYPES[by["type"]]) or (isinstance(value, bool) and by["type"] in ("number", "integer"))
    ):
        return False
    match value:
        case str():
            return re.search(by.get("pattern", ""), value) is not None and len(value) >= by.get("minLength", 0)
        case dict():
            return _object_holds(value, by, root)
        case list():
            return len(value) >= by.get("minItems", 0) and all(holds(each, by.get("items", {}), root) for each in value)
        case _:
            return by.get("minimum", value) <= value <= by.get("maximum", value) if isinstance(value, int) else True


def _object_holds(value: dict[str, Any], by: dict[str, Any], root: dict[str, Any]) -> bool:
    known, other = by.get("properties", {}), by.get("additionalProperties", True)
    if not set(by.get("required", ())) <= value.keys():
        return False
    return all(
        holds(each, known[name], root)
        if name in known
        else (other if isinstance(other, bool) else holds(each, other, root))
        for name, each in value.items()
    )


@pytest.mark.parametrize("kind", WRITTEN)
def test_every_file_of_the_example_workspace_holds_against_its_schema(kind: str) -> None:
    by = schema(WRITTEN[kind])

    assert files(kind)
    for file in files(kind):
        assert holds(read(file, WORKSPACE).value, by, by), file


@pytest.mark.parametrize("kind", ["workspace", "policy", "events"])
def test_mistakes_are_found_by_the_schema(kind: str) -> None:
    by = schema(WRITTEN[kind])

    assert not any(holds(read(file, BROKEN).value, by, by) for file in files(kind, BROKEN))


def test_short_forms_hold() -> None:
    events, journey = schema(WRITTEN["events"]), schema(WRITTEN["journey"])
    plan = yaml.safe_load("{traits: {email: string, tags: {items: string}}}")
    ends = {"journey": "a", "entry": {"event": "A", "again": "after 7d"}, "steps": [{"wait": "1d"}, "exit"]}

    assert holds(plan, events, events)
    assert holds(ends, journey, journey)
    assert not holds({**ends, "steps": ["exti"]}, journey, journey)


def test_an_example_of_a_source_is_checked_word_by_word() -> None:
    by = schema(WRITTEN["source-examples"])
    example = {"name": "a ticket", "event": {"id": "1"}, "expect": {"calls": [{"userId": "ada"}]}}

    assert holds([example], by, by)
    assert not holds([{**example, "expect": {"call": []}}], by, by)
    assert not holds([{"name": "no event", "expect": {}}], by, by)


@pytest.mark.parametrize("kind", WRITTEN)
def test_a_schema_has_a_title_and_tells_what_it_is_about(kind: str) -> None:
    made = schema(WRITTEN[kind])

    assert made["title"] == WRITTEN[kind].title
    assert made["description"]


def test_a_default_is_shown_as_it_is_written() -> None:
    category = schema(WRITTEN["policy"])["$defs"]["Category"]["properties"]

    assert "default" not in category["expires_after"]
    assert category["unknown_time_zone"]["default"] == "worst_case"


@pytest.mark.parametrize(
    ("rate", "fits"), [("50/s", True), ("600/m", True), ("0/s", False), ("50", False), ("1.5/s", False), ("5/d", False)]
)
def test_a_rate_is_told_in_the_schema_as_it_is_read(rate: str, fits: bool) -> None:
    said, made = {"channels": {"email": {"rate": rate}}}, schema(WRITTEN["policy"])

    assert holds(said, made, made) is fits
    with nullcontext() if fits else pytest.raises(ValidationError):
        Policy.model_validate(said)


def test_what_a_plan_may_say_is_told_word_by_word() -> None:
    made = schema(WRITTEN["events"])

    for part in (made, made["$defs"]["PlannedEvent"], made["$defs"]["Property"]):
        assert [name for name, each in part["properties"].items() if "description" not in each] == []


def test_one_file_is_written_for_each_kind(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["schema", "--out", str(tmp_path / "made")])

    assert told.exit_code == 0
    assert {file.stem for file in (tmp_path / "made").iterdir()} == set(WRITTEN)
    assert json.loads((tmp_path / "made" / "policy.json").read_text()) == schema(WRITTEN["policy"])
