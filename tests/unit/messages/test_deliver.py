"""A message that may be sent goes out at most once, and its run and the world hear what became of it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.decisions.answer import Desk, answer
from segue.decisions.asked import Asked
from segue.decisions.cancel import Cancel
from segue.decisions.decision import Action, Decision, RunRef, SendRecord, SendState
from segue.decisions.held_up import put_back, too_late
from segue.decisions.policy import Policy
from segue.decisions.ports import Step
from segue.decisions.reasons import Reason
from segue.memory.bus import MemoryBus
from segue.memory.inbox import MemoryInbox
from segue.memory.mailer import MemoryMailer
from segue.memory.profiles import MemoryProfiles
from segue.memory.queues import MemoryDeliveries, MemoryRequests
from segue.memory.sends import MemorySends
from segue.messages.compose import Mail
from segue.messages.deliver import Post, deliver
from segue.messages.ports import Busy, Refused
from segue.messages.template import EmailWords, InAppWords, Template
from segue.messages.tokens import read_unsubscribe
from segue.profiles.head import Versioned
from segue.profiles.ports import Change, Conflict, Entry
from segue.profiles.runs import Ended, Runs
from tests.builders import NOON, a_ledger, a_profile, a_request, a_run, a_touch, an_event

RUN = RunRef(run_id="thanks-1", journey="thanks", version="v1", step="1-send")
PATIENCE, HELD_UP = timedelta(minutes=1), timedelta(minutes=5)
NIGHT, MORNING = NOON + timedelta(hours=8), NOON + timedelta(hours=19)
THANKS = Template(
    template="thank-you",
    email=EmailWords(
        subject="Thank you, {{ profile.traits.first_name | default: 'dear customer' }}",
        html='<p>{{ brand.name }}</p><a href="{{ unsubscribe_url }}">Unsubscribe</a>',
    ),
    in_app=InAppWords(title="Thanks", body="{{ profile.traits.first_name | default: 'You' }}"),
)


@dataclass
class Told:
    outcomes: list[tuple[str, str]] = field(default_factory=list)

    def succeed(self, token: str, outcome: str, at: datetime, caused_at: datetime | None) -> None:
        self.outcomes.append((token, outcome))

    def leave(self, token: str) -> None:
        self.outcomes.append((token, "leave"))


class Templates:
    def __init__(self, template: Template) -> None:
        self.given = template

    def template(self, name: str, run: RunRef | None) -> Template:
        return self.given


@dataclass
class Failing:
    """A mailer that raises, before or after the message went out."""

    error: Exception
    sends: bool = False
    mailer: MemoryMailer = field(default_factory=MemoryMailer)

    def send(self, email) -> str:
        if self.sends:
            self.mailer.send(email)
        raise self.error


def a_post(*, profile=None, runs=(), template=THANKS, mailer=None, **request) -> tuple[Post, SendRecord]:
    profiles = MemoryProfiles()
    request = a_request(**request)
    profiles.commit(
        Change(
            entries=(Entry(event=an_event()),),
            profiles={"u-ada": Versioned(profile or a_profile())},
            runs={"u-ada": Versioned(Runs(runs={run.run_id: run for run in runs}))},
        )
    )
    sends = MemorySends(profiles.rows)
    decision = Decision(action=Action.SEND, reason=Reason.ALLOWED, at=NOON, channel=request.channel)
    record = SendRecord(request=request, state=SendState.SENDING, decisions=(decision,))
    ledger = Versioned(a_ledger(a_touch(send_id=request.send_id, channel=request.channel)))
    sends.take(Step(record=record, was=None, attempt=0, holder="u-ada", ledger=ledger))
    post = Post(
        policy=Policy(),
        profiles=profiles,
        sends=sends,
        templates=Templates(template),
        mailer=mailer or MemoryMailer(),
        inbox=MemoryInbox(),
        outcomes=Told(),
        announcements=MemoryBus(),
        mail=Mail(
            brand={"name": "Acme"}, from_address="hi@acme.example", public_url="https://acme.example/", keys=("k",)
        ),
        patience=PATIENCE,
        held_up=HELD_UP,
    )
    return post, record


def delivered(post: Post, record: SendRecord, now: datetime = NOON) -> SendRecord | None:
    return deliver("u-ada", record.key, post=post, now=now)


def touches(post: Post) -> list[str]:
    return list(post.profiles.head("u-ada").ledger.value.touches)


def stood(post: Post, record: SendRecord) -> SendRecord:
    return post.sends.get("u-ada", record.key)


def test_a_message_is_sent_and_everybody_hears_of_it():
    post, record = a_post(run=RUN, token="t", runs=(a_run(),), topic="offers")

    ended = delivered(post, record)

    assert (ended.state, ended.provider_id) == (SendState.SENT, "mail-1")
    assert post.outcomes.outcomes == [("t", "sent")]
    assert [told.name for told in post.announcements.news] == ["Message Sent"]
    assert touches(post) == ["send-1"]


def test_the_email_is_addressed_and_offers_to_unsubscribe():
    post, record = a_post(topic="offers")
    delivered(post, record)

    [email] = post.mailer.sent
    claim = read_unsubscribe(email.unsubscribe_url.removeprefix("https://acme.example/u/"), ["k"])

    assert (email.sender, email.recipient) == ("Acme <hi@acme.example>", "ada@example.com")
    assert email.subject == "Thank you, dear customer"
    assert email.unsubscribe_url in email.html
    assert email.text == f"Acme\nUnsubscribe ({email.unsubscribe_url})"
    assert (claim.profile_id, claim.channel, claim.topic, claim.send_id) == ("u-ada", "email", "offers", "send-1")


def test_a_transactional_email_offers_nothing_to_unsubscribe_from():
    plain = replace_words(html="<p>Your receipt</p>")
    post, record = a_post(category="transactional", purpose="service", template=plain)

    delivered(post, record)

    assert post.mailer.sent[0].unsubscribe_url is None


def replace_words(**words) -> Template:
    return THANKS.model_copy(update={"email": EmailWords(**{"subject": "-", "html": "-", **words})})


def test_a_delivered_message_is_told_again_but_not_sent_again():
    post, record = a_post(run=RUN, token="t", runs=(a_run(),))
    delivered(post, record)

    assert delivered(post, record) is None
    assert len(post.mailer.sent) == 1
    assert post.outcomes.outcomes == [("t", "sent")] * 2
    assert len({told.id for told in post.announcements.news}) == 1


def test_a_card_is_put_into_the_inbox():
    post, record = a_post(channel="in_app")

    ended = delivered(post, record)

    [card] = post.inbox.cards("u-ada", 10)
    assert (card.title, card.body, card.send_id) == ("Thanks", "You", "send-1")
    assert ended.provider_id == card.card_id


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"run": RUN, "runs": (a_run(ended=Ended.GOAL),)}, Reason.RUN_ENDED),
        ({"profile": a_profile(suppressed=["email"])}, Reason.SUPPRESSED),
        ({"profile": a_profile(subscriptions={"email": False})}, Reason.UNSUBSCRIBED),
        ({"expires_at": NOON}, Reason.EXPIRED),
    ],
)
def test_what_has_become_unwanted_is_dropped_at_the_last_moment_and_its_touch_given_back(given, reason):
    post, record = a_post(**given)

    ended = delivered(post, record)

    assert (ended.state, ended.reason) == (SendState.DROPPED, reason)
    assert (post.mailer.sent, touches(post)) == ([], [])


def test_a_paused_journey_sends_nothing():
    post, record = a_post(run=RUN, token="t", runs=(a_run(),))

    ended = delivered(replace(post, paused=lambda journey: journey == "thanks"), record)

    assert ended.reason is Reason.JOURNEY_PAUSED
    assert (post.mailer.sent, touches(post), post.outcomes.outcomes) == ([], [], [("t", "dropped")])


def test_what_was_held_up_until_the_night_waits_for_the_morning():
    post, record = a_post(run=RUN, token="t", runs=(a_run(),))

    put_back = delivered(post, record, NIGHT)

    assert (put_back.state, put_back.due, put_back.attempt) == (SendState.DEFERRED, MORNING, 2)
    assert put_back.decisions[-1].reason is Reason.OUTSIDE_WINDOW
    assert (post.mailer.sent, touches(post), post.outcomes.outcomes) == ([], [], [])
    assert [told.name for told in post.announcements.news] == ["Message Deferred"]
    assert list(post.sends.due(MORNING + timedelta(minutes=1))) == [put_back]


def test_what_was_put_back_is_delivered_only_after_it_was_decided_again():
    post, record = a_post()
    delivered(post, record, NIGHT)

    assert delivered(post, record, MORNING) is None
    desk = Desk(
        policy=post.policy,
        profiles=post.profiles,
        sends=post.sends,
        requests=MemoryRequests(),
        deliveries=MemoryDeliveries(),
        outcomes=post.outcomes,
        announcements=post.announcements,
        soon=timedelta(),
        grace=timedelta(),
    )
    answer(Asked(request=record.request, attempt=2), desk=desk, now=MORNING)

    assert delivered(post, record, MORNING).state is SendState.SENT
    assert (len(post.mailer.sent), touches(post)) == (1, ["send-1"])


def test_a_run_that_leaves_cancels_what_was_put_back():
    post, record = a_post(run=RUN, token="t", runs=(a_run(),))
    delivered(post, record, NIGHT)

    wait = post.profiles.head("u-ada").runs.value.get("thanks-1").wait
    Cancel(sends=post.sends, outcomes=post.outcomes, announcements=post.announcements).cancel(
        "u-ada", wait.record, NIGHT
    )

    assert stood(post, record).reason is Reason.RUN_ENDED
    assert post.outcomes.outcomes == [("t", "leave")]


def test_a_run_that_leaves_while_its_message_is_put_back_is_seen():
    post, record = a_post(run=RUN, token="t", runs=(a_run(),))
    head = post.profiles.head("u-ada")
    step = put_back(record, head, too_late(record, head, post.policy, NIGHT))
    post.profiles.keep_runs("u-ada", Versioned(Runs(runs={"thanks-1": a_run(ended=Ended.GOAL)}), head.runs.version))

    with pytest.raises(Conflict):
        post.sends.take(step)

    assert delivered(post, record, NIGHT).reason is Reason.RUN_ENDED


def test_what_expires_before_the_morning_is_dropped():
    post, record = a_post(expires_at=NIGHT + timedelta(hours=1))

    ended = delivered(post, record, NIGHT)

    assert (ended.state, ended.reason, touches(post)) == (SendState.DROPPED, Reason.EXPIRED, [])


def test_what_was_decided_just_before_the_night_goes_at_once():
    post, record = a_post()
    evening = datetime(2026, 3, 10, 19, 0, tzinfo=UTC)
    just = replace(record, decisions=(replace(record.decisions[0], at=evening - timedelta(minutes=1)),))
    post.sends.take(Step(record=just, was=SendState.SENDING, attempt=1, holder="u-ada"))

    assert delivered(post, record, evening + timedelta(minutes=1)).state is SendState.SENT


def test_what_has_no_hours_is_not_held_up_by_the_night():
    post, record = a_post(template=replace_words(html="Paid"), category="transactional", purpose="service")

    assert delivered(post, record, NIGHT).state is SendState.SENT


def test_what_was_perhaps_sent_before_is_not_put_off():
    post, record = a_post(channel="in_app")
    policy = Policy.model_validate({"channels": {"in_app": {"window": "09:00-20:00"}}})
    again = replace(record, repeated=True)
    post.sends.take(Step(record=again, was=SendState.SENDING, attempt=1, holder="u-ada"))

    assert delivered(replace(post, policy=policy), again, NIGHT).state is SendState.SENT


@pytest.mark.parametrize("template", [replace_words(subject="{{ profile.traits.nothing }}"), Template(template="t")])
def test_what_cannot_be_rendered_fails_and_says_why(template):
    post, record = a_post(template=template, token="t", run=RUN, runs=(a_run(),))

    ended = delivered(post, record)

    assert (ended.state, ended.reason) == (SendState.FAILED, Reason.RENDER_FAILED)
    assert ended.detail
    assert (post.outcomes.outcomes, touches(post)) == ([("t", "failed")], [])


def test_what_the_channel_refuses_fails_and_gives_its_touch_back():
    post, record = a_post(mailer=Failing(Refused("SES: MessageRejected")))

    ended = delivered(post, record)

    assert (ended.reason, ended.detail, touches(post)) == (Reason.CHANNEL_REFUSED, "SES: MessageRejected", [])


def test_when_the_channel_is_busy_it_is_tried_again():
    post, record = a_post(mailer=Failing(Busy("SES: TooManyRequests")))

    with pytest.raises(Busy):
        delivered(post, record)

    again = delivered(replace(post, mailer=MemoryMailer()), record)
    assert (again.state, again.repeated) == (SendState.SENT, False)


def cut_off(**given) -> tuple[Post, SendRecord]:
    post, record = a_post(mailer=Failing(TimeoutError(), sends=True), **given)
    with pytest.raises(TimeoutError):
        delivered(post, record)
    return replace(post, mailer=post.mailer.mailer), record


def test_while_a_call_may_still_be_under_way_nobody_else_calls():
    post, record = cut_off()

    with pytest.raises(Conflict):
        delivered(post, record, NOON + PATIENCE - timedelta(seconds=1))


def test_a_marketing_message_of_unknown_outcome_is_not_repeated_and_counts():
    post, record = cut_off()

    ended = delivered(post, record, NOON + PATIENCE)

    assert (ended.state, ended.reason) == (SendState.FAILED, Reason.OUTCOME_UNKNOWN)
    assert (len(post.mailer.sent), touches(post)) == (1, ["send-1"])


def test_a_transactional_message_of_unknown_outcome_is_repeated_and_says_so():
    post, record = cut_off(category="transactional", purpose="service", template=replace_words())

    ended = delivered(post, record, NOON + PATIENCE)

    assert (ended.state, ended.repeated, len(post.mailer.sent)) == (SendState.SENT, True, 2)


def test_a_transactional_message_that_became_unwanted_is_not_repeated():
    post, record = cut_off(
        category="transactional", purpose="service", template=replace_words(), expires_at=NOON + PATIENCE
    )

    assert delivered(post, record, NOON + PATIENCE).reason is Reason.OUTCOME_UNKNOWN


def test_a_card_of_unknown_outcome_is_put_once():
    post, record = a_post(channel="in_app")
    calling = replace(record, state=SendState.CALLING, called_at=NOON)
    post.sends.take(Step(record=calling, was=SendState.SENDING, attempt=1, holder="u-ada"))

    assert delivered(post, record, NOON + PATIENCE).state is SendState.SENT
    assert len(list(post.inbox.cards("u-ada", 10))) == 1


def test_what_has_no_record_is_an_error():
    post, _ = a_post()

    with pytest.raises(LookupError):
        deliver("u-ada", "DECISION#nothing", post=post, now=NOON)


class Killed(Exception):
    pass


@dataclass
class Fragile:
    """Calls that are cut off before or after they had their effect."""

    within: object
    interrupt: object

    def __getattr__(self, name: str):
        def call(*given):
            self.interrupt()
            answered = getattr(self.within, name)(*given)
            self.interrupt()
            return answered

        return call


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 14), max_size=6), st.booleans())
def test_wherever_it_is_cut_off_it_comes_to_one_end_and_marketing_goes_out_at_most_once(cuts, transactional):
    category = {"category": "transactional", "purpose": "service"} if transactional else {}
    post, record = a_post(**category, run=RUN, token="t", runs=(a_run(),), template=replace_words())
    cut = iter(cuts)
    countdown = [next(cut, 10_000)]

    def perhaps_killed() -> None:
        countdown[0] -= 1
        if countdown[0] < 0:
            countdown[0] = next(cut, 10_000)
            raise Killed

    fragile = replace(
        post,
        **{
            name: Fragile(getattr(post, name), perhaps_killed)
            for name in ("sends", "mailer", "outcomes", "announcements")
        },
    )
    for attempt in range(20):
        try:
            delivered(fragile, record, NOON + attempt * PATIENCE)
            break
        except Killed:
            continue

    end = stood(post, record)
    assert end.state.terminal
    assert post.outcomes.outcomes[-1] == ("t", end.state.value)
    assert len(post.mailer.sent) <= 1 or transactional
    if end.state is SendState.SENT:
        assert post.mailer.sent
    if post.mailer.sent:
        assert touches(post) == ["send-1"]
