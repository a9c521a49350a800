"""What every keeper of profiles promises, in memory as on DynamoDB."""

from dataclasses import replace
from datetime import timedelta
from traceback import format_exception

import pytest

from segue.aws.profiles import DynamoProfiles
from segue.events.identifier import ANONYMOUS, Identifier
from segue.memory.profiles import MemoryProfiles
from segue.profiles.head import Versioned
from segue.profiles.identity import anonymous_profile_id, user_profile_id
from segue.profiles.ports import Change, Conflict, Entry, Known, Profiles
from segue.profiles.profile import Profile
from segue.profiles.runs import Runs
from segue.profiles.signals import Enter
from segue.profiles.timeline import fingerprint
from tests.builders import NOON, a_ledger, a_profile, a_run, a_touch, an_event

ADA = user_profile_id("ada")
VISITOR = anonymous_profile_id("visitor")


@pytest.fixture(params=["memory", "aws"])
def profiles(request: pytest.FixtureRequest) -> Profiles:
    if request.param == "memory":
        return MemoryProfiles()
    return DynamoProfiles(request.getfixturevalue("profiles_rows"))


def entry_of(event) -> Entry:
    return Entry(event=event)


def entry(**given) -> Entry:
    return Entry(event=an_event(**given))


def test_nobody_has_an_empty_head_at_version_0(profiles):
    head = profiles.head(ADA)

    assert head.profile == Versioned(Profile(profile_id=ADA), 0)
    assert (head.ledger.version, head.runs.version) == (0, 0)


def test_a_change_is_read_back_whole_at_the_next_version(profiles):
    profile, ledger, runs = a_profile(ADA), a_ledger(a_touch()), Runs(runs={"r": a_run("r")})

    profiles.commit(
        Change(
            entries=(entry(),),
            profiles={ADA: Versioned(profile)},
            ledgers={ADA: Versioned(ledger)},
            runs={ADA: Versioned(runs)},
        )
    )

    head = profiles.head(ADA)
    assert (head.profile, head.ledger, head.runs) == (Versioned(profile, 1), Versioned(ledger, 1), Versioned(runs, 1))
    assert profiles.profile(ADA) == head.profile
    assert profiles.ledger(ADA) == head.ledger
    assert profiles.runs(ADA) == head.runs


def test_a_linked_visitor_is_read_as_the_owner_but_their_own_document_is_there(profiles):
    linked = Profile(profile_id=VISITOR, identifier=Identifier(ANONYMOUS, "visitor"), owner=ADA)
    profiles.commit(Change(entries=(), profiles={VISITOR: Versioned(linked), ADA: Versioned(a_profile(ADA))}))

    assert profiles.head(VISITOR).profile_id == ADA
    assert profiles.head(VISITOR).profile.value == a_profile(ADA)
    assert profiles.profile(VISITOR).value.owner == ADA


def test_a_stale_version_is_a_conflict_and_nothing_is_written(profiles):
    profiles.commit(Change(entries=(), profiles={ADA: Versioned(a_profile(ADA))}))

    for stale in (0, 2):
        with pytest.raises(Conflict):
            profiles.commit(
                Change(
                    entries=(entry(),),
                    profiles={ADA: Versioned(a_profile(ADA, traits={}), stale)},
                    ledgers={ADA: Versioned(a_ledger())},
                )
            )

    assert profiles.profile(ADA) == Versioned(a_profile(ADA), 1)
    assert profiles.ledger(ADA).version == 0
    assert list(profiles.timeline(ADA, NOON)) == []


def test_a_repeated_event_is_known_with_what_it_raised(profiles):
    event = an_event(client_time=NOON)
    enter = Enter(profile_id=ADA, journey="thanks", version="v1", run_id="thanks-1", event=event, key="k")
    profiles.commit(Change(entries=(Entry(event=event, raises=(enter,)),)))

    with pytest.raises(Known) as known:
        profiles.commit(Change(entries=(Entry(event=event), entry(message_id="new"))))

    assert known.value.raised == {fingerprint(event): (enter,)}
    assert list(profiles.timeline(ADA, NOON)) == [event]


def test_known_is_told_before_a_conflict(profiles):
    event = an_event()
    profiles.commit(Change(entries=(Entry(event=event),), profiles={ADA: Versioned(a_profile(ADA))}))

    with pytest.raises(Known):
        profiles.commit(Change(entries=(Entry(event=event),), profiles={ADA: Versioned(a_profile(ADA))}))


@pytest.mark.parametrize("client_time", [NOON, None], ids=["the client's time", "no time of the client's"])
def test_a_retry_is_known_though_its_corrected_time_differs(profiles, client_time):
    first = an_event(message_id="m", client_time=client_time)
    retry = replace(first, timestamp=NOON + timedelta(seconds=2), received_at=NOON + timedelta(seconds=2))
    profiles.commit(Change(entries=(Entry(event=first),)))

    with pytest.raises(Known) as known:
        profiles.commit(Change(entries=(Entry(event=retry),)))

    assert set(known.value.raised) == {fingerprint(retry)}


def test_runs_are_kept_at_their_version_only(profiles):
    runs = Runs(runs={"r": a_run("r")}, entered={"thanks/": NOON})

    profiles.keep_runs(ADA, Versioned(runs))

    assert profiles.runs(ADA) == Versioned(runs, 1)
    with pytest.raises(Conflict):
        profiles.keep_runs(ADA, Versioned(Runs()))
    profiles.keep_runs(ADA, Versioned(Runs(), 1))
    assert profiles.runs(ADA) == Versioned(Runs(), 2)


def test_the_timeline_of_a_span_is_by_time_and_ends_before_until(profiles):
    hours = [3, 0, 2, 1]
    events = {hour: an_event(at=NOON + timedelta(hours=hour)) for hour in hours}
    profiles.commit(Change(entries=(*map(entry_of, events.values()), entry(user_id="bob"))))

    span = profiles.timeline(ADA, NOON + timedelta(hours=1), NOON + timedelta(hours=3))

    assert list(span) == [events[1], events[2]]
    assert list(profiles.timeline(ADA, NOON + timedelta(hours=1))) == [events[1], events[2], events[3]]


def test_the_timeline_goes_by_the_corrected_time(profiles):
    event = an_event(client_time=NOON - timedelta(hours=9))
    profiles.commit(Change(entries=(Entry(event=event),)))

    assert list(profiles.timeline(ADA, NOON, NOON + timedelta(minutes=1))) == [event]


@pytest.mark.parametrize("year", [1970, 2100])
def test_an_event_of_a_client_with_an_absurd_clock_is_found_by_its_corrected_time_once(profiles, year):
    event = an_event(client_time=NOON.replace(year=year), message_id="m")
    retry = replace(event, timestamp=NOON + timedelta(seconds=1))
    profiles.commit(Change(entries=(Entry(event=event),)))

    assert list(profiles.timeline(ADA, NOON, NOON + timedelta(minutes=1))) == [event]
    assert list(profiles.timeline(ADA, NOON.replace(year=1960), NOON.replace(year=2110))) == [event]
    with pytest.raises(Known) as known:
        profiles.commit(Change(entries=(Entry(event=retry),)))
    assert set(known.value.raised) == {fingerprint(retry)}


def test_a_change_of_too_many_rows_is_refused(profiles):
    entries = tuple(entry(message_id=str(number), client_time=NOON) for number in range(101))

    with pytest.raises(ValueError, match="at most 100"):
        profiles.commit(Change(entries=entries))
    profiles.commit(Change(entries=entries[:100]))

    assert len(list(profiles.timeline(ADA, NOON))) == 100


def test_a_document_that_cannot_be_read_is_not_quoted(profiles_rows):
    doc = '{"profile_id": "u-ada", "parts": {"": {"traits": {"email": {"value": "ada@example.com", "at": "ada"}}}}}'
    profiles_rows("P#u-ada", "HEAD#PROFILE", doc=doc, version=1).save()

    with pytest.raises(ValueError, match="a kept Profile cannot be read: 1 errors in it") as unread:
        DynamoProfiles(profiles_rows).head("u-ada")

    assert "ada@example.com" not in "".join(format_exception(unread.value))
