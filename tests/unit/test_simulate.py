"""The simulator: the deployed engine on a stream of events."""

from collections.abc import Iterable
from datetime import timedelta
from random import Random
from typing import Any

from segue.decisions.decision import SendState
from segue.decisions.policy import Policy
from segue.decisions.reasons import Reason
from segue.events.enrichment.catalog import CatalogRules, Product
from segue.events.event import Event
from segue.events.plan import TrackingPlan
from segue.journeys.definition import Journey
from segue.memory.late import LateProfiles
from segue.memory.profiles import MemoryProfiles
from segue.messages.template import EmailWords, InAppWords, Template
from segue.profiles.absorb import absorb
from segue.profiles.identity import anonymous_profile_id, home, user_profile_id
from segue.profiles.runs import Ended
from segue.simulate import Simulated, Simulation, simulate
from segue.workspace.bundle import Brand, Workspace
from tests.builders import NOON, an_event
from tests.journeys.examples import a_journey

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WELCOME = an_event(
    "Identified",
    at=NOON - DAY,
    traits={"email": "ada@example.com"},
    context={"timezone": "UTC", "consent": {"categoryPreferences": {"marketing": True}}},
)


def a_workspace(*journeys: Journey, **policy: Any) -> Workspace:
    return Workspace(
        name="w",
        brand=Brand(name="B", url="https://b.example.com", address="1 Main Street", from_address="b@example.com"),
        plan=TrackingPlan(),
        policy=Policy.model_validate({"channels": {"email": {"fallback": None}}, **policy}),
        journeys=journeys,
        templates=(
            Template(
                template="thanks",
                email=EmailWords(subject="Thanks", html="<p>{{ run.entry.properties.gift | default: 'you' }}</p>"),
                in_app=InAppWords(title="Thanks", body="you"),
            ),
            Template(template="broken", email=EmailWords(subject="Hi {{ profile.traits.nobody }}", html="<p>Hi</p>")),
        ),
    )


def simulated(workspace: Workspace, *events: Event) -> Simulated:
    return simulate(workspace, [WELCOME, *events])


def states(result: Simulated) -> list[tuple[SendState, Reason | None]]:
    return [(record.state, record.reason) for record in result.sends]


def test_a_message_goes_out_and_the_run_ends() -> None:
    result = simulated(a_workspace(a_journey()), an_event())

    (run,) = result.runs
    assert (run.path, run.ended, run.ended_at) == ((("1-send", "sent"),), Ended.COMPLETED, NOON)
    assert states(result) == [(SendState.SENT, Reason.ALLOWED)]


def test_a_consent_that_is_withdrawn_while_the_message_waits_is_withdrawn() -> None:
    evening = NOON + 10 * HOUR
    withdrawn = an_event("Consent Withdrawn", at=evening + HOUR, properties={"purpose": "marketing"})

    result = simulated(a_workspace(a_journey()), an_event(at=evening), withdrawn)

    assert states(result) == [(SendState.DROPPED, Reason.NO_CONSENT)]


def test_who_does_not_consent_to_collection_begins_nothing_and_is_not_known() -> None:
    workspace = a_workspace(a_journey(), collection={"exempt_events": []})
    given = an_event("Consent Given", at=NOON + HOUR, properties={"purpose": "analytics"})

    before, after = simulated(workspace, an_event()), simulated(workspace, given, an_event(at=NOON + 2 * HOUR))

    assert (before.events, before.runs) == (2, ())
    assert states(after) == [(SendState.DROPPED, Reason.UNREACHABLE)]


def test_outside_the_window_it_waits_for_the_next_morning() -> None:
    result = simulated(a_workspace(a_journey()), an_event(at=NOON + 10 * HOUR))

    (record,) = result.sends
    assert [decision.action for decision in record.decisions] == ["defer", "send"]
    assert record.decisions[0].due == NOON + 20 * HOUR
    assert NOON + 20 * HOUR <= record.finished_at < NOON + 20 * HOUR + timedelta(minutes=10)
    assert result.runs[0].ended_at == record.finished_at


def test_the_goal_cancels_what_was_deferred() -> None:
    journey = a_journey(goal={"event": "Order Paid"})

    result = simulated(a_workspace(journey), an_event(at=NOON + 10 * HOUR), an_event("Order Paid", at=NOON + 12 * HOUR))

    assert states(result) == [(SendState.DROPPED, Reason.RUN_ENDED)]
    assert (result.runs[0].path, result.runs[0].ended) == ((), Ended.GOAL)


def test_a_template_that_cannot_be_rendered_fails_the_send_and_the_journey_goes_on() -> None:
    journey = a_journey(steps=[{"send": {"template": "broken"}, "failed": "exit"}, {"wait": "1h"}])

    result = simulated(a_workspace(journey), an_event())

    assert states(result) == [(SendState.FAILED, Reason.RENDER_FAILED)]
    assert result.runs[0].path == (("1-send", "failed"),)


def test_caps_hold_over_all_journeys() -> None:
    journeys = [a_journey(f"thanks-{number}", steps=[{"send": {"template": "thanks"}}]) for number in range(4)]

    result = simulated(a_workspace(*journeys), an_event())

    sent = sorted(record.finished_at for record in result.sends if record.finished_at)
    assert [record.state for record in result.sends] == [SendState.SENT] * 4
    assert sent[2] - sent[0] >= DAY


def test_time_may_be_cut_off() -> None:
    result = simulate(a_workspace(a_journey(steps=[{"wait": "3d"}])), [WELCOME, an_event()], until=NOON + DAY)

    assert [(run.path, run.ended) for run in result.runs] == [((), None)]


def test_what_arrives_after_the_end_of_time_is_left_out() -> None:
    late = an_event("Order Completed", at=NOON + DAY)

    result = simulate(a_workspace(a_journey()), [WELCOME, late], until=NOON)

    assert (result.events, result.runs) == (1, ())


def test_repeated_events_change_nothing() -> None:
    workspace = a_workspace(a_journey(steps=[{"wait": "1h"}, {"send": {"template": "thanks"}}]))

    once, thrice = simulated(workspace, an_event()), simulated(workspace, an_event(), an_event(), an_event())

    assert once.runs == thrice.runs
    assert once.sends == thrice.sends


def test_events_that_move_nobody_are_folded_when_somebody_looks() -> None:
    simulation = Simulation(a_workspace(a_journey(entry={"event": "Order Completed", "when": SEEN_THREE})))
    for number in range(3):
        simulation.receive(an_event("Product Viewed", at=NOON + HOUR * number))

    simulation.receive(an_event(at=NOON + 4 * HOUR))
    simulation.finish()

    assert len(simulation.result().runs) == 1


SEEN_THREE = 'profile.events["Product Viewed"].count == 3'


def test_events_are_told_of_products_as_in_production() -> None:
    journey = a_journey(
        entry={"event": "Product Viewed", "when": "event.properties.price > 10"},
        steps=[{"send": {"template": "thanks", "channel": "email"}}],
    )
    workspace = a_workspace(journey).model_copy(
        update={
            "catalog": CatalogRules(fill_in=("price",)),
            "products": (Product("dear", {"price": 12}), Product("cheap", {"price": 2})),
        }
    )

    views = [
        an_event("Product Viewed", at=NOON + HOUR * n, properties={"product_id": id_})
        for n, id_ in enumerate(["cheap", "dear", "x"])
    ]

    assert len(simulated(workspace, *views).runs) == 1


def test_late_folding_gives_the_same_profiles() -> None:
    random = Random(7)
    events = list(_browsing(random))
    early, late = MemoryProfiles(), LateProfiles(MemoryProfiles())

    for event in events:
        absorb([event], profiles=early, notice=lambda _profile, _event: ())
        if event.anonymous_id and event.user_id:
            absorb([event], profiles=late, notice=lambda _profile, _event: ())
        else:
            late.put_off(event)

    for event in events:
        assert late.head(home(event)).profile.value == early.head(home(event)).profile.value
    assert late.head(user_profile_id("u-0")).profile.value.known
    assert list(late.timeline(anonymous_profile_id("a-0"), NOON)) == list(
        early.timeline(anonymous_profile_id("a-0"), NOON)
    )


def _browsing(random: Random) -> Iterable[Event]:
    for number in range(200):
        who: dict[str, str] = {}
        if random.random() < 0.6:
            who["anonymous_id"] = f"a-{random.randrange(6)}"
        if not who or random.random() < 0.3:
            who["user_id"] = f"u-{random.randrange(4)}"
        yield an_event(random.choice(["Seen", "Clicked"]), at=NOON + HOUR * number, traits={"n": number}, **who)
