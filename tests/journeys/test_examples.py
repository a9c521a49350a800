"""Each row of each `*.examples.yaml` of the example workspace is a test."""

from pathlib import Path

import pytest
import yaml

from segue.examples import Example, Examples, run_example
from segue.workspace.bundle import Workspace
from segue.workspace.load import load

WORKSPACE = Path("workspace")
ROWS = [
    pytest.param(path.name.removesuffix(".examples.yaml"), example, id=f"{path.name.split('.')[0]}: {example.name}")
    for path in sorted(WORKSPACE.glob("journeys/*.examples.yaml"))
    for example in Examples.model_validate(yaml.safe_load(path.read_text())).root
]


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return load(WORKSPACE)


@pytest.mark.parametrize(("journey", "example"), ROWS)
def test_example(workspace: Workspace, journey: str, example: Example) -> None:
    assert run_example(workspace, journey, example).wrong == ()


def test_every_journey_has_examples(workspace: Workspace) -> None:
    assert {row.values[0] for row in ROWS} == set(workspace.journeys_by_name)


def test_a_wrong_expectation_is_told_in_words(workspace: Workspace) -> None:
    example = Example.model_validate(
        {
            "name": "wrong in every way",
            "events": [{"event": "Order Completed", "properties": {"order_id": "1"}}],
            "expect": {"path": [["1-wait", "timeout"]], "messages": ["thank-you"], "ended": "goal"},
        }
    )

    assert run_example(workspace, "listening-tips", example).wrong == (
        "expected the path 1-wait timeout, but it went 1-wait timeout → 2-send sent",
        "expected it to end with goal, but it ended with completed",
        "expected the messages thank-you, but these went out: listening-tips by email at +2h",
    )


def test_a_run_that_did_not_begin_is_told(workspace: Workspace) -> None:
    example = Example.model_validate({"name": "nothing", "events": [{"event": "Email Opened"}], "expect": {}})

    assert run_example(workspace, "win-back", example).wrong == ("expected a run of win-back, but none began",)


def test_an_event_of_an_example_is_enriched_as_ingest_would(workspace: Workspace) -> None:
    page = {"url": "https://shop.example.com/?utm_source=news&utm_medium=email", "referrer": ""}
    example = Example.model_validate(
        {"name": "by mail", "events": [{"event": "Page Viewed", "context": {"page": page}}], "expect": {}}
    )

    *_, event = example.stream()

    assert event.context["channel_source"]["channel"] == "Email"
    assert event.context["campaign"] == {"source": "news", "medium": "email"}
