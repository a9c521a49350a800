"""Connectors and audiences: what is asked of others, what comes of it, and what is kept."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import ValidationError

from segue.decisions.policy import Policy
from segue.events.plan import TrackingPlan
from segue.journeys import check_connectors
from segue.journeys.calls import Called, Ports, Unavailable, perform, task
from segue.journeys.connectors import Connectors
from segue.memory.calls import MemoryCaller, MemoryCalls
from segue.profiles.runs import Ended
from tests.journeys.examples import a_journey
from tests.unit.journeys.world import ADA, World

CONNECTORS = Connectors.model_validate(
    {
        "connectors": {
            "crm.task": {
                "url": "https://crm.example.com/people/{{ profile.user_id }}/tasks",
                "secret": "crm",
                "body": {
                    "title": "{{ said.title }}",
                    "labels": ["{{ brand.name }}", 3],
                    "email": "{{ profile.traits.email }}",
                },
                "takes": ["title", "note?"],
            },
            "slack": {"url": "https://hooks.example.com/{{ secret }}", "secret": "slack", "takes": ["text"]},
            "ads": {
                "url": "https://ads.example.com/members",
                "method": "{% if said.action == 'remove' %}delete{% else %}post{% endif %}",
                "headers": {"X-Version": "3"},
                "body": {"who": "{{ profile.traits.email | sha256 }}", "audience": "{{ said.audience }}"},
                "takes": ["audience", "action"],
            },
        },
        "audiences": {"retargeting": ["ads"], "both": {"to": ["ads", "slack"], "purpose": "marketing"}},
    }
)
POLICY = Policy.model_validate({"purposes": {"marketing": {"default": "granted"}, "ads": {"default": "denied"}}})
CALL = {"connector": "crm.task", "with": {"title": "Call about {{ run.entry.properties.product }}"}}


@dataclass
class Office:
    """A run that has come to a step which calls."""

    step: dict[str, Any]
    caller: MemoryCaller = field(default_factory=lambda: MemoryCaller(secrets={"crm": "s3cret", "slack": "T0/B0"}))
    connectors: Connectors = CONNECTORS

    def __post_init__(self) -> None:
        self.world = World(a_journey(steps=[self.step, {"wait": "1h"}], exit_on=[{"event": "Unsubscribed"}]))
        self.calls = MemoryCalls()
        self.world.happen("Identified", type="identify", traits={"email": " Ada@Example.com"})
        self.world.happen("Order Completed", properties={"product": "lamp"})
        self.world.answer()
        (self.asked,) = self.world.machines.take_asked()

    def perform(self, *, last: bool = False) -> str:
        ports = Ports(
            profiles=self.world.rows,
            machines=self.world.machines,
            calls=self.calls,
            caller=self.caller,
            announcements=self.world.bus,
            connectors=self.connectors,
            policy=POLICY,
            brand={"name": "Sound Shop"},
        )
        return perform(task(json.dumps(self.asked)), ports, last=last)

    @property
    def kept(self) -> list[Called]:
        return list(self.calls.made.get(ADA, {}).values())

    @property
    def path(self) -> list[tuple[str, str]]:
        return self.world.execution.path


def test_a_connector_is_called_with_what_is_said_and_what_is_known() -> None:
    office = Office(CALL)

    assert office.perform() == "done"

    (request,) = office.caller.asked
    assert (request.method, request.url) == ("POST", "https://crm.example.com/people/ada/tasks")
    assert json.loads(request.body or "") == {
        "title": "Call about lamp",
        "labels": ["Sound Shop", 3],
        "email": " Ada@Example.com",
    }
    assert request.headers == {
        "Content-Type": "application/json",
        "Idempotency-Key": f"{office.world.execution.run_id}.1-connector.crm.task",
        "Authorization": "Bearer s3cret",
    }
    assert office.path == [("1-connector", "done")]
    assert office.kept[0].said == {"title": "Call about lamp"}
    assert office.world.bus.news[-1].detail["status"] == 200


def test_a_secret_that_a_text_names_is_no_bearer_token_and_is_kept_nowhere() -> None:
    office = Office({"notify": {"to": "slack", "text": "{{ profile.user_id }} ordered"}})
    office.perform()

    (request,) = office.caller.asked
    assert request.url == "https://hooks.example.com/T0/B0"
    assert "Authorization" not in request.headers
    assert json.loads(request.body or "") == {"text": "ada ordered"}
    assert "T0/B0" not in str(office.kept) + str(office.world.bus.news)


def test_a_call_that_was_answered_is_not_made_again() -> None:
    office = Office(CALL)

    assert [office.perform() for _ in range(3)] == ["done"] * 3
    assert len(office.caller.asked) == 1


@pytest.mark.parametrize("status", [None, 500, 503])
def test_what_may_be_better_later_is_tried_again_and_fails_with_the_last_try(status: int | None) -> None:
    office = Office(CALL)
    office.caller.answers = {"https://crm.example.com/people/ada/tasks": status}

    for _ in range(2):
        with pytest.raises(Unavailable):
            office.perform()
    assert (office.path, office.kept) == ([], [])
    assert office.perform(last=True) == "failed"
    assert office.path == [("1-connector", "failed")]
    assert office.kept[0].status == status


@pytest.mark.parametrize("status", [301, 400, 404, 422])
def test_a_refusal_is_final(status: int) -> None:
    office = Office(CALL)
    office.caller.answers = {"https://crm.example.com/people/ada/tasks": status}

    assert office.perform() == "failed"
    assert office.kept[0].status == status


@pytest.mark.parametrize(
    ("step", "change"),
    [
        ({"connector": "crm.task", "with": {"title": "{{ run.entry.properties.nothing }}"}}, {}),
        ({"connector": "gone", "with": {}}, {}),
        ({"audience": {"add": "gone"}}, {}),
        (CALL, {"caller": MemoryCaller()}),  # the secret is missing
    ],
)
def test_what_can_never_be_asked_fails(step: dict[str, Any], change: dict[str, Any]) -> None:
    office = Office(step, **change)

    assert office.perform() == "failed"
    assert office.caller.asked == []


def test_only_who_consents_is_added_to_an_audience() -> None:
    office = Office({"audience": {"add": "retargeting"}})

    assert office.perform() == "refused"
    assert office.caller.asked == []


def test_whoever_is_to_be_removed_need_not_consent() -> None:
    office = Office({"audience": {"remove": "retargeting"}})

    assert office.perform() == "done"
    (request,) = office.caller.asked
    assert (request.method, request.headers["X-Version"]) == ("DELETE", "3")


def test_addresses_go_to_ad_networks_hashed() -> None:
    office = Office({"audience": {"add": "both"}})

    assert office.perform() == "done"
    ads, _slack = office.caller.asked
    # of ada@example.com, by sha256sum
    assert json.loads(ads.body or "") == {
        "who": "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72",
        "audience": "both",
    }


def test_one_that_keeps_an_audience_may_fail_alone() -> None:
    office = Office({"audience": {"add": "both"}})
    office.caller.answers = {"https://ads.example.com/members": 403}

    assert office.perform() == "failed"
    assert {each.connector: each.outcome for each in office.kept} == {"ads": "failed", "slack": "done"}


def test_a_run_that_is_over_calls_nobody() -> None:
    office = Office(CALL)
    office.world.happen("Unsubscribed")
    office.world.answer()

    assert office.perform() == "left"
    assert office.caller.asked == []
    assert office.world.run.ended is Ended.EXIT_EVENT


@pytest.mark.parametrize(
    "url",
    ["crm.example.com", "http://crm.example.com/", "https://{{ profile.traits.host }}/", "https://a{{ b }}.com/x"],
)
def test_the_host_of_a_connector_is_fixed(url: str) -> None:
    with pytest.raises(ValidationError, match="no address of a fixed host"):
        Connectors.model_validate({"connectors": {"crm": {"url": url}}})


def test_a_connector_on_this_machine_needs_no_tls() -> None:
    assert Connectors.model_validate({"connectors": {"crm": {"url": "http://127.0.0.1:8080/x"}}})


def test_what_connectors_name_is_looked_at() -> None:
    connectors = Connectors.model_validate(
        {
            "connectors": {
                "crm": {"url": "https://crm.example.com/{{ said.titel }}", "body": ["{{ secret }}"], "takes": ["title"]}
            },
            "audiences": {"vips": {"to": ["crm", "cmr"], "purpose": "adds"}},
        }
    )
    steps = [
        {"connector": "crm", "with": {"titel": "x"}},
        {"notify": {"to": "slak", "text": "x"}},
        {"audience": {"add": "vip"}},
    ]

    found = [
        *check_connectors.problems(connectors, TrackingPlan(), POLICY),
        *check_connectors.of_journey(a_journey(steps=steps), connectors),
    ]
    assert [(each.place, each.message) for each in found] == [
        (("connectors", "crm", "url"), "there is no variable 'said.titel'"),
        (("connectors", "crm", "body", 0), "there is no variable 'secret'"),
        (("audiences", "vips", "to", 0), "'crm' takes no 'audience'"),
        (("audiences", "vips", "to", 0), "'crm' takes no 'action'"),
        (("audiences", "vips", "to", 0), "'crm' is not said its 'title'"),
        (("audiences", "vips", "to", 1), "there is no connector 'cmr'"),
        (("audiences", "vips", "purpose"), "there is no purpose 'adds'"),
        (("steps", 0, "connector"), "'crm' takes no 'titel'"),
        (("steps", 0, "connector"), "'crm' is not said its 'title'"),
        (("steps", 1, "notify", "to"), "there is no connector 'slak'"),
        (("steps", 2, "audience", "add"), "there is no audience 'vip'"),
    ]
