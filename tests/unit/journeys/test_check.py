from typing import Any

import pytest

from segue.decisions.policy import Policy
from segue.events.plan import Property, TrackingPlan
from segue.journeys.check import problems
from segue.journeys.definition import Journey
from segue.journeys.facts import WORDS, event_facts, run_facts
from segue.messages.template import EmailWords, Template
from tests.builders import a_profile, a_run, an_event
from tests.journeys.examples import a_journey

PLAN = TrackingPlan.model_validate(
    {
        "events": [
            {"name": "Order Completed", "aliases": ["Purchase"], "properties": {"total": "number"}},
            {"name": "Session Ended"},
        ]
    }
)
TEMPLATES = {"thanks": Template(template="thanks", email=EmailWords(subject="Thanks", html="<p>Thanks</p>"))}


def found(journey: Journey, **given: Any) -> dict[tuple[str | int, ...], tuple[str, str]]:
    given = {"templates": TEMPLATES, "policy": Policy.model_validate({}), **given}
    return {problem.place: (problem.message, problem.hint) for problem in problems(journey, PLAN, **given)}


def test_a_sound_journey_has_no_problems() -> None:
    assert (
        found(
            a_journey(
                steps=[{"wait_for": {"event": "Session Ended", "within": "1d"}}, {"send": {"template": "thanks"}}]
            )
        )
        == {}
    )


def test_a_wait_inside_of_a_way_may_ask_for_the_event_that_ends_it() -> None:
    wait = {"wait_for": {"event": "Order Completed", "within": "1d", "when": "event.properties.total > 10"}}
    arm = {"when": "event.properties.total > 10", "steps": [wait]}

    assert set(found(a_journey(steps=[{"branch": [arm], "else": [wait]}]))) == {("steps", 0, "branch", 0, "when")}


def test_an_event_that_the_plan_does_not_know_is_found_wherever_it_stands() -> None:
    journey = a_journey(
        entry={"event": "Order Complete"},
        goal={"event": "Purchase"},
        exit_on=[{"event": "Zzz"}],
        steps=[{"wait_for": {"event": "Session Endd", "within": "1d"}}],
    )

    assert found(journey) == {
        ("entry", "event"): ("the tracking plan knows no event 'Order Complete'", "did you mean 'Order Completed'?"),
        ("goal", "event"): ("'Purchase' is only an alias", "write its canonical name, 'Order Completed'"),
        ("exit_on", 0, "event"): ("the tracking plan knows no event 'Zzz'", "add it to a file in events/"),
        ("steps", 0, "wait_for", "event"): (
            "the tracking plan knows no event 'Session Endd'",
            "did you mean 'Session Ended'?",
        ),
    }


@pytest.mark.parametrize(
    ("send", "word", "message"),
    [
        ({"template": "thank"}, "template", "there is no template 'thank'"),
        ({"template": "thanks", "channel": "in_app"}, "channel", "the template 'thanks' has no words for 'in_app'"),
        ({"template": "thanks", "category": "markting"}, "category", "there is no category 'markting'"),
        ({"template": "thanks", "purpose": "spam"}, "purpose", "there is no purpose 'spam'"),
    ],
)
def test_a_send_names_what_there_is(send: dict[str, str], word: str, message: str) -> None:
    assert {place: said[0] for place, said in found(a_journey(steps=[{"send": send}])).items()} == {
        ("steps", 0, "send", word): message
    }


def test_a_topic_has_a_name_that_fits_into_a_profile() -> None:
    fit, long = ({"template": "thanks", "topic": "x" * length} for length in (93, 94))

    assert found(a_journey(steps=[{"send": fit}])) == {}
    assert found(a_journey(steps=[{"send": long}])) == {
        ("steps", 0, "send", "topic"): (
            "nobody could unsubscribe from a topic of so long a name",
            "its name has at most 93 bytes",
        )
    }


def test_a_category_that_outlasts_a_step_is_told_and_a_step_may_say_so_itself() -> None:
    policy = Policy.model_validate({"categories": {"marketing": {"expires_after": "31d"}}})
    silent, said = ({"template": "thanks"} | more for more in ({}, {"expires_after": "100d"}))

    assert found(a_journey(steps=[{"send": silent}]), policy=policy) == {
        ("steps", 0, "send", "category"): (
            "marketing messages live for 31d by policy.yaml, and a step that says nothing itself is given up after 30d",
            "say `expires_after: 31d` in the step, or at most 30d in policy.yaml",
        )
    }
    assert found(a_journey(steps=[{"send": said}]), policy=policy) == {}


RECEIPT = Template(template="receipt", category="transactional", email=EmailWords(subject="-", html="<p>Paid</p>"))


@pytest.mark.parametrize(
    ("send", "word", "message"),
    [
        ({"template": "thanks", "category": "transactional"}, "category", "sent as 'transactional', but its template"),
        ({"template": "receipt"}, "template", "sent as 'marketing', but its template 'receipt' is 'transactional'"),
        ({"template": "receipt", "category": "transactional"}, None, None),
        ({"template": "thanks", "category": "news"}, None, None),
    ],
)
def test_a_send_and_its_template_agree_on_whether_one_can_unsubscribe(send, word, message) -> None:
    policy = Policy.model_validate({"categories": {"news": {}}})

    said = found(a_journey(steps=[{"send": send}]), templates={**TEMPLATES, "receipt": RECEIPT}, policy=policy)

    assert list(said) == ([("steps", 0, "send", word)] if word else [])
    assert all(text.startswith(message) for text, _ in said.values())


def test_a_template_that_cannot_be_read_is_there_all_the_same() -> None:
    assert found(a_journey(steps=[{"send": {"template": "torn"}}]), broken={"torn"}) == {}


def test_a_property_that_looks_like_a_planned_one_is_a_mistake() -> None:
    entry = {"event": "Order Completed", "when": "event.properties.totl > 3 && event.properties.colour == 'red'"}

    assert found(a_journey(entry=entry)) == {
        ("entry", "when"): ("the tracking plan knows no property 'totl' of 'Order Completed'", "did you mean 'total'?")
    }


def test_steps_lead_to_later_steps() -> None:
    steps = [{"wait": "1h", "timeout": "b"}, {"wait": "1h", "id": "a", "timeout": "1-wait"}]

    assert {place: said[0] for place, said in found(a_journey(steps=steps)).items()} == {
        ("steps", 0, "timeout"): "'b' is no step",
        ("steps", 1, "timeout"): "'1-wait' is no later step",
    }


def test_ids_are_unique_and_not_reserved() -> None:
    steps = [{"wait": "1h", "id": "a"}, {"wait": "1h", "id": "a"}, {"wait": "1h", "id": "end"}]

    assert set(found(a_journey(steps=steps))) == {("steps", 1, "id"), ("steps", 2, "id")}


def test_a_step_that_is_never_reached_is_a_mistake() -> None:
    steps = [{"wait": "1h", "timeout": "exit"}, {"send": {"template": "thanks"}}]

    assert found(a_journey(steps=steps))["steps", 1][0] == "the step '2-send' is never reached"


def test_a_run_is_over_within_a_year() -> None:
    assert ("steps",) in found(a_journey(steps=[{"wait": "200d"}, {"wait": "200d"}]))


@pytest.mark.parametrize(
    ("condition", "name", "meant"),
    [
        ('profile.events["Order Completd"].count == 1', "Order Completd", "Order Completed"),
        ('profile.event["Order Completed"].count == 1', "event", "events"),
        ("profile.trait.vip", "trait", "traits"),
        ("profile.traits.frist_name == 'Ada'", "frist_name", "first_name"),
        ("event.property.total > 3", "property", "properties"),
    ],
)
def test_a_condition_over_what_is_never_there_is_found(condition: str, name: str, meant: str) -> None:
    plan = PLAN.model_copy(update={"traits": {"first_name": Property(type="string")}})
    journey = a_journey(entry={"event": "Order Completed", "when": condition})

    ((message, hint),) = [
        (problem.message, problem.hint) for problem in problems(journey, plan, TEMPLATES, Policy.model_validate({}))
    ]

    assert repr(name) in message
    assert repr(meant) in hint


def test_a_condition_may_speak_of_everything_that_is_there() -> None:
    there = {"event": event_facts(an_event()), "profile": a_profile().as_context(), "run": run_facts(a_run())}

    assert {root: set(words) for root, words in WORDS.items()} == {root: set(words) for root, words in there.items()}
    assert (
        found(a_journey(entry={"event": "Order Completed", "when": 'profile.events["Order Completed"].count == 1'}))
        == {}
    )


def test_an_escalation_until_it_is_opened_goes_by_channels_that_tell_of_it() -> None:
    plan = TrackingPlan.model_validate({"events": [{"name": "Order Completed"}, {"name": "Email Opened"}]})
    over = ["email", "inbox", "pigeon"]
    journey = a_journey(steps=[{"escalate": {"message": "thanks", "over": over, "after": "1d"}}])

    said = [(each.place[-1], each.hint) for each in problems(journey, plan, TEMPLATES) if "was opened" in each.message]
    assert said == [
        (1, "add 'Card Opened' to a file in events/, or say `until: {event: …}`"),
        (2, "say `until: {event: …}`"),
    ]


def test_what_is_read_of_the_entry_is_looked_at_wherever_it_is_read() -> None:
    steps = [
        {"branch": [{"when": "run.entry.properties.totl > 3", "steps": ["exit"]}]},
        {"wait_for": {"event": "Session Ended", "when": "run.entry.properties.totl == 1", "within": "1d"}},
    ]

    misspelt = ("the tracking plan knows no property 'totl' of 'Order Completed'", "did you mean 'total'?")
    assert found(a_journey(steps=steps)) == {
        ("steps", 0, "branch", 0, "when"): misspelt,
        ("steps", 1, "wait_for", "when"): misspelt,
    }
