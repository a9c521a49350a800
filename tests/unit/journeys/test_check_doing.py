from typing import Any

from segue.journeys.check_doing import others, stages
from segue.profiles.computed import Traits
from tests.journeys.examples import a_journey
from tests.unit.journeys.test_check import found


def entering(name: str, *onwards: str) -> Any:
    return a_journey(name, steps=[{"branch": [{"when": "true", "steps": [{"enter": to} for to in onwards]}]}])


def test_a_text_is_looked_at_like_a_template() -> None:
    said = {"a": "{{ profile.trats.x }}", "b": "{% if %}", "c": "{{ run.entry.properties.totl }}", "d": 3}

    assert {
        place[-1]: message for place, (message, _) in found(a_journey(steps=[{"set": {"traits": said}}])).items()
    } == {
        "a": "there is no variable 'profile.trats.x'",
        "b": "not Liquid: missing expression",
        "c": "'Order Completed' has no property 'totl'",
    }


def test_a_journey_that_is_entered_is_there() -> None:
    [problem] = others(entering("welcome", "offr"), [entering("welcome"), entering("offer")])

    assert (problem.message, problem.hint) == ("there is no journey 'offr'", "did you mean 'offer'?")
    assert problem.place == ("steps", 0, "branch", 0, "steps", 0, "enter")


def test_nobody_goes_round_in_a_circle() -> None:
    journeys = [entering("a", "b", "c"), entering("b", "c"), entering("c", "a"), entering("d", "c"), entering("e", "e")]

    assert {each.name: [problem.message for problem in others(each, journeys)] for each in journeys} == {
        "a": [
            "people would go round in a circle: a → b → c → a",
            "people would go round in a circle: a → c → a",
        ],
        "b": ["people would go round in a circle: b → c → a → b"],
        "c": ["people would go round in a circle: c → a → c"],
        "d": [],
        "e": ["people would go round in a circle: e → e"],
    }


def test_a_stage_that_is_set_is_one_that_reads_what_is_set() -> None:
    traits = Traits.model_validate(
        {
            "lifecycle": [
                {"stage": "at_risk", "when": 'profile.traits.lifecycle_stage == "at_risk"'},
                {"stage": "customer", "when": 'profile.events["Order Completed"].count > 0'},
            ]
        }
    )
    journey = a_journey(steps=[{"set": {"stage": stage}} for stage in ("at_risk", "customer", "at_rsk")])

    assert [(problem.place[1], problem.hint) for problem in stages(journey, traits)] == [
        (1, "write in traits.yaml: {stage: customer, when: profile.traits.lifecycle_stage == 'customer'}"),
        (2, "did you mean 'at_risk'?"),
    ]


def test_where_ways_part_no_event_is_at_hand() -> None:
    branch = {"branch": [{"when": "event.properties.total > 3 && profile.trats.x == 1"}]}

    assert found(a_journey(steps=[branch])) == {
        ("steps", 0, "branch", 0, "when"): (
            "no event is at hand where ways part",
            "read run.entry.properties, or profile.events",
        )
    }
