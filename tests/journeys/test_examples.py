"""Each row of each `*.examples.yaml` of the example workspace is a test, of journeys and of sources."""

from pathlib import Path

import pytest
import yaml

from segue.examples import Example, Examples, run_example
from segue.source_examples import SourceExample, SourceExamples, run_source_example
from segue.workspace.bundle import Workspace
from segue.workspace.load import load
from segue.workspace.source import read

WORKSPACE = Path("workspace")
SOURCES = [
    pytest.param(path.name.removesuffix(".examples.yaml"), example, id=f"{path.name.split('.')[0]}: {example.name}")
    for path in sorted(WORKSPACE.glob("sources/*.examples.yaml"))
    for example in SourceExamples.model_validate(read(path, WORKSPACE).value).root
]
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


def test_an_example_does_not_send_what_only_segue_tells() -> None:
    with pytest.raises(ValueError, match="'Segment Entered' is told by Segue alone"):
        Example.model_validate({"name": "odd", "events": [{"event": "Segment Entered"}], "expect": {}})


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


@pytest.mark.parametrize(("source", "example"), SOURCES)
def test_example_of_a_source(workspace: Workspace, source: str, example: SourceExample) -> None:
    assert list(run_source_example(workspace, workspace.sources_by_name[source], example)) == []


def test_every_source_has_examples(workspace: Workspace) -> None:
    assert {row.values[0] for row in SOURCES} == set(workspace.sources_by_name)


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ({"matched": False}, "the pattern matches this event"),
        ({"calls": []}, "expected 0 calls, but there were 1: identify"),
        ({"calls": [{"userId": "bob"}]}, "call 1, userId: expected 'bob', but it is '7001001'"),
        ({"calls": [{"traits": {"phone": "1"}}]}, "call 1, traits.phone: expected '1', but it is '+49 151 23456789'"),
        ({"calls": [{}], "rejected": ["x"]}, "expected x to be wrong, but nothing was"),
    ],
)
def test_a_wrong_expectation_of_a_source_is_told_in_words(workspace: Workspace, expect: dict, told: str) -> None:
    [*_, good, _, _] = [row.values[1] for row in SOURCES if row.values[0] == "salesforce"]
    example = SourceExample.model_validate({**good.model_dump(), "expect": expect})

    assert list(run_source_example(workspace, workspace.sources_by_name["salesforce"], example)) == [told]
