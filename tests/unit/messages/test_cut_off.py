"""Wherever a delivery is cut off, the next one brings it to an end, and sends twice only what may be sent twice."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.decisions.decision import SendRecord, SendState
from segue.decisions.ports import Step
from segue.decisions.reasons import Reason
from segue.messages.deliver import Post
from segue.messages.ports import Busy, Refused
from segue.profiles.ports import Conflict
from tests.builders import NOON, a_run
from tests.unit.messages.post import PATIENCE, RUN, Failing, a_post, delivered, replace_words, stood, touches


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


@pytest.mark.parametrize("error", [Refused("SES: MessageRejected"), None])
def test_what_was_perhaps_sent_before_counts_however_the_second_try_ends(error):
    post, record = cut_off(category="transactional", purpose="service", template=replace_words())
    with pytest.raises(Busy):
        delivered(replace(post, mailer=Failing(Busy("SES: TooManyRequests"))), record, NOON + PATIENCE)

    later = NOON + (PATIENCE if error else timedelta(days=9))
    ended = delivered(replace(post, mailer=Failing(error or AssertionError())), record, later)

    assert (ended.state, ended.reason) == (
        SendState.FAILED,
        Reason.CHANNEL_REFUSED if error else Reason.OUTCOME_UNKNOWN,
    )
    assert touches(post) == ["send-1"]


def test_a_card_of_unknown_outcome_is_put_once():
    post, record = a_post(channel="in_app")
    calling = replace(record, state=SendState.CALLING, called_at=NOON)
    post.sends.take(Step(record=calling, was=SendState.SENDING, attempt=1, holder="u-ada"))

    assert delivered(post, record, NOON + PATIENCE).state is SendState.SENT
    assert len(list(post.inbox.cards("u-ada", 10))) == 1


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
