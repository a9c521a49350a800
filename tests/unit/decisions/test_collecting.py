"""Collection is governed too: without consent an event is counted, and nothing of it is kept but its say on consent."""

from datetime import timedelta
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.decisions.collecting import collects
from segue.decisions.policy import Policy
from segue.memory.profiles import PROFILE, MemoryProfiles
from segue.memory.signals import MemorySignals
from segue.profiles.absorb import Absorbed, absorb
from segue.profiles.fold import fold
from segue.profiles.head import Versioned
from segue.profiles.identity import anonymous_profile_id, user_profile_id
from segue.profiles.profile import Part
from segue.profiles.receive import Ports, receive
from segue.profiles.runs import Runs
from segue.profiles.signals import Enter
from tests.builders import NOON, a_run, an_event

MINUTE = timedelta(minutes=1)
ADA = user_profile_id("ada")
GOVERNED = {"collection": {"purpose": "analytics"}}


def viewed(minute=0, *, analytics=None, **given):
    context = {} if analytics is None else {"consent": {"categoryPreferences": {"analytics": analytics}}}
    return an_event("Product Viewed", at=NOON + minute * MINUTE, context=context | given.pop("context", {}), **given)


def says(name="Consent Given", minute=0):
    return an_event(name, at=NOON + minute * MINUTE, properties={"purpose": "analytics"})


def keeps(event, *before, policy=None) -> bool:
    part = reduce(fold, before, Part())
    return collects(Policy.model_validate(GOVERNED if policy is None else policy))([part], event)


def absorbed(*batches, profiles=None, policy=None) -> Absorbed:
    rules = Policy.model_validate(GOVERNED if policy is None else policy)
    profiles = profiles or MemoryProfiles()
    taken = [absorb(batch, profiles=profiles, notice=begins, collects=collects(rules)) for batch in batches]
    return taken[-1]


def begins(profile, event):
    return (Enter(profile_id=profile.profile_id, journey="j", version="v", run_id=event.message_id, event=event),)


def timeline(profiles: MemoryProfiles, place=ADA) -> list[str]:
    return [event.name for event in profiles.timeline(place, NOON - timedelta(days=1))]


def test_a_policy_that_says_nothing_of_it_collects_of_everybody():
    assert collects(Policy()) is None


@pytest.mark.parametrize(
    ("event", "before", "kept"),
    [
        (viewed(5), [], False),
        (viewed(5, analytics=True), [], True),
        (viewed(5, analytics=False), [says()], False),
        (viewed(5, analytics=True), [says("Consent Withdrawn")], True),
        (viewed(5), [says()], True),
        (viewed(5), [says(), says("Consent Withdrawn", 3)], False),
        (viewed(5), [says(), says("Consent Withdrawn", 7)], False),
        (viewed(5), [says(minute=7)], False),
        (viewed(5), [says(minute=5)], True),
    ],
    ids=[
        "never asked", "says yes itself", "says no itself", "says yes again", "said yes", "withdrawn before",
        "withdrawn since", "yes only later", "yes at once",
    ],
)  # fmt: skip
def test_an_event_is_kept_of_whoever_has_consented_to_it_by_then_and_still_does(event, before, kept):
    assert keeps(event, *before) is kept


@pytest.mark.parametrize(
    "name",
    [
        "Consent Given", "Consent Denied", "Consent Withdrawn", "Segment Consent Preference Updated", "Subscribed",
        "Unsubscribed", "Do Not Disturb Set", "Do Not Disturb Cleared", "Email Bounced", "Email Marked as Spam",
        "Order Completed", "Order Refunded",
    ],
)  # fmt: skip
def test_what_silences_a_person_and_what_an_order_needs_is_kept_of_everybody(name):
    assert keeps(an_event(name))


def test_what_a_policy_exempts_and_what_pauses_a_person_is_kept_of_everybody():
    policy = {
        "collection": {"exempt_events": ["Ticket Answered"]},
        "pauses": [{"event": "Ticket Opened", "until_event": "Ticket Closed"}],
    }

    found = {
        name: keeps(an_event(name), policy=policy)
        for name in ("Ticket Answered", "Ticket Opened", "Ticket Closed", "Order Completed")
    }

    assert found == {"Ticket Answered": True, "Ticket Opened": True, "Ticket Closed": True, "Order Completed": False}


def test_where_no_consent_is_needed_first_the_place_of_the_event_itself_counts():
    policy = GOVERNED | {"purposes": {"analytics": {"default": "by_region"}}}

    found = [keeps(viewed(context={"location": {"country": country}}), policy=policy) for country in ("US", "DE")]

    assert found == [True, False]


def test_what_is_not_kept_leaves_no_row_no_trait_and_begins_nothing():
    profiles = MemoryProfiles()

    taken = absorbed([viewed(context={"traits": {"plan": "gold"}}, anonymous_id="v", user_id="ada")], profiles=profiles)

    assert (taken.applied, taken.known, taken.uncollected) == (0, 0, 1)
    assert (taken.enters, taken.people) == ((), ())
    assert list(profiles.rows.everything()) == []


def test_what_it_says_of_consent_is_kept_and_nothing_else():
    profiles = MemoryProfiles()
    event = viewed(analytics=False, context={"privacy": {"gpc": True}, "timezone": "Europe/Berlin"})

    absorbed([event], [event], profiles=profiles)

    profile = profiles.profile(ADA).value
    assert timeline(profiles) == []
    assert (profile.user_id, profile.whole.opted_out) == ("ada", NOON)
    assert profile.whole == Part(consents=profile.whole.consents, opted_out=NOON)
    assert not profile.whole.consents["analytics"].granted


def test_a_visitor_s_no_holds_for_the_events_that_link_the_visitor_to_a_user():
    profiles = MemoryProfiles()
    absorbed([says()], profiles=profiles)
    denied = an_event(
        "Consent Denied", at=NOON + MINUTE, properties={"purpose": "analytics"}, user_id=None, anonymous_id="v"
    )

    taken = absorbed([denied], [viewed(2, user_id="ada", anonymous_id="v")], profiles=profiles)

    assert taken.uncollected == 1
    assert profiles.profile(anonymous_profile_id("v")).value.owner is None


def test_within_a_batch_each_event_sees_the_consent_that_was_given_before_it():
    profiles = MemoryProfiles()

    taken = absorbed([viewed(9), says(minute=5), viewed(1)], profiles=profiles)

    assert (taken.applied, taken.uncollected) == (2, 1)
    assert timeline(profiles) == ["Consent Given", "Product Viewed"]


def test_a_redelivery_counts_as_not_kept_again_and_never_as_applied():
    profiles = MemoryProfiles()

    taken = absorbed([viewed(1)], [says(minute=5)], [viewed(1)], profiles=profiles)

    assert (taken.applied, taken.uncollected) == (0, 1)
    assert timeline(profiles) == ["Consent Given"]


def test_a_withdrawal_deletes_nothing_by_itself():
    profiles = MemoryProfiles()

    absorbed([says()], [viewed(1)], [says("Consent Withdrawn", 2)], [viewed(3)], profiles=profiles)

    assert timeline(profiles) == ["Consent Given", "Product Viewed", "Consent Withdrawn"]


class Meanwhile(MemoryProfiles):
    """Somebody else absorbs an event between the reading and the first writing."""

    def __init__(self) -> None:
        super().__init__()
        self.rival = None

    def commit(self, change) -> None:
        if rival := self.rival:
            self.rival = None
            absorbed([rival], profiles=self)
        super().commit(change)


def test_a_withdrawal_that_comes_between_is_seen():
    profiles = Meanwhile()
    absorbed([says()], profiles=profiles)
    profiles.rival = says("Consent Withdrawn", 1)

    taken = absorbed([viewed(5)], profiles=profiles)

    assert (taken.applied, taken.uncollected) == (0, 1)
    assert timeline(profiles) == ["Consent Given", "Consent Withdrawn"]


def on_the_tablet(name, minute, user, **given):
    properties = {} if name == "Product Viewed" else {"purpose": "analytics"}
    at = NOON + minute * MINUTE
    return an_event(name, at=at, user_id=user, anonymous_id="tablet", properties=properties, **given)


def test_whoever_said_no_is_not_collected_on_the_tablet_of_somebody_who_says_yes():
    profiles = MemoryProfiles()
    absorbed([on_the_tablet("Consent Given", 0, "bob")], profiles=profiles)
    absorbed([says("Consent Denied", 1)], profiles=profiles)
    absorbed([on_the_tablet("Consent Given", 2, "bob", message_id="again")], profiles=profiles)

    taken = absorbed([on_the_tablet("Product Viewed", 5, "ada")], profiles=profiles)

    assert (taken.applied, taken.uncollected) == (0, 1)


def test_whoever_says_yes_is_not_collected_together_with_a_visitor_who_said_no():
    profiles = MemoryProfiles()
    visitors_no = an_event("Consent Denied", anonymous_id="tablet", properties={"purpose": "analytics"})
    absorbed([visitors_no], [says("Consent Given", 1)], profiles=profiles)

    taken = absorbed([on_the_tablet("Product Viewed", 5, "ada")], profiles=profiles)

    assert (taken.applied, taken.uncollected) == (0, 1)


@pytest.mark.parametrize("gpc", [False, True])
def test_a_visitor_whose_browser_opts_out_is_asked_by_the_policy_that_heeds_it(gpc):
    policy = {**GOVERNED, "purposes": {"analytics": {"default": "denied", "gpc": gpc}}}
    profiles = MemoryProfiles()
    browsing = an_event("Email Bounced", anonymous_id="tablet", context={"privacy": {"gpc": True}})
    absorbed([browsing], [says("Consent Given", 1)], profiles=profiles, policy=policy)

    taken = absorbed([on_the_tablet("Product Viewed", 5, "ada")], profiles=profiles, policy=policy)

    assert taken.applied == (0 if gpc else 1)


def test_a_visitor_who_was_never_asked_stands_in_nobodys_way():
    profiles = MemoryProfiles()
    exempt = {**GOVERNED, "purposes": {"analytics": {"default": "denied"}}}
    absorbed([an_event("Unsubscribed", anonymous_id="tablet")], [says()], profiles=profiles, policy=exempt)

    taken = absorbed([on_the_tablet("Product Viewed", 5, "ada")], profiles=profiles, policy=exempt)

    assert (taken.applied, taken.uncollected) == (1, 0)
    assert profiles.head(ADA).profile.value.anonymous_ids == ("tablet",)


def test_a_run_is_not_moved_by_what_is_not_kept():
    profiles, moved = MemoryProfiles(), []
    absorbed([says("Consent Denied")], profiles=profiles)
    profiles.keep_runs(ADA, Versioned(Runs(runs={"r": a_run("r")}), profiles.runs(ADA).version))
    ports = Ports(
        profiles=profiles,
        signals=MemorySignals(),
        notice=begins,
        follow=lambda _runs, _profile, events: moved.extend(events) or [],
        collects=collects(Policy.model_validate(GOVERNED)),
    )

    receive([viewed(5)], ports)

    assert moved == []


EVENT = st.one_of(
    st.builds(
        lambda minute, analytics: viewed(minute, analytics=analytics, message_id=f"v-{minute}-{analytics}"),
        st.integers(0, 9),
        st.sampled_from([None, None, True, False]),
    ),
    st.builds(says, st.sampled_from(["Consent Given", "Consent Denied", "Consent Withdrawn"]), st.integers(0, 9)),
)


def kept_people(profiles: MemoryProfiles):
    return {place: row.value for place, sort, row in profiles.rows.everything() if sort == PROFILE}


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENT, max_size=8), st.data())
def test_in_whatever_order_nothing_is_kept_that_no_consent_covers(events, data):
    profiles = MemoryProfiles()
    for event in data.draw(st.permutations([*events, *events[:3]])):
        absorbed([event], profiles=profiles)

    for kept in profiles.timeline(ADA, NOON - timedelta(days=1)):
        covered = any(each.name == "Consent Given" and each.timestamp <= kept.timestamp for each in events)
        own = kept.context.get("consent", {}).get("categoryPreferences", {}).get("analytics")
        stamped = any(
            each.context.get("consent", {}).get("categoryPreferences", {}).get("analytics")
            and each.timestamp <= kept.timestamp
            for each in events
        )
        assert kept.name != "Product Viewed" or own or (own is None and (covered or stamped))


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENT, max_size=8), st.data())
def test_once_what_was_said_is_known_the_order_of_the_rest_does_not_matter(events, data):
    said = [event for event in events if event.name != "Product Viewed"]
    rest = [event for event in events if event.name == "Product Viewed" and not event.context]
    one, other = MemoryProfiles(), MemoryProfiles()

    for event in [*said, *rest]:
        absorbed([event], profiles=one)
    for event in [*data.draw(st.permutations(said)), *data.draw(st.permutations([*rest, *rest]))]:
        absorbed([event], profiles=other)

    assert kept_people(one) == kept_people(other)
    assert timeline(one) == timeline(other)
