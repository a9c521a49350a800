"""Segments, stages of life and visits: what is told, when, and that time alone is told on time."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.events.identifier import USER, Identifier
from segue.profiles import elapse
from segue.profiles.ports import Due
from segue.profiles.profile import Profile
from segue.profiles.receive import Ports, receive
from tests.builders import NOON, an_event
from tests.unit.profiles.people import ADA, DAY, HOUR, MINUTE, World, rules

QUIET = 'now - profile.events["Order Completed"].last > duration("3h")'


def test_entering_and_leaving_a_segment_are_events_of_the_same_pass():
    world = World(rules(plus='profile.traits.plan == "plus"'))

    world.happens(an_event("Identified", traits={"plan": "plus"}))
    world.happens(an_event("Identified", at=NOON + HOUR, traits={"plan": "basic"}))

    assert world.told() == [("Segment Entered", timedelta(), "plus"), ("Segment Left", HOUR, "plus")]
    assert [signal.event.name for signal in world.signals.raised].count("Segment Left") == 1


def test_time_alone_moves_people_on_time():
    world = World(rules(quiet=QUIET, buyers='now - profile.events["Order Completed"].last < duration("3h")'))

    world.happens(an_event())
    world.passes(NOON + DAY)

    just_after = 3 * HOUR + timedelta(milliseconds=1)
    assert world.told() == [
        ("Segment Entered", timedelta(), "buyers"),
        ("Segment Left", just_after, "buyers"),
        ("Segment Entered", just_after, "quiet"),
    ]
    assert world.ada().wake is None


def test_a_timer_that_is_pending_earlier_stays_and_is_set_anew_when_it_rings():
    world = World(rules(quiet=QUIET))
    world.happens(an_event())
    pending = world.ada().wake

    world.happens(an_event(at=NOON + HOUR))

    assert world.ada().wake == pending
    world.passes(NOON + 3 * HOUR + MINUTE)
    assert world.told() == []
    assert world.ada().wake == pending + HOUR


def test_an_event_that_comes_before_the_late_timer_tells_what_the_timer_would_have():
    world = World(rules(quiet=QUIET))
    world.happens(an_event())

    receive([an_event(at=NOON + 4 * HOUR)], world.ports, NOON + 4 * HOUR)

    entered, left = world.told()
    assert entered == ("Segment Entered", 3 * HOUR + timedelta(milliseconds=1), "quiet")
    assert left == ("Segment Left", 4 * HOUR, "quiet")


def test_a_segment_may_ask_where_somebody_came_from():
    world = World(rules(paid='profile.first_source.channel == "Paid Search"'))
    campaign = {"channel_source": {"channel": "Paid Search", "source": "google"}}

    world.happens(an_event("Product Viewed", context=campaign))

    assert world.told() == [("Segment Entered", timedelta(), "paid")]


def test_a_window_that_runs_out_is_a_moment_too():
    traits = {"computed": {"orders": {"kind": "count", "event": "Order Completed", "over": "1h"}}}
    world = World(rules(traits, busy="profile.computed.orders >= 2"))

    world.happens(an_event(), an_event(message_id="2", at=NOON + 10 * MINUTE))
    world.passes(NOON + DAY)

    assert world.told() == [
        ("Segment Entered", 10 * MINUTE, "busy"),
        ("Segment Left", 61 * MINUTE, "busy"),
    ]


def test_a_segment_may_ask_for_another_whichever_is_written_first():
    asks = '"rich" in profile.segments && "plus" in profile.segments'
    world = World(rules(both=asks, rich="profile.traits.money > 5", plus='profile.traits.plan == "plus"'))

    world.happens(an_event("Identified", traits={"plan": "plus", "money": 9}))
    world.happens(an_event("Identified", at=NOON + HOUR, traits={"money": 1}))

    assert [(name, segment) for name, _, segment in world.told() if segment == "both"] == [
        ("Segment Entered", "both"),
        ("Segment Left", "both"),
    ]


def test_the_stage_of_life_is_the_first_whose_condition_holds():
    lifecycle = [
        {"stage": "lapsed", "when": QUIET},
        {"stage": "customer", "when": 'profile.events["Order Completed"].count > 0'},
        {"stage": "visitor"},
    ]
    world = World(rules({"lifecycle": lifecycle}))

    world.happens(an_event("Page Viewed"))
    world.happens(an_event(at=NOON + HOUR))
    world.passes(NOON + DAY)

    assert [said for name, _, *said in world.told() if name == "Lifecycle Stage Changed"] == [
        ["visitor"],
        ["visitor", "customer"],
        ["customer", "lapsed"],
    ]


def test_a_visit_begins_with_an_event_and_ends_by_itself_when_the_pause_is_long_enough():
    world = World(rules({"sessions": {}}))

    world.happens(an_event("Page Viewed", properties={"path": "/"}, context={"channel_source": {"channel": "Email"}}))
    world.happens(an_event("Product Viewed", at=NOON + 20 * MINUTE))
    world.passes(NOON + DAY)

    (started, at, *_), (ended, after, *said) = world.told()
    assert (started, at, ended, after) == ("Session Started", timedelta(), "Session Ended", 50 * MINUTE)
    assert said == ["/", "Email", NOON.isoformat(), 1200.0, 2]


@pytest.mark.parametrize(
    "event",
    [
        an_event("Email Opened"),
        an_event("Identified"),
        an_event("Order Completed", received_at=NOON + HOUR),
        an_event("Grouped"),
    ],
)
def test_what_the_person_does_not_do_just_now_is_no_visit(event):
    world = World(rules({"sessions": {}}))

    world.happens(event)

    assert world.told() == []


def test_a_visit_that_is_only_known_is_told_to_nobody_and_needs_no_timer():
    world = World(rules({"sessions": {"tell": False}}))

    world.happens(an_event())
    session = world.ada().standing.session
    world.happens(an_event(at=NOON + 20 * MINUTE, message_id="2"))
    longer = world.ada().standing.session
    world.happens(an_event(at=NOON + 2 * HOUR, message_id="3"))

    assert (world.told(), world.ada().wake) == ([], None)
    assert session.lasts(NOON + 29 * MINUTE)
    assert not session.lasts(NOON + 30 * MINUTE)
    assert (longer.events, longer.until) == (2, NOON + 50 * MINUTE)
    assert world.ada().standing.session.started == NOON + 2 * HOUR


def test_only_the_named_sources_make_visits_if_any_are_named():
    world = World(rules({"sessions": {"sources": ["web"]}}))

    world.happens(an_event())

    assert world.told() == []


def test_a_late_event_extends_the_visit_under_way_and_opens_none_that_has_ended():
    world = World(rules({"sessions": {}}))
    world.happens(an_event(at=NOON + 10 * MINUTE))
    world.happens(an_event(at=NOON, received_at=NOON + 15 * MINUTE))
    world.passes(NOON + 40 * MINUTE)

    world.happens(an_event(at=NOON + 20 * MINUTE, received_at=NOON + 45 * MINUTE))
    world.passes(NOON + DAY)

    assert [name for name, *_ in world.told()] == ["Session Started", "Session Ended"]
    assert world.ada().standing.session.started == NOON


def test_events_that_waited_in_the_queue_are_one_visit_though_it_is_long_over():
    world = World(rules({"sessions": {}}))
    events = [an_event(at=NOON + number * 20 * MINUTE, message_id=str(number)) for number in range(4)]

    world.happens(*events, now=NOON + 5 * HOUR)
    world.passes(NOON + 5 * HOUR)

    assert [(name, at) for name, at, *_ in world.told()] == [
        ("Session Started", timedelta()),
        ("Session Ended", 90 * MINUTE),
    ]


def test_what_is_told_is_told_again_when_the_events_or_the_timer_come_again():
    world = World(rules({"sessions": {}}, quiet=QUIET))
    event = an_event()
    world.happens(event)
    first = world.ada().wake
    began = [signal.run_id for signal in world.signals.take()]

    receive([event], world.ports, NOON + MINUTE)
    assert sorted(signal.run_id for signal in world.signals.take()) == sorted(began)

    world.passes(NOON + HOUR)
    ended = [signal.run_id for signal in world.signals.take()]
    stood = world.ada()
    elapse.answer(Due(ADA, first), world.ports, NOON + HOUR)

    assert [signal.run_id for signal in world.signals.take()] == ended != []
    assert world.ada().standing == stood.standing


def test_what_is_told_is_not_folded_into_the_person():
    world = World(rules({"sessions": {}}))

    world.happens(an_event())

    assert set(world.ada().whole.events) == {"Order Completed"}


MANY = {f"s-{number}": f'profile.events["Order Completed"].count > {-number}' for number in range(120)}


def test_more_segments_than_fit_into_one_change_are_all_told_each_once_by_the_timer():
    world = World(rules(**MANY))

    world.happens(an_event())
    first = world.told()
    world.passes(NOON + MINUTE)

    assert len(first) == 40
    assert sorted(segment for *_, segment in world.told()) == sorted(MANY)
    assert set(world.ada().standing.segments) == set(MANY)
    assert world.ada().wake is None


def test_what_was_left_to_the_next_pass_is_told_with_the_next_event_if_that_is_earlier():
    world = World(rules({"sessions": {}}, **MANY))

    for number in range(4):
        receive([an_event("Page Viewed" if number else "Order Completed", message_id=str(number))], world.ports, NOON)

    assert sorted(segment for name, _, segment, *_ in world.told_of("Segment Entered")) == sorted(MANY)


def test_more_segments_than_fit_into_one_change_are_left_by_time_alone():
    quiet = {f"s-{number}": 'now - profile.rfm.last < duration("3h")' for number in range(120)}
    world = World(rules(**quiet))

    world.happens(an_event())
    world.passes(NOON + DAY)

    assert sorted(segment for *_, segment in world.told_of("Segment Left")) == sorted(quiet)
    assert world.ada().standing.segments == {}


def test_a_segment_that_is_new_is_asked_with_the_next_event_and_one_that_is_gone_is_forgotten():
    world = World(rules(old="profile.traits.x == 1"))
    world.happens(an_event("Identified", traits={"x": 1}))

    world.ports = Ports(**{**_fields(world.ports), "rules": rules(new="profile.traits.x == 1")})
    world.happens(an_event("Page Viewed", at=NOON + HOUR))

    assert set(world.ada().standing.segments) == {"new"}


def _fields(ports: Ports) -> dict:
    return {name: getattr(ports, name) for name in ("profiles", "signals", "notice", "follow")}


def test_a_condition_without_an_answer_is_a_no_and_is_told():
    troubles = []
    world = World(rules(troubles=troubles, odd="profile.traits.plan > 3"))

    world.happens(an_event("Identified", traits={"plan": "gold"}))

    assert world.told() == []
    assert len(troubles) == 1


TIMED = {
    "quiet": QUIET,
    "lately": 'now - profile.events["Order Completed"].last <= duration("2h")',
    "middle": 'now > profile.rfm.last + duration("1h") && now < profile.rfm.last + duration("2h30m")',
    "due": 'timestamp(profile.traits.renewal) - now < duration("90m")',
    "busy": "profile.computed.orders >= 2",
    "both": '"busy" in profile.segments || "quiet" in profile.segments',
}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 600), st.booleans(), st.integers(0, 900)), min_size=1, max_size=6),
)
def test_members_by_timer_are_members_minute_by_minute(happenings):
    traits = {"computed": {"orders": {"kind": "count", "event": "Order Completed", "over": "2h"}}}
    world = World(rules(traits, **TIMED))
    fresh = rules(traits, **TIMED)
    nobody = Profile(profile_id="x", identifier=Identifier(USER, "x"))
    events = {}
    for number, (minute, order, renewal) in enumerate(sorted(happenings)):
        at = NOON + minute * MINUTE
        renews = {"renewal": (NOON + renewal * MINUTE).isoformat()}
        name, given_ = ("Order Completed", {}) if order else ("Identified", {"traits": renews})
        events.setdefault(at, []).append(an_event(name, at=at, message_id=str(number), **given_))

    for minute in range(0, 1100, 2):
        now = NOON + minute * MINUTE
        if now in events:
            world.happens(*events[now])
        between = now + timedelta(seconds=30)
        world.passes(between)
        kept = world.ada()
        if kept.known:
            asked, _ = fresh.derive(nobody, replace(nobody, parts=kept.parts), (), between)
            assert set(kept.standing.segments) == set(asked.standing.segments), minute
