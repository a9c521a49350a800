"""A message that may be sent goes out at most once, and its run and the world hear what became of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from segue.decisions.decision import SendState
from segue.decisions.reasons import Reason
from segue.events.cloud import take
from segue.events.plan import TrackingPlan
from segue.events.spec import Reception
from segue.messages.deliver import deliver
from segue.messages.email import ses_request
from segue.messages.ports import Refused
from segue.messages.template import Template
from segue.messages.tokens import read_unsubscribe
from segue.profiles.fold import fold
from segue.profiles.head import Versioned
from segue.profiles.ports import Change
from segue.profiles.profile import Part, Profile
from segue.profiles.runs import Ended
from segue.workspace.load import load
from tests.builders import NOON, a_profile, a_run
from tests.unit.messages.post import HELD_UP, RUN, Failing, Templates, a_post, delivered, replace_words, touches


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


def test_what_becomes_of_a_mail_is_told_of_the_right_person_and_send_request():
    """The tags go to SES and come back as feedback, in which the source of the example workspace finds them."""
    wanted = f"{RUN.run_id}.{RUN.step}"
    post, record = a_post(run=RUN, token="t", runs=(a_run(),), send_id=wanted)
    delivered(post, record)
    sent = ses_request(post.mailer.sent[0])["EmailTags"]
    bounce = {"timestamp": NOON.isoformat(), "bounceType": "Permanent"}
    mail = {"messageId": "m", "tags": {tag["Name"]: [tag["Value"]] for tag in sent}}

    taken = take(
        "ses",
        {"id": "e-1", "time": NOON.isoformat(), "detail": {"mail": mail, "bounce": bounce}},
        sources=load("workspace").sources_by_name,
        named=lambda profile_id: post.profiles.profile(profile_id).value.identifier,
        by=Reception(source="ses", received_at=NOON, plan=TrackingPlan(), digest="", new_id=lambda: "new"),
    )

    [bounced] = taken.events
    assert (bounced.user_id, bounced.properties["send_id"]) == ("ada", wanted)
    assert fold(Part(), bounced).suppressions == {"email": NOON}


def test_a_transactional_email_offers_nothing_to_unsubscribe_from():
    plain = replace_words(html="<p>Your receipt</p>")
    post, record = a_post(category="transactional", purpose="service", template=plain)

    delivered(post, record)

    assert post.mailer.sent[0].unsubscribe_url is None


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


@pytest.mark.parametrize("template", [replace_words(subject="{{ profile.traits.nothing }}"), Template(template="t")])
def test_what_cannot_be_rendered_fails_and_says_why(template):
    post, record = a_post(template=template, token="t", run=RUN, runs=(a_run(),))

    ended = delivered(post, record)

    assert (ended.state, ended.reason) == (SendState.FAILED, Reason.RENDER_FAILED)
    assert ended.detail
    assert (post.outcomes.outcomes, touches(post)) == ([("t", "failed")], [])


def test_a_template_that_is_not_there_may_come_with_a_deployment_but_is_not_waited_for_without_end():
    post, record = a_post(token="t", run=RUN, runs=(a_run(),))
    gone = replace(post, templates=Templates(None))

    with pytest.raises(KeyError):
        delivered(gone, record, NOON + HELD_UP)
    ended = delivered(gone, record, NOON + HELD_UP + timedelta(minutes=1))

    assert (ended.state, ended.reason) == (SendState.FAILED, Reason.RENDER_FAILED)
    assert ended.detail == "there is no template thank-you any more"
    assert (post.outcomes.outcomes, touches(post)) == ([("t", "failed")], [])


def test_what_the_channel_refuses_fails_and_gives_its_touch_back():
    post, record = a_post(mailer=Failing(Refused("SES: MessageRejected")))

    ended = delivered(post, record)

    assert (ended.reason, ended.detail, touches(post)) == (Reason.CHANNEL_REFUSED, "SES: MessageRejected", [])


def test_what_has_no_record_is_an_error():
    post, _ = a_post()

    with pytest.raises(LookupError):
        deliver("u-ada", "DECISION#nothing", post=post, now=NOON)


def test_nothing_goes_to_somebody_who_was_erased_meanwhile():
    post, record = a_post()
    version = post.profiles.profile("u-ada").version
    marker = Versioned(Profile(profile_id="u-ada", erased="r-1"), version)
    post.profiles.commit(Change(entries=(), profiles={"u-ada": marker}))

    assert deliver("u-ada", record.key, post=post, now=NOON) is None
    assert deliver("u-ada", "DECISION#that was deleted", post=post, now=NOON) is None
    assert post.mailer.sent == []
