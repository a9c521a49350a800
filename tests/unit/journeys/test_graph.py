import pytest

from segue.journeys.graph import END, Listen, Pause, graph_of
from segue.journeys.sending import Send
from tests.journeys.examples import EVERY_KIND, a_journey


def test_steps_follow_each_other_and_then_it_ends() -> None:
    graph = graph_of(a_journey(steps=[{"wait": "1h"}, {"send": {"template": "thanks"}}]))

    assert graph.start == "1-wait"
    assert {id_: dict(node.edges) for id_, node in graph.nodes.items()} == {
        "1-wait": {"timeout": "2-send"},
        "2-send": {"sent": END, "dropped": END, "failed": END},
    }


def test_outcomes_lead_where_they_are_sent() -> None:
    graph = graph_of(EVERY_KIND)

    assert {id_: dict(node.edges) for id_, node in graph.nodes.items()} == {
        "1-wait_for": {"matched": "2-wait_for", "timeout": END},
        "2-wait_for": {"matched": "last", "timeout": "3-send"},
        "3-send": {"sent": "quiet", "dropped": END, "failed": END},
        "quiet": {"timeout": "last"},
        "last": {"sent": END, "dropped": END, "failed": END},
    }
    assert [type(node.action) for node in graph.nodes.values()] == [Listen, Listen, Send, Pause, Send]


def test_a_journey_that_exits_at_once_has_nothing_to_do() -> None:
    graph = graph_of(a_journey(steps=["exit", {"wait": "1h"}]))

    assert graph.first is None


@pytest.mark.parametrize("target", ["nowhere", "first", "second"])
def test_a_step_leads_to_a_later_step_only(target: str) -> None:
    with pytest.raises(ValueError, match="no later step"):
        graph_of(a_journey(steps=[{"id": "first", "wait": "1h"}, {"id": "second", "wait": "1h", "timeout": target}]))


@pytest.mark.parametrize("id_", ["exit", "next", "end", "1-wait"])
def test_step_ids_are_unique_and_not_reserved(id_: str) -> None:
    with pytest.raises(ValueError, match="step ids"):
        graph_of(a_journey(steps=[{"wait": "1h"}, {"id": id_, "wait": "1h"}]))


def edges(*steps: object) -> dict[str, dict[str, str]]:
    return {id_: dict(node.edges) for id_, node in graph_of(a_journey(steps=list(steps))).nodes.items()}


def test_behind_the_steps_of_a_way_it_goes_on_as_behind_the_fork() -> None:
    inner = [{"wait": "1h"}, {"send": {"template": "thanks"}, "dropped": "last"}]

    assert edges(
        {"branch": [{"name": "big", "when": "true", "steps": inner}]}, {"wait": "1d"}, {"id": "last", "wait": "1d"}
    ) == {
        "1-branch": {"big": "1-branch.big.1-wait", "else": "2-wait"},
        "1-branch.big.1-wait": {"timeout": "1-branch.big.2-send"},
        "1-branch.big.2-send": {"sent": "2-wait", "dropped": "last", "failed": "2-wait"},
        "2-wait": {"timeout": "last"},
        "last": {"timeout": END},
    }


def test_a_step_does_not_lead_into_the_ways_of_another() -> None:
    with pytest.raises(ValueError, match="no later step"):
        edges(
            {"wait": "1h", "timeout": "inner"}, {"branch": [{"when": "true", "steps": [{"id": "inner", "wait": "1h"}]}]}
        )


def test_an_escalation_goes_by_channel_after_channel() -> None:
    escalate = {"message": "call", "over": ["email", "push", "sms"], "after": "24h"}

    assert edges({"escalate": escalate, "answered": "exit"}, {"wait": "1h"}) == {
        "1-escalate": {"sent": "1-escalate.email-answer", "dropped": "1-escalate.push", "failed": "1-escalate.push"},
        "1-escalate.email-answer": {"matched": END, "timeout": "1-escalate.push"},
        "1-escalate.push": {"sent": "1-escalate.push-answer", "dropped": "1-escalate.sms", "failed": "1-escalate.sms"},
        "1-escalate.push-answer": {"matched": END, "timeout": "1-escalate.sms"},
        "1-escalate.sms": {"sent": "1-escalate.sms-answer", "dropped": "2-wait", "failed": "2-wait"},
        "1-escalate.sms-answer": {"matched": END, "timeout": "2-wait"},
        "2-wait": {"timeout": END},
    }
