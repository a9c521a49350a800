"""What `segue lint` says of `traits.yaml` and `segments.yaml`."""

import shutil
from pathlib import Path

import pytest

from segue.events.plan import TrackingPlan
from segue.journeys.check import unknown_words
from segue.journeys.definition import Journey
from segue.profiles.check import Known, of_segments, of_traits
from segue.profiles.computed import Segments, Traits
from segue.workspace.load import load
from segue.workspace.source import WorkspaceError

ROOT = Path(__file__).parents[3]
PLAN = TrackingPlan.model_validate(
    {
        "events": [
            {
                "name": "Order Completed",
                "aliases": ["purchase"],
                "properties": {"revenue": "number", "currency": "string"},
            },
            {"name": "Product Viewed"},
        ],
        "traits": {"plan": "string"},
    }
)
COUNT = {"kind": "count", "event": "Order Completed"}


def known(traits=None, segments=None) -> Known:
    return Known(PLAN, Traits.model_validate(traits or {}), Segments.model_validate({"segments": segments or {}}))


def said(problems) -> list[str]:
    return [f"{'.'.join(map(str, each.place))}: {each.message}; {each.hint}" for each in problems]


@pytest.mark.parametrize(
    ("trait", "says"),
    [
        ({"kind": "count", "event": "Order Complete"}, "did you mean 'Order Completed'"),
        ({"kind": "count", "event": "purchase"}, "only an alias"),
        ({**COUNT, "kind": "sum", "property": "revenu"}, "did you mean 'revenue'"),
        ({**COUNT, "kind": "sum", "property": "currency"}, "'currency' of 'Order Completed' is of type string"),
        ({**COUNT, "where": "event.properties.revenues > 1"}, "did you mean 'revenue'"),
        ({**COUNT, "where": "event.proprties.x > 1"}, "did you mean 'properties'"),
        ({"formula": "computed.order / 2"}, "did you mean 'orders'"),
        ({"formula": "traits.plans"}, "did you mean 'plan'"),
        ({"kind": "count", "event": "Session Started"}, "told by Segue itself and never counted"),
    ],
)
def test_a_trait_that_names_what_is_not_there(trait, says):
    (problem,) = said(of_traits(known({"computed": {"orders": COUNT, "x": trait}})))

    assert says in problem
    assert problem.startswith("computed.x")


def test_computed_traits_that_could_fill_a_person_s_document():
    heavy = {"kind": "most_frequent", "event": "Product Viewed", "property": "category", "over": "100d"}

    assert said(of_traits(known({"computed": {"orders": COUNT, "one": heavy}}))) == []
    (problem,) = said(of_traits(known({"computed": {"orders": COUNT, "one": heavy, "two": heavy}})))

    assert problem.startswith("computed.two: the computed traits could take ")
    assert "at most 120 KB" in problem


def test_formulas_in_a_circle_are_spelt_out():
    circle = {"a": {"formula": "computed.b"}, "b": {"formula": "computed.c"}, "c": {"formula": "computed.a"}}

    (problem,) = said(of_traits(known({"computed": circle})))

    assert "a → b → c → a" in problem


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("profile.computed.order > 1", "there is no computed trait 'order'; did you mean 'orders'"),
        ("profile.rfm.frequence > 1", "did you mean 'frequency'"),
        ("profile.engagement.mail.last < now", "did you mean 'email'"),
        ("profile.computd.orders > 1", "did you mean 'computed'"),
        ("profile.session.active", "there are no sessions"),
        ('profile.lifecycle == "new"', "there are no stages of life"),
        ('profile.traits.plann == "x"', "did you mean 'plan'"),
        ('profile.events["Product View"].count > 1', "did you mean 'Product Viewed'"),
        ('profile.events["Session Ended"].count > 1', "told by Segue itself and never counted"),
        ('"vp" in profile.segments', "did you mean 'vip'"),
        ("size(profile.segments) > 1", "asks for no segment by name"),
        ('event.name == "x"', "`event` is not known here"),
        ("now > profile.rfm.last", "cannot be known when the answer changes"),
        ("now.getHours() > 3", "cannot be known when the answer changes"),
        ("now - profile.rfm.last > duration(profile.traits.plan)", "cannot be known when the answer changes"),
    ],
)
def test_a_segment_that_cannot_be_answered(when, says):
    problems = said(
        of_segments(known({"computed": {"orders": COUNT}}, {"vip": "profile.computed.orders > 1", "x": when}))
    )

    assert any(says in problem and problem.startswith("segments.x") for problem in problems), problems


def test_segments_in_a_circle_are_spelt_out():
    circle = {"a": '"b" in profile.segments', "b": '"c" in profile.segments', "c": '"a" in profile.segments'}

    (problem,) = said(of_segments(known(None, circle)))

    assert problem.startswith("segments.a: these ask for one another: a → b → c → a")


@pytest.mark.parametrize(
    "stages",
    [
        [{"stage": "a"}, {"stage": "b", "when": "profile.rfm.frequency > 1"}],
        [{"stage": "a", "when": "profile.rfm.frequency > 1"}, {"stage": "b", "when": "profile.rfm.frequency > 1"}],
    ],
)
def test_a_stage_that_is_never_reached(stages):
    (problem,) = said(of_traits(known({"lifecycle": stages})))

    assert problem.startswith("lifecycle.1: the stage 'b' is never reached; 'a' stands before it")


def test_a_journey_that_asks_for_what_is_not_computed():
    journey = Journey.model_validate(
        {
            "journey": "x",
            "entry": {"event": "Session Started", "when": 'profile.computed.order > 1 || "vp" in profile.segments'},
            "steps": [{"wait": "1h"}],
        }
    )

    problems = said(
        unknown_words(journey, known({"computed": {"orders": COUNT}}, {"vip": "profile.computed.orders > 1"}))
    )

    assert [problem.partition(";")[0] for problem in problems] == [
        "entry.when: there is no computed trait 'order'",
        "entry.when: there is no segment 'vp'",
        "entry.event: there are no sessions",
    ]


def test_a_mistake_names_its_file_and_line(tmp_path):
    folder = tmp_path / "workspace"
    shutil.copytree(ROOT / "workspace", folder)
    (folder / "journeys" / "support-ticket.yaml").unlink()  # which reads a trait that the next line takes away
    (folder / "journeys" / "support-ticket.examples.yaml").unlink()
    (folder / "traits.yaml").write_text("computed:\n  orders: {kind: count, event: Order Complete}\nsessions: {}\n")
    (folder / "segments.yaml").write_text('segments:\n  a: "profile.computed.order > 1"\n')

    with pytest.raises(WorkspaceError) as wrong:
        load(folder)

    assert [(each.file, each.line, each.message, each.hint) for each in wrong.value.mistakes] == [
        ("segments.yaml", 2, "there is no computed trait 'order'", "did you mean 'orders'?"),
        ("traits.yaml", 2, "the tracking plan knows no event 'Order Complete'", "did you mean 'Order Completed'?"),
    ]
