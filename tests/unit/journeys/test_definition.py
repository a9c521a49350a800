import json
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from segue import duration
from segue.journeys.definition import Journey
from segue.journeys.steps import place
from segue.messages.template import EmailWords, Template
from tests.journeys.examples import a_journey


def mistakes(**given: object) -> dict[tuple[str | int, ...], str]:
    with pytest.raises(ValidationError) as caught:
        a_journey(**given)
    return {place(error["loc"]): error["msg"] for error in caught.value.errors()}


@pytest.mark.parametrize(
    ("text", "seconds"), [("30m", 1800), ("24h", 86400), ("7d", 604800), ("2w", 1209600), ("1d12h", 129600)]
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert duration.parse(text) == timedelta(seconds=seconds)
    assert duration.parse(duration.write(duration.parse(text))) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "30", "m", "1.5h", "-1h", "0m", "1h1d", "half an hour"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError):
        duration.parse(text)


def test_a_journey_survives_the_bundle() -> None:
    journey = a_journey(
        entry={"event": "Order Completed", "when": "event.properties.total > 10.0", "again": "after 30d"},
        goal={"event": "Order Completed", "within": "7d"},
        exit_on=[{"event": "Unsubscribed"}],
        steps=[{"wait": "1h"}, {"send": {"template": "thanks", "expires_after": "3d"}, "dropped": "exit"}, "exit"],
    )

    assert Journey.model_validate_json(journey.model_dump_json(exclude_defaults=True)) == journey
    assert json.loads(journey.model_dump_json())["entry"]["again"] == "after 30d"


def test_a_mistake_names_its_place_in_the_file() -> None:
    found = mistakes(
        entry={"event": "Order Completed", "again": "sometimes", "when": "event.properties.total >"},
        steps=[{"send": {"tmplate": "thanks"}}, {"wait": 3}, {"dance": {}}, {"wait_for": {"event": "x"}}],
    )

    assert set(found) == {
        ("entry", "again"),
        ("entry", "when"),
        ("steps", 0, "send", "template"),
        ("steps", 0, "send", "tmplate"),
        ("steps", 1, "wait"),
        ("steps", 2),
        ("steps", 3, "wait_for", "within"),
    }
    assert found["steps", 2] == (
        "a step is exactly one of: send, escalate, wait, wait_for, branch, split, "
        "set, audience, connector, notify, enter, exit"
    )


def test_a_step_is_of_one_kind() -> None:
    assert set(mistakes(steps=[{"wait": "1h", "send": {"template": "thanks"}}])) == {("steps", 0)}


def test_a_journey_without_steps_is_none() -> None:
    assert set(mistakes(steps=[])) == {()}


def test_the_version_follows_the_content() -> None:
    journey = a_journey(steps=[{"wait": "1h"}])

    assert journey.version == a_journey(steps=[{"wait": "60m"}]).version
    assert journey.version != a_journey(steps=[{"wait": "2h"}]).version


def test_the_pinned_version_follows_the_templates_too() -> None:
    journey = a_journey()
    before = Template(template="thanks", email=EmailWords(subject="Thanks", html="<p>Thanks</p>"))
    after = Template(template="thanks", email=EmailWords(subject="Thank you", html="<p>Thanks</p>"))

    assert journey.pinned([before]).version == journey.pinned([before]).version
    assert journey.pinned([before]).version != journey.pinned([after]).version
    assert journey.pinned([before]) == Journey.model_validate_json(journey.pinned([before]).model_dump_json())


SHARES = [{"name": "a", "weight": 50}, {"name": "b", "weight": 50}]


@pytest.mark.parametrize(
    ("step", "place", "message"),
    [
        ({"split": [*SHARES, {"name": "c", "weight": 10}]}, (), "the weights add up to 110: make them 100 together"),
        ({"split": SHARES, "winner": "z"}, (), "there is no variant 'z' to win: it is one of a, b"),
        ({"split": [SHARES[0], SHARES[0]]}, (), "two ways are called 'a': name each differently"),
        ({"branch": [{"name": "else", "when": "true"}]}, (), "two ways are called 'else': name each differently"),
        ({"branch": [{"when": "true", "steps": [{"wait": 3}]}]}, ("branch", 0, "steps", 0, "wait"), "3 is not a"),
        ({"branch": [{"when": "true"}], "else": [{"dance": 1}]}, ("else", 0), "a step is exactly one of"),
        ({"branch": []}, (), "ways part, and there is none"),
        ({"split": []}, (), "the weights add up to 0: make them 100 together"),
        ({"set": {}}, ("set",), "nothing is set: name traits, or a stage"),
        (
            {"escalate": {"message": "thanks", "over": ["email", "email"], "after": "1d"}},
            ("escalate",),
            "a channel comes twice: name each once",
        ),
    ],
)
def test_a_mistake_in_a_step_names_its_place(step: dict[str, Any], place: tuple[str | int, ...], message: str) -> None:
    [(where, said)] = mistakes(steps=[step]).items()

    assert where == ("steps", 0, *place)
    assert message in said


def test_a_journey_is_written_as_it_was_read() -> None:
    journey = a_journey(
        steps=[
            {"branch": [{"name": "big", "when": "true", "steps": ["exit"]}], "else": [{"wait": "1h"}]},
            {"split": SHARES},
            {"enter": "other"},
            {"escalate": {"message": "thanks", "over": ["email", "push"], "after": "1d", "until": {"event": "Paid"}}},
        ]
    )

    assert Journey.model_validate_json(journey.model_dump_json(exclude_defaults=True)) == journey
