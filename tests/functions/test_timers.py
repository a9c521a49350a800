"""A person's timer, from the event that sets it over `release` and the queue back to the profile function."""

import json
from datetime import timedelta
from types import SimpleNamespace

import boto3
import pytest

from functions.profile import handler as profile
from functions.release import handler as release
from segue.aws.bus import encode_event
from segue.aws.profiles import DynamoProfiles
from segue.aws.sends import DynamoSends
from segue.aws.settings import Settings
from segue.clock import Clock
from segue.decisions.policy import Policy
from segue.decisions.ports import LOOK_BACK
from segue.events.plan import TrackingPlan
from segue.journeys.definition import Journey
from segue.profiles.computed import Segments, Traits
from segue.profiles.identity import user_profile_id
from segue.simulate import simulate
from segue.workspace.bundle import Brand, Workspace
from tests.builders import NOON, an_event

ADA = user_profile_id("ada")
BRAND = Brand(name="B", url="https://b.example.com", address="1 Main Street", from_address="b@example.com")
CONTEXT = SimpleNamespace(
    function_name="profile",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:profile",
    aws_request_id="1",
    get_remaining_time_in_millis=lambda: 50_000,
)
AFTER = Journey.model_validate(
    {"journey": "after", "entry": {"event": "Session Ended", "again": "always"}, "steps": [{"wait": "1h"}]}
)
QUIET = Journey.model_validate(
    {
        "journey": "quiet",
        "entry": {"event": "Segment Entered", "when": 'event.properties.segment == "quiet"'},
        "steps": [{"wait": "1h"}],
    }
)
WORKSPACE = Workspace(
    name="w",
    brand=BRAND,
    plan=TrackingPlan(),
    policy=Policy(),
    journeys=(AFTER, QUIET),
    templates=(),
    traits=Traits.model_validate({"sessions": {}}),
    segments=Segments.model_validate({"segments": {"quiet": 'now - profile.rfm.last > duration("20m")'}}),
)


@pytest.fixture
def world(profiles_rows, registry_rows, tmp_path, monkeypatch):
    """The clock stands where it is told to."""
    bundle = tmp_path / "workspace.json"
    bundle.write_text(WORKSPACE.to_bundle())
    sqs = boto3.client("sqs")
    urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("signals", "timers", "requests")}
    settings = Settings(
        environment="test",
        workspace_path=str(bundle),
        profiles_table="Profiles",
        registry_table="Registry",
        signals_queue=urls["signals"],
        timers_queue=urls["timers"],
        requests_queue=urls["requests"],
    )
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    time = SimpleNamespace(now=NOON)
    clock = Clock(wall=lambda: time.now)
    cached = (profile.wiring, profile.ports, profile.rules, release.wiring)
    for each in cached:
        each.cache_clear()
    for wired in (profile.wiring(), release.wiring()):
        wired.__dict__["clock"] = clock
        monkeypatch.setattr(wired, "clock", clock, raising=False)
    delays = []
    for wired in (profile.wiring(), release.wiring()):
        real = wired.timers.ring
        monkeypatch.setattr(
            wired.timers, "ring", lambda due, delay, real=real: (delays.append(delay), real(due, timedelta()))
        )

    def bodies(queue):
        found = sqs.receive_message(QueueUrl=urls[queue], MaxNumberOfMessages=10).get("Messages", [])
        for each in found:
            sqs.delete_message(QueueUrl=urls[queue], ReceiptHandle=each["ReceiptHandle"])
        return [each["Body"] for each in found]

    yield SimpleNamespace(time=time, bodies=bodies, delays=delays, rows=profiles_rows)
    for each in cached:
        each.cache_clear()


def take(*bodies) -> None:
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    assert profile.handler({"Records": records}, CONTEXT) == {"batchItemFailures": []}


def arrives(event) -> str:
    return json.dumps({"detail-type": "Event", "detail": json.loads(encode_event(event))})


def told(world) -> list[tuple]:
    return [
        (event.name, event.timestamp - NOON)
        for event in DynamoProfiles(world.rows).timeline(ADA, NOON - timedelta(days=1))
        if event.source == "segue"
    ]


def test_what_time_alone_changes_is_told_at_its_moment_and_raises_its_signals(world):
    take(arrives(an_event()))
    assert told(world) == [("Session Started", timedelta())]
    assert world.delays == []

    world.time.now = NOON + timedelta(minutes=6)
    release.handler({}, CONTEXT)
    rung = world.bodies("timers")
    assert len(rung) == 1
    assert world.delays == [timedelta(minutes=14, milliseconds=1)]

    world.time.now = NOON + timedelta(minutes=20, seconds=1)
    take(*rung)
    entered = ("Segment Entered", timedelta(minutes=20, milliseconds=1))
    assert told(world) == [("Session Started", timedelta()), entered]
    assert [json.loads(body)["journey"] for body in world.bodies("signals")] == ["quiet"]

    take(*rung)
    assert told(world) == [("Session Started", timedelta()), entered]
    assert [json.loads(body)["journey"] for body in world.bodies("signals")] == ["quiet"]


def test_a_timer_that_got_lost_is_rung_again_after_a_grace(world):
    take(arrives(an_event()))
    minutes = {}

    for minute in range(45):
        world.time.now = NOON + timedelta(minutes=minute)
        release.handler({}, CONTEXT)
        if found := world.bodies("timers"):
            minutes[minute] = len(found)

    assert minutes == {6: 1, 26: 1, 32: 1, 38: 1, 44: 1}


def test_an_event_that_leaves_the_timer_alone_leaves_its_place_in_the_index_too(world):
    take(arrives(an_event()))
    world.time.now = NOON + timedelta(minutes=6)
    release.handler({}, CONTEXT)
    assert len(world.bodies("timers")) == 1

    take(arrives(an_event("Page Viewed", at=world.time.now)))
    release.handler({}, CONTEXT)

    assert world.bodies("timers") == []
    assert DynamoProfiles(world.rows).profile(ADA).value.whole.events["Page Viewed"].count == 1


def test_a_timer_is_no_deferred_request(world):
    take(arrives(an_event()))
    sends = DynamoSends(world.rows)

    [timer] = sends.due(NOON, timedelta(hours=1), LOOK_BACK)
    assert (timer.profile_id, timer.key, timer.channel) == (ADA, "HEAD#PROFILE", "")
    assert sends.waiting(NOON, timedelta(days=1)) == {}


def test_deployed_and_simulated_tell_the_same_at_the_same_moments(world):
    events = [an_event(), an_event("Page Viewed", at=NOON + timedelta(minutes=12))]

    simulated = simulate(WORKSPACE, events)
    for minute in range(90):
        world.time.now = NOON + timedelta(minutes=minute)
        take(*(arrives(event) for event in events if event.timestamp == world.time.now))
        release.handler({}, CONTEXT)
        for body in world.bodies("timers"):
            world.time.now = max(world.time.now, NOON + timedelta(minutes=minute))
            take(body)

    began = {run.journey for run in simulated.runs}
    assert began == {"after", "quiet"}
    assert told(world) == [
        ("Session Started", timedelta()),
        ("Segment Entered", timedelta(minutes=20, milliseconds=1)),
        ("Session Ended", timedelta(minutes=42)),
    ]
    moments = {run.journey: run.ended_at - timedelta(hours=1) - NOON for run in simulated.runs}
    assert moments == {"quiet": timedelta(minutes=20, milliseconds=1), "after": timedelta(minutes=42)}
